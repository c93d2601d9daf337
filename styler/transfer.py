"""stylize(): a photo and a style go in, a painting comes out."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import torch
from PIL import Image

from styler.allocator import give_back
from styler.device import best_precision, default_size, resolve_device
from styler.encoder import Encoder
from styler.errors import OptionsError
from styler.faces import Face, find_faces, looked_at
from styler.images import PictureSource
from styler.masks import plan_regions
from styler.options import DEFAULT_SIZE_GPU, StyleOptions
from styler.painting.checkpoint import Checkpoint
from styler.painting.course import Painting
from styler.painting.memory import out_of_memory_told, with_room
from styler.painting.results import Progress, StyleResult
from styler.painting.subjects import Subject
from styler.pyramid import Scale, plan_pyramid
from styler.sources import MaskSources, Style, StyleSources, open_photo, open_styles, painted_size
from styler.weights import load_weights

log = logging.getLogger(__name__)


def stylize(
    content: PictureSource,
    style: StyleSources,
    options: StyleOptions | None = None,
    *,
    masks: MaskSources = (),
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    resume: Checkpoint | None = None,
) -> StyleResult:
    """Paints `content` in the style of `style`.

    content: a file or a picture. style: a preset, its name, a file or a picture, or several of these, each
    alone or with a weight, to blend them. on_progress is called after each step, in the calling thread.
    should_stop is asked between steps: once it says yes, the best picture so far is returned.

    masks: files or pictures of about the photo's proportions, one for each style in their order: it is
    painted where its mask is white, half where that is grey. Styles without one (None, or masks are fewer)
    take what the masks leave; where there is no such style, the photo stays.

    resume: where the same painting stood before, to go on from there. One of another painting, or of another
    version of the engine, is ignored.

    The output image has the photo's proportions and `options.size` pixels on its long side. Where the device
    has not the memory for that, it is as large as could be painted, and `StyleResult.reduced` says so.
    Raises StylerError: PictureError, PresetError, OptionsError, WeightsError or DeviceError.
    """
    wished = [(content, open_styles(style, masks, _largest(options)))]
    return _stylize(wished, options, on_progress, should_stop, resume)[0]


def stylize_batch(
    pairs: Sequence[tuple[PictureSource, StyleSources]],
    options: StyleOptions | None = None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    resume: Checkpoint | None = None,
) -> list[StyleResult]:
    """Paints several photos at once, each in a style of its own, as `stylize` would have painted it alone.

    pairs: photos and their styles. For throughput on a GPU, which one small picture does not fill. The output
    images must all have the same size. `Progress` tells of the first picture.
    Raises what `stylize` raises, and OptionsError when the sizes differ.
    """
    if not pairs:
        raise OptionsError("give at least one photo and its style")
    opened = [(content, open_styles(style, size=_largest(options))) for content, style in pairs]
    return _stylize(opened, options, on_progress, should_stop, resume)


def _largest(options: StyleOptions | None) -> int:
    """The long side of the painting, at most: what is usual on the device is not known yet."""
    return options.size if options is not None and options.size else DEFAULT_SIZE_GPU


def _stylize(
    wished: Sequence[tuple[PictureSource, tuple[Style, ...]]],
    options: StyleOptions | None,
    on_progress: Callable[[Progress], None] | None,
    should_stop: Callable[[], bool] | None,
    resume: Checkpoint | None,
) -> list[StyleResult]:
    options = options or StyleOptions()
    device = resolve_device(options.device)
    with out_of_memory_told(device):
        try:
            subjects, pyramid = _plan(wished, options, device)
            encoder = with_room(device, lambda: load_encoder(options.weights, device, best_precision(device)))
            log.debug("Painting on %s in %s.", device, str(encoder.dtype).removeprefix("torch."))
            painting = Painting(subjects, encoder, pyramid, on_progress, should_stop)
            if resume is not None:
                painting.go_on_from(resume)
            return painting.paint()
        finally:
            if device.type == "cpu":
                give_back()  # what a large picture took would lie idle until the next one


def _plan(
    wished: Sequence[tuple[PictureSource, tuple[Style, ...]]], options: StyleOptions, device: torch.device
) -> tuple[tuple[Subject, ...], tuple[Scale, ...]]:
    """What is to be painted, and at which scales."""
    size = options.size or default_size(device)
    photos = [open_content(content, size) for content, _ in wished]
    sizes = {painted_size(content, photo, size) for (content, _), photo in zip(wished, photos, strict=True)}
    if len(sizes) != 1:
        raise OptionsError("pictures that are painted together must come out at the same size")
    width, height = sizes.pop()
    pyramid = plan_pyramid(width, height, options.quality, options.steps)
    log.debug("Steps: %s.", ", ".join(f"{each.steps} at {each.width}x{each.height}" for each in pyramid))
    used = replace(options, size=size, steps=sum(scale.steps for scale in pyramid))
    subjects = tuple(
        Subject(
            photo,
            styles,
            plan_regions(styles, width, height),
            _faces_in(photo, size) if options.faces else (),
            replace(used, strength=_strength(options, styles)),
        )
        for photo, (_, styles) in zip(photos, wished, strict=True)
    )
    return subjects, pyramid


def open_content(source: PictureSource, size: int) -> Image.Image:
    """The photo, RGB, as large as painting it at `size` pixels takes, where it is. Raises PictureError."""
    return open_photo(source, max(size, looked_at(size)))


def _faces_in(photo: Image.Image, size: int) -> tuple[Face, ...]:
    faces = find_faces(photo, size)
    log.debug("Faces found: %d.", len(faces))
    return faces


def _strength(options: StyleOptions, styles: tuple[Style, ...]) -> float:
    if options.strength is not None:
        return options.strength
    return round(sum(each.share * each.strength for each in styles), 6)  # 44, not 43.99999999999999


@lru_cache(maxsize=2)
def load_encoder(weights: str, device: torch.device, dtype: torch.dtype) -> Encoder:
    """The encoder, kept: loading it again for each picture would take longer than a draft's first steps."""
    return Encoder(load_weights(weights), device, dtype)
