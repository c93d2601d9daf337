"""Reads the style that people mean out of what they write: commands, captions, answers."""

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache

import snowballstemmer

from bot.dialogue_events import NamedStyle, StyleChosen, StyleUnknown
from bot.people.own_presets import is_own
from bot.texts import label, languages
from styler import Preset, PresetError, find_preset
from styler.preset_names import MOST_SUGGESTIONS
from styler.presets import slugify

LEAST_LETTERS = 4  # fewer mean nothing by themselves, unless they are a whole title: "ok" is no Hokusai
MISSPELT = 0.75  # difflib's ratio above which words are taken for a misspelt title
LONGEST_NAME = 40  # letters; longer words are no misspelt title
LONGEST_NUMBER = 4  # digits
STYLE_COMMANDS = frozenset({"/style", "/styles"})

Presets = Mapping[str, Preset]


def named_style(name: str, presets: Presets) -> NamedStyle:
    """The event that a style's name makes, however it was written; or its number in the gallery."""
    wanted = _slug(name)
    own = [each.name for each in presets.values() if is_own(each.name) and wanted in _titles(each)]
    if wanted and own:  # signs alone, such as emojis, are all the same
        return StyleChosen.named(own[0])  # whatever else is called so: they gave it that name
    if (numbered := _numbered(name, presets)) is not None:
        return numbered
    try:
        return StyleChosen.named(find_preset(name, presets).name)
    except PresetError as error:
        return _mentioned(name, presets) or StyleUnknown(name, error.suggestions, error.several)


def style_in_caption(caption: str | None, presets: Presets, bot_name: str) -> NamedStyle | None:
    """What a picture's caption asks for: "/style NAME", a style's title alone, or words to the bot.

    A sentence is to the bot if it names it, or speaks of a style: most are about what the photo shows. So
    are titles that name a subject, such as "Ducks".
    """
    words, is_spoken_to = without_mention(caption or "", bot_name)
    command, name = split_command(words)
    if command in STYLE_COMMANDS:
        return named_style(name, presets) if name else None
    asked = is_spoken_to or _speaks_of_style(words)
    if not asked:
        presets = {name: preset for name, preset in presets.items() if not preset.names_a_subject}
    return style_in_words(words, presets, asked=asked)


def style_in_words(words: str, presets: Presets, *, asked: bool) -> NamedStyle | None:
    """The style that words without a command mean, if they mean one.

    When a style was `asked` for, a sentence with a title in it will do, or something much like a title;
    otherwise only a title by itself, for in a chat a mere beginning means nothing.
    """
    said = _slug(words)
    for preset in presets.values():
        if said and said in {preset.name, *_titles(preset)}:
            return StyleChosen.named(preset.name)
    if asked and (numbered := _numbered(words, presets)) is not None:
        return numbered
    if not asked or len(said.replace("-", "")) < LEAST_LETTERS:
        return None
    if (mentioned := _mentioned(words, presets)) is not None:
        return mentioned
    return _nearly(words, said, presets) if len(words) <= LONGEST_NAME else None


def is_about_style(words: str, presets: Presets) -> bool:
    """Whether words that nobody asked for are about a style: they say so, or are a name or number of one."""
    names = {_slug_of_name(name) for preset in presets.values() for name in _names(preset)}
    return _speaks_of_style(words) or _slug(words) in names - {""} or _numbered(words, presets) is not None


def is_called_a_style(caption: str | None, bot_name: str) -> bool:
    """Whether a picture's caption says that it is no photo to paint but the style: "style", "это стиль"."""
    said, _ = without_mention(caption or "", bot_name)
    if not said or said.startswith("/"):
        return False
    words = ",".join(label(language, "words-for-style") for language in languages())
    return _slug(said) in map(_slug, words.split(","))


def asks_for_a_style(caption: str | None, bot_name: str) -> bool:
    """Whether a picture's caption is "/style" or the bot's @name alone: it is a photo to paint."""
    words, is_spoken_to = without_mention(caption or "", bot_name)
    return words.partition("@")[0].lower() in STYLE_COMMANDS if words else is_spoken_to


def split_command(words: str) -> tuple[str, str]:
    """The first word, in lower case and without an @name behind it, and what follows it or stands below."""
    command, rest = first_word(words)
    return command.partition("@")[0].lower(), rest


def first_word(words: str) -> tuple[str, str]:
    """The first word, and what follows it or stands below; "" where there is none."""
    word, *rest = words.split(maxsplit=1) or [""]
    return word, "".join(rest).strip()


def number_in(words: str) -> int:
    """What a sheet's picture may be called by; 0 where the words are anything else."""
    return int(words) if words.isdecimal() and len(words) <= LONGEST_NUMBER else 0


def without_mention(words: str, bot_name: str) -> tuple[str, bool]:
    """The words without the bot's own @name, and whether that was among them."""
    left, times = re.subn(
        rf"(?<!\w)(?<!/style)@{re.escape(bot_name)}\b[,:]?", " ", words, flags=re.IGNORECASE
    )
    return " ".join(left.split()), times > 0


def _numbered(words: str, presets: Presets) -> NamedStyle | None:
    """The style of that number in the gallery, where one's own have none."""
    everybodys = [name for name in presets if not is_own(name)]
    number = number_in(words)
    return StyleChosen.named(everybodys[number - 1]) if 1 <= number <= len(everybodys) else None


def _titles(preset: Preset) -> set[str]:
    return {_slug(title) for title in preset.titles.values()}


def _nearly(words: str, said: str, presets: Presets) -> NamedStyle | None:
    try:
        preset = find_preset(words, presets)
    except PresetError as error:
        near = tuple(name for name in error.suggestions if _is_near(presets[name], said))
        return StyleUnknown(words, near, error.several and len(near) > 1) if near else None
    return StyleChosen.named(preset.name) if _begins_a_word(preset, said) else None


def _mentioned(words: str, presets: Presets) -> NamedStyle | None:
    """The style that is spoken of, in whatever case and number: "в стиле Ван Гога"; or which it may be."""
    said = f"-{_stems(words)}-"
    found = [
        (name, preset.name)
        for preset in presets.values()
        for name in (f"-{_stems_of_name(each)}-" for each in _names(preset) if _says_enough(each))
        if name in said
    ]
    # Who says "coloured pencil" does not mean the pencil.
    meant = dict.fromkeys(
        preset for name, preset in found if not any(name != longer and name in longer for longer, _ in found)
    )
    match list(meant):
        case []:
            return None
        case [one]:
            return StyleChosen.named(one)
        case several:
            return StyleUnknown(words, tuple(several[:MOST_SUGGESTIONS]), several=True)


def _says_enough(name: str) -> bool:
    return sum(map(str.isalnum, name)) >= LEAST_LETTERS


def _speaks_of_style(words: str) -> bool:
    said = {_stems(word) for word in words.split()}
    return any(_stems(label(language, "word-for-style")) in said for language in languages())


def _begins_a_word(preset: Preset, said: str) -> bool:
    return any(f"-{said}" in f"-{_slug_of_name(name)}" for name in _names(preset))


def _is_near(preset: Preset, said: str) -> bool:
    alike = max(SequenceMatcher(None, said, _slug_of_name(name)).ratio() for name in _names(preset))
    return alike >= MISSPELT or _begins_a_word(preset, said)


def _names(preset: Preset) -> Iterator[str]:
    """All that it is known by, as people write it."""
    yield preset.name
    yield from (*preset.titles.values(), *preset.artists.values(), *preset.aliases)


def _slug(words: str) -> str:
    """Word by word, as a slug is cut off at some length; "" when there is no letter in them."""
    return "-".join(slugify(word) for word in words.split() if any(map(str.isalnum, word)))


def _stems(words: str) -> str:
    """A slug of the words' stems: the same whatever their case and number, in each of the bot's languages."""
    stems = re.findall(r"\w+", words.casefold())
    for language in languages():
        stems = snowballstemmer.stemmer(label(language, "stemmer")).stemWords(stems)
    return _slug(" ".join(stems))


# Worked out for each message; of what people write, nothing is kept.
_slug_of_name, _stems_of_name = lru_cache(1024)(_slug), lru_cache(1024)(_stems)
