"""What may be given as content and as style, checked and made into pictures. Loads no torch."""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from numbers import Real
from pathlib import Path

from PIL import Image

from styler.errors import OptionsError
from styler.images import PictureSource, fit_within, inspect_picture, open_picture, resize
from styler.options import DEFAULT_SIZE_GPU, DEFAULT_STRENGTH
from styler.presets import PICTURE_SUFFIXES, Preset, find_preset

StyleSource = PictureSource | Preset
Weighed = tuple[StyleSource, float]
StyleSources = StyleSource | Weighed | Sequence[StyleSource | Weighed] | Mapping[str, float]
MaskSources = PictureSource | Sequence[PictureSource | None] | None

# A picture far larger than what is painted, which a file of some kilobytes can unpack to, is made smaller as
# soon as it is open: to half as much again as is needed, for sharpness, and never below a size that leaves
# ordinary pictures as they are. Both are sides of squares.
SPARE = 1.5  # times the painting's side
NEVER_BELOW = 2048  # pixels

# Of 255: less paints next to nothing, and is of a tool that writes 1 where others write 255.
FAINTEST_MASK = 32


@dataclass(frozen=True, slots=True)
class Style:
    """One style, opened."""

    name: str
    image: Image.Image
    share: float  # of the blend, 0 to 1; the shares of all styles sum to 1
    strength: float  # what suits this picture, 0 to 100
    mask: Image.Image | None = None  # L, white where it paints; None: wherever no other style's mask is


def painted_size(source: PictureSource, photo: Image.Image, long_side: int) -> tuple[int, int]:
    """Width and height of the painting of `source`, which was opened as `photo`. Raises PictureError."""
    # Of the source: a photo that was opened smaller has been rounded already.
    info = inspect_picture(source)
    width, height = info.width, info.height
    # Of the photo: which way is up may stand behind the pixels, where inspecting does not look.
    if (width - height) * (photo.width - photo.height) < 0:
        width, height = height, width
    return fit_within(width, height, long_side)


def open_photo(source: PictureSource, at_least: int) -> Image.Image:
    """A picture of which a long side of so many pixels is needed; far more are not kept.

    Raises PictureError.
    """
    photo = open_picture(source, at_least=at_least)
    return resize(photo, _kept_size(*photo.size, at_least))


def _open_example(source: PictureSource, size: int) -> Image.Image:
    """A style picture for a painting of that long side: likewise, by its area, as it is used."""
    info = inspect_picture(source)
    example = open_picture(source, at_least=max(_kept_size(info.width, info.height, size)))
    return resize(example, _kept_size(*example.size, size))


def _kept_size(width: int, height: int, needed: int) -> tuple[int, int]:
    """Of a picture that has this size, for something painted in a square of `needed` pixels."""
    share = max(SPARE * needed, NEVER_BELOW) / math.sqrt(width * height)
    return (width, height) if share >= 1 else fit_within(width, height, round(share * max(width, height)))


def open_styles(
    sources: StyleSources, masks: MaskSources = (), size: int = DEFAULT_SIZE_GPU
) -> tuple[Style, ...]:
    """One style or several, each a preset, its name, a file or a picture, with a weight or without.

    size: the long side of what is to be painted, in pixels; of far larger pictures no more is kept than that
    can use.

    A name is taken for a file where one of that name is there, else for a preset. The masks belong to the
    styles in their order; a style for which there is none, or None, has no mask.
    Raises OptionsError for no styles, bad weights or too many masks, PresetError, PictureError.
    """
    return tuple(_open_style(source, share, mask, size) for source, share, mask in shares_of(sources, masks))


def check_styles(sources: StyleSources, masks: MaskSources = ()) -> None:
    """Raises as `open_styles` does where the header of each picture shows it already; decodes nothing."""
    for source, _, mask in shares_of(sources, masks):
        located = _located(source)
        inspect_picture(located.path if isinstance(located, Preset) else located)
        if mask is not None:
            inspect_picture(mask)


def shares_of(
    sources: StyleSources, masks: MaskSources
) -> list[tuple[StyleSource, float, PictureSource | None]]:
    """Each style that counts, with its share and its mask; the shares sum to 1. Raises OptionsError."""
    weighted = [_weighed(each) for each in _listed(sources)]
    total = sum(weight for _, weight in weighted)
    if not weighted or not 0 < total < math.inf or any(weight < 0 for _, weight in weighted):
        raise OptionsError("give at least one style; weights must not be negative, nor all zero, nor endless")
    theirs = [masks] if isinstance(masks, PictureSource | None) else list(masks)
    if len(theirs) > len(weighted):
        raise OptionsError(f"there are {len(theirs)} masks for {len(weighted)} styles: give one each at most")
    both = zip_longest(weighted, theirs)
    # Beside a weight beyond all measure, a tiny one's share is nothing, too.
    return [(source, share, mask) for (source, weight), mask in both if (share := weight / total)]


def _listed(sources: object) -> Sequence[object]:
    """Each style, alone or with its weight."""
    if isinstance(sources, PictureSource | Preset):
        return [sources]
    if isinstance(sources, Mapping):
        return list(sources.items())
    if isinstance(sources, tuple) and len(sources) == 2 and isinstance(sources[1], Real):
        return [sources]  # one style with a weight
    return list(sources) if isinstance(sources, Iterable) else [sources]


def _weighed(each: object) -> Weighed:
    """The style with its weight. Raises OptionsError for what is none."""
    source, weight = each if isinstance(each, tuple) and len(each) == 2 else (each, 1.0)
    if isinstance(source, PictureSource | Preset) and isinstance(weight, Real):
        with suppress(OverflowError):  # a whole number of some hundred digits
            return source, float(weight)
        return source, math.inf
    raise OptionsError(
        f"a style is a file, a picture, a preset or its name, or such a one with a weight, not {each!r}"
    )


def _open_style(source: StyleSource, share: float, mask: PictureSource | None, size: int) -> Style:
    located = _located(source)
    opened_mask = None if mask is None else open_mask(mask)
    if isinstance(located, Preset):
        return Style(located.name, _open_example(located.path, size), share, located.strength, opened_mask)
    name = located.stem if isinstance(located, Path) else "picture"
    return Style(name, _open_example(located, size), share, DEFAULT_STRENGTH, opened_mask)


def open_mask(source: PictureSource) -> Image.Image:
    """A mask as L, the right way up: how bright it is; what is transparent is black.

    Raises PictureError, and OptionsError when it is black all over or next to it.
    """
    mask = open_picture(source, ground="black").convert("L")
    brightest = max(level for level, pixels in enumerate(mask.histogram()) if pixels)
    if brightest < FAINTEST_MASK:
        name = f"the mask {source}" if isinstance(source, str | Path) else "the mask"
        how = f"next to black: its brightest value is {brightest} of 255" if brightest else "black all over"
        raise OptionsError(f"{name} is {how}; paint white where the style should go")
    return mask


def _located(source: StyleSource) -> Path | bytes | Preset | Image.Image:
    """What a name stands for; anything else is what it is. Raises PresetError."""
    if not isinstance(source, str):
        return source
    path = Path(source)
    # Not Path.is_file, which raises for a name that is too long, or where one may not look.
    is_file = os.path.isfile(source) or path.name != source  # noqa: PTH113
    # Of a picture that is missing it should be told so; but a preset's name may have a dot in it too.
    return path if is_file or path.suffix.lower() in PICTURE_SUFFIXES else find_preset(source)
