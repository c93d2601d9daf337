"""Names of presets: making slugs of file names, and finding the preset that a person's words mean."""

import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from styler.errors import PresetError

LONGEST_NAME = 40  # so that a button's callback data, at most 64 bytes, holds a name and more
LIKE_ENOUGH = 0.6  # difflib's ratio above which a preset is worth suggesting
MOST_SUGGESTIONS = 4
PART, WORD_START, SIGNS = 4, 3, 2  # letters that say enough anywhere in a name, where a word begins, in CJK

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
    # A name in another script still gives one, and so does a file's whose name is not in UTF-8.
    return slug or f"style-{zlib.crc32(text.encode(errors='surrogatepass')):08x}"


def match(wanted: str, words: Mapping[str, Sequence[str]]) -> str:
    """The key of `words` that `wanted` means, where each key has the words under which it is known.

    Exact words win over beginnings, and beginnings over parts; both must say enough. Where several fit, or
    none does, raises `PresetError` with suggestions.
    """
    names = {key: [_split(word) for word in known] for key, known in words.items()}
    sought = "".join(_split(wanted))
    found: list[str] = []
    for fits in (_is, _begins, _has_part) if sought else ():
        found = [key for key, known in names.items() if any(fits(name, sought) for name in known)]
        if len(found) == 1 and (fits is _is or _says_enough(sought)):
            return found[0]
        if found:
            break
    suggestions, several = tuple(found or _similar(sought, names))[:MOST_SUGGESTIONS], len(found) > 1
    raise PresetError(_message(wanted.strip(), suggestions, several=several), suggestions, several=several)


def _split(text: str) -> list[str]:
    """Its words, letters and digits only, without case, accents and a leading "the"."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(part if part.isalnum() else " " for part in parts if not _is_mark(part))
    return letters.removeprefix("the ").split()


def _is(name: Sequence[str], sought: str) -> bool:
    return "".join(name) == sought


def _begins(name: Sequence[str], sought: str) -> bool:
    return "".join(name).startswith(sought)


def _has_part(name: Sequence[str], sought: str) -> bool:
    """Whether it has a part that says enough: "me" is in "anime", but nobody means it so, nor by "2"."""
    if sought.isdigit():
        return False
    if len(sought) >= PART or (len(sought) >= SIGNS and _is_east_asian(sought)):
        return sought in "".join(name)
    return _says_enough(sought) and any(_begins(name[first:], sought) for first in range(len(name)))


def _says_enough(beginning: str) -> bool:
    """Whether it may pick what begins so: "in" does "ink", but nobody means it so."""
    return len(beginning) >= WORD_START or _is_east_asian(beginning)


def _is_east_asian(text: str) -> bool:
    """Whether each of its letters is a sign that says as much as several of another script."""
    return all(unicodedata.east_asian_width(letter) in "WF" for letter in text)


def _is_mark(letter: str) -> bool:
    """Whether it belongs to the letter before it: an accent or an apostrophe."""
    return letter in "'’" or unicodedata.combining(letter) > 0


def _similar(sought: str, names: Mapping[str, Sequence[Sequence[str]]]) -> list[str]:
    """Keys with a name much like `sought`, the most alike first."""

    def likeness(key: str) -> float:
        matchers = (SequenceMatcher(None, sought, "".join(name)) for name in names[key])
        return max((matcher.ratio() for matcher in matchers), default=0.0)

    ranked = sorted(((likeness(key), key) for key in names), key=lambda pair: -pair[0])
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
