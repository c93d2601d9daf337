"""What may be given as content and as style, checked and made into pictures. Loads no torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from styler.errors import OptionsError
from styler.images import inspect_picture, open_picture
from styler.options import DEFAULT_STRENGTH
from styler.presets import Preset, find_preset

Picture = str | Path | Image.Image
StyleSource = Picture | Preset
StyleSources = StyleSource | Sequence[StyleSource | tuple[StyleSource, float]]


@dataclass(frozen=True, slots=True)
class Style:
    """One style, opened."""

    name: str
    image: Image.Image
    share: float  # of the blend, 0 to 1; the shares of all styles sum to 1
    strength: float  # what suits this picture, 0 to 100


def open_content(source: Picture, long_side: int) -> Image.Image:
    """The photo, RGB, at least `long_side` pixels long where it is that large. Raises PictureError."""
    return open_picture(Path(source) if isinstance(source, str) else source, at_least=long_side)


def open_styles(sources: StyleSources) -> tuple[Style, ...]:
    """One style or several, each a preset, its name, a file or a picture, with a weight or without.

    A name is taken for a file where one of that name is there, else for a preset.
    Raises OptionsError for no styles or bad weights, PresetError, PictureError.
    """
    return tuple(_open_style(source, share) for source, share in _shares(sources))


def check_styles(sources: StyleSources) -> None:
    """Raises as `open_styles` does where the header of each picture shows it already; decodes nothing."""
    for source, _ in _shares(sources):
        located = _located(source)
        inspect_picture(located.path if isinstance(located, Preset) else located)


def _shares(sources: StyleSources) -> list[tuple[StyleSource, float]]:
    """Each style that counts, with its share; the shares sum to 1. Raises OptionsError."""
    listed = [sources] if isinstance(sources, str | Path | Image.Image | Preset) else list(sources)
    weighted = [source if isinstance(source, tuple) else (source, 1.0) for source in listed]
    total = sum(weight for _, weight in weighted)
    if not weighted or not 0 < total < float("inf") or any(weight < 0 for _, weight in weighted):
        raise OptionsError("give at least one style; weights must not be negative, nor all zero")
    return [(source, weight / total) for source, weight in weighted if weight]


def _open_style(source: StyleSource, share: float) -> Style:
    located = _located(source)
    if isinstance(located, Image.Image):
        return Style("picture", open_picture(located), share, DEFAULT_STRENGTH)
    if isinstance(located, Preset):
        return Style(located.name, open_picture(located.path), share, located.strength)
    return Style(located.stem, open_picture(located), share, DEFAULT_STRENGTH)


def _located(source: StyleSource) -> Path | Preset | Image.Image:
    """What a name stands for; anything else is what it is. Raises PresetError."""
    if not isinstance(source, str):
        return source
    path = Path(source)
    is_file = path.is_file() or path.suffix or path.name != source
    return path if is_file else find_preset(source)
