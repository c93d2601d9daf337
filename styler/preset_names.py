"""Names of presets: making slugs of file names, and finding the preset that a person's words mean."""

import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from styler.errors import PresetError

LONGEST_NAME = 40  # so that a button's callback data, at most 64 bytes, holds a name and more
LIKE_ENOUGH = 0.6  # difflib's ratio above which a preset is worth suggesting
MOST_SUGGESTIONS = 4

_LATIN = {
    **dict(zip("абвгдезийклмнопрстуфыэ", "abvgdeziyklmnoprstufye", strict=True)),
    "ё": "e",
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ъ": "",
    "ь": "",
    "ю": "yu",
    "я": "ya",
}


def slugify(text: str) -> str:
    """Lower-case Latin letters, digits and single hyphens, at most 40 of them; Russian is transliterated.

    >>> slugify("Ночь на Волге (2)")
    'noch-na-volge-2'
    """
    latin = "".join(_LATIN.get(letter, letter) for letter in unicodedata.normalize("NFC", text.casefold()))
    parts = unicodedata.normalize("NFKD", latin).casefold()
    spaced = "".join(part if part.isalnum() else " " for part in parts if not _is_mark(part))
    plain = spaced.encode("ascii", "ignore").decode()
    slug = "-".join(plain.split())[:LONGEST_NAME].rstrip("-")
    return slug or f"style-{zlib.crc32(text.encode()):08x}"  # a name in another script still gives one


def match(wanted: str, words: Mapping[str, Sequence[str]]) -> str:
    """The key of `words` that `wanted` means, where each key has the words under which it is known.

    Exact words win over beginnings, and beginnings over words within. Where several fit, or none does,
    raises `PresetError` with suggestions.
    """
    bare = {key: [_bare(word) for word in known] for key, known in words.items()}
    sought = _bare(wanted)
    found: list[str] = []
    for fits in (str.__eq__, str.startswith, str.__contains__) if sought else ():
        found = [key for key, known in bare.items() if any(fits(word, sought) for word in known)]
        if len(found) == 1:
            return found[0]
        if found:
            break
    suggestions = tuple(found or _similar(sought, bare))[:MOST_SUGGESTIONS]
    raise PresetError(_message(wanted.strip(), suggestions, several=bool(found)), suggestions)


def _bare(text: str) -> str:
    """Letters and digits only, without case, accents and a leading "the"."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(part if part.isalnum() else " " for part in parts if not _is_mark(part))
    return "".join(letters.removeprefix("the ").split())


def _is_mark(letter: str) -> bool:
    """Whether it belongs to the letter before it: an accent or an apostrophe."""
    return letter in "'’" or unicodedata.combining(letter) > 0


def _similar(sought: str, bare: Mapping[str, Sequence[str]]) -> list[str]:
    """Keys with a word much like `sought`, the most alike first."""

    def likeness(key: str) -> float:
        return max((SequenceMatcher(None, sought, word).ratio() for word in bare[key]), default=0.0)

    ranked = sorted(((likeness(key), key) for key in bare), key=lambda pair: -pair[0])
    return [key for ratio, key in ranked if ratio >= LIKE_ENOUGH]


def _message(wanted: str, suggestions: Sequence[str], *, several: bool) -> str:
    if not wanted:
        return "A style needs a name."
    near = ", ".join(suggestions)
    if several:
        return f"{wanted!r} could be one of several styles: {near}."
    return (
        f"No style is called {wanted!r}; did you mean {near}?" if near else f"No style is called {wanted!r}."
    )
