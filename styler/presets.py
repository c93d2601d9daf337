"""Named styles: the built-in pictures, an operator's own folders, and a forgiving look-up by name.

The pictures and `presets.toml` lie in the folder `presets` beside this file; `ATTRIBUTION.md` there says
where each comes from. A preset's name is lasting and slug-shaped: "starry-night".
"""

import logging
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from styler.errors import PictureError
from styler.options import DEFAULT_STRENGTH
from styler.preset_names import match, slugify

__all__ = ["Preset", "find_preset", "load_presets", "slugify"]

PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif"}
)
BUILT_IN_FOLDER = Path(__file__).parent / "presets"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A picture that can be asked for by name."""

    name: str  # lasting, slug-shaped, unique: "great-wave"
    path: Path  # the picture
    titles: Mapping[str, str] = field(hash=False)  # by language: {"en": "Great Wave", "ru": "Большая волна"}
    artists: Mapping[str, str] = field(default_factory=dict, hash=False)  # empty where there is none
    year: str = ""  # as people write it: "1889", "1830–1832", "~1906"
    strength: float = DEFAULT_STRENGTH  # what suits this picture, 0..100
    aliases: tuple[str, ...] = ()  # other words under which people look for it
    names_a_subject: bool = False  # its title may as well say what a photo shows: "Ducks"

    def title(self, language: str = "en") -> str:
        """The title in `language` ("ru", "ru-RU", ...), in English where there is none."""
        return _in_language(self.titles, language) or self.name

    def artist(self, language: str = "en") -> str:
        """The artist's name in `language`, "" where there is none."""
        return _in_language(self.artists, language)


def load_presets(*folders: str | Path) -> dict[str, Preset]:
    """All presets by name: the built-in ones in their order, then those of each operator's folder.

    Every picture in a folder is a preset named by its file name. A `presets.toml` there may set titles,
    artist, year, strength, aliases and `names_a_subject`. What cannot be used is skipped with a warning.
    Where two have one name, the later folder wins.
    """
    presets = dict(_built_in())
    for folder in folders:
        presets.update(_from_folder(Path(folder)))
    return presets


def find_preset(name: str, presets: Mapping[str, Preset] | None = None) -> Preset:
    """The preset that `name` means, among `presets` (default: the built-in ones).

    Case, spaces, hyphens and underscores do not matter; titles in either language, artists, aliases and
    beginnings and telling parts that fit only one preset do as well. Raises `PresetError` with the near ones
    as suggestions.
    """
    known = _built_in() if presets is None else presets
    words = {preset.name: _words(preset) for preset in known.values()}
    return known[match(name, words)]


@cache
def _built_in() -> Mapping[str, Preset]:
    tables = tomllib.loads((BUILT_IN_FOLDER / "presets.toml").read_text(encoding="utf-8"))
    presets = {name: _preset(name, BUILT_IN_FOLDER / table["file"], table) for name, table in tables.items()}
    return MappingProxyType(presets)


def _from_folder(folder: Path) -> dict[str, Preset]:
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix.lower() in PICTURE_SUFFIXES)
    except OSError as error:
        log.warning("No presets taken from %s: %s.", folder, error.strerror)
        return {}
    tables = _operator_tables(folder / "presets.toml")
    presets: dict[str, Preset] = {}
    for file in files:
        name = slugify(file.stem)
        if not _is_utf8(file.name):
            # In repr's letters, so that the warning itself can be written.
            log.warning("%r is skipped: its name is not in UTF-8.", str(file))
        elif name in presets:
            log.warning("%s is skipped: %s has the same name.", file, presets[name].path.name)
        elif _is_readable(file):
            presets[name] = _operator_preset(name, file, tables.get(name, {}))
    return presets


def _is_utf8(name: str) -> bool:
    """Whether it can be shown and stored: Python has surrogates for a name's bytes in another encoding."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_readable(file: Path) -> bool:
    from styler.images import open_picture  # here, because listing presets need not load the picture code

    try:
        open_picture(file)
    except PictureError as error:
        log.warning("%s is skipped: %s", file, error)
        return False
    return True


def _operator_tables(file: Path) -> dict[str, dict[str, Any]]:
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        log.warning("%s is not used: %s", file, error)
        return {}
    return {slugify(name): table for name, table in tables.items() if isinstance(table, dict)}


def _operator_preset(name: str, file: Path, table: dict[str, Any]) -> Preset:
    try:
        return _preset(name, file, table)
    except (TypeError, ValueError) as error:
        log.warning("What presets.toml says of %s is not used: %s", name, error)
        return _preset(name, file, {})


def _preset(name: str, path: Path, table: Mapping[str, Any]) -> Preset:
    strength = float(table.get("strength", DEFAULT_STRENGTH))
    if not 0 <= strength <= 100:
        raise ValueError(f"strength must be between 0 and 100, not {strength:g}")
    return Preset(
        name=name,
        path=path,
        titles=_by_language(table.get("title", _prettify(path.stem))),
        artists=_by_language(table.get("artist", {})),
        year=str(table.get("year", "")),
        strength=strength,
        aliases=_aliases(table.get("aliases", [])),
        names_a_subject=bool(table.get("names_a_subject", False)),
    )


def _aliases(words: object) -> tuple[str, ...]:
    """One word, or a list of them."""
    if isinstance(words, str):
        return (words,)
    if isinstance(words, list):
        return tuple(str(word) for word in words)
    raise TypeError(f"aliases must be a word or a list of words, not {words!r}")


def _by_language(text: object) -> Mapping[str, str]:
    """A text, which then serves all languages, or a table of texts by language."""
    if isinstance(text, str):
        return {"en": text}
    if isinstance(text, dict) and all(isinstance(value, str) for value in text.values()):
        return dict(text)
    raise TypeError(f"a text or a table of texts by language is wanted, not {text!r}")


def _in_language(texts: Mapping[str, str], language: str) -> str:
    short = language.lower().partition("-")[0]
    return texts.get(short) or texts.get("en") or next(iter(texts.values()), "")


def _prettify(stem: str) -> str:
    words = " ".join(stem.replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]


def _words(preset: Preset) -> list[str]:
    return [preset.name, *preset.titles.values(), *preset.aliases, *preset.artists.values()]
