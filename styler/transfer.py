"""stylize(): a photo and a style go in, a painting comes out."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from styler.balance import balanced, content_weight
from styler.color import match_colors, transfer_luminance
from styler.device import best_precision, is_gpu, resolve_device
from styler.encoder import Encoder, from_pixels, to_pixels
from styler.errors import OptionsError
from styler.images import fit_within, resize, to_image, to_tensor
from styler.memory import OutOfMemory, out_of_memory_told, within_memory
from styler.objective import (
    LossWeights,
    Objective,
    content_targets,
    read_losses,
    style_targets,
)
from styler.optimize import minimize
from styler.options import DEFAULT_SIZE_CPU, DEFAULT_SIZE_GPU, DEFAULT_STRENGTH, StyleOptions
from styler.pyramid import Scale, plan_pyramid
from styler.results import Progress, StyleResult, recipe
from styler.sources import Picture, Style, StyleSources, open_content, open_styles
from styler.weights import load_weights

TV_WEIGHT = 0.1
START_NOISE = 2.0  # grey levels, root mean square


def stylize(
    content: Picture,
    style: StyleSources,
    options: StyleOptions | None = None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> StyleResult:
    """Paints `content` in the style of `style`.

    content: a file or a picture. style: a preset, its name, a file or a picture, or several of these, each
    alone or with a weight, to blend them. on_progress is called after each step, in the calling thread.
    should_stop is asked before each step: once it says yes, the best picture so far is returned.

    The output image has the photo's proportions and `options.size` pixels on its long side. Where the device
    has not the memory for that, it is as large as could be painted, and `StyleResult.reduced` says so.
    Raises StylerError: PictureError, PresetError, OptionsError, WeightsError or DeviceError.
    """
    pair = [(content, style)]
    return stylize_batch(pair, options, on_progress=on_progress, should_stop=should_stop)[0]


def stylize_batch(
    pairs: Sequence[tuple[Picture, StyleSources]],
    options: StyleOptions | None = None,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[StyleResult]:
    """Paints several photos at once, each in a style of its own, as `stylize` would have painted it alone.

    pairs: photos and their styles. For throughput on a GPU, which one small picture does not fill. The output
    images must all have the same size. `Progress` tells of the first picture.
    Raises what `stylize` raises, and OptionsError when the sizes differ.
    """
    options = options or StyleOptions()
    device = resolve_device(options.device)
    opened = [open_styles(style) for _, style in pairs]
    size = options.size or (DEFAULT_SIZE_GPU if is_gpu(device) else DEFAULT_SIZE_CPU)
    photos = [open_content(content, size) for content, _ in pairs]
    sizes = {fit_within(*photo.size, size) for photo in photos}
    if len(sizes) != 1:
        raise OptionsError("pictures that are painted together must come out at the same size")
    pyramid = plan_pyramid(*sizes.pop(), options.quality, options.steps)
    steps = sum(scale.steps for scale in pyramid)
    subjects = tuple(
        Subject(photo, styles, replace(options, size=size, strength=_strength(options, styles), steps=steps))
        for photo, styles in zip(photos, opened, strict=True)
    )
    encoder = load_encoder(options.weights, device, best_precision(device))
    painting = _Painting(subjects, encoder, pyramid, on_progress, should_stop)
    with out_of_memory_told(device):
        return painting.paint()


def _strength(options: StyleOptions, styles: tuple[Style, ...]) -> float:
    if options.strength is not None:
        return options.strength
    return sum(each.share * each.strength for each in styles)


@lru_cache(maxsize=2)
def load_encoder(weights: str, device: torch.device, dtype: torch.dtype) -> Encoder:
    """The encoder, kept: loading it again for each picture would take longer than a draft's first steps."""
    return Encoder(load_weights(weights), device, dtype)


@dataclass(frozen=True, slots=True)
class Subject:
    """One photo, its styles, and the options as used for it."""

    photo: Image.Image
    styles: tuple[Style, ...]
    options: StyleOptions


class _Painting:
    """One run of stylize_batch(): goes up the pyramid, scale by scale."""

    def __init__(
        self,
        subjects: tuple[Subject, ...],
        encoder: Encoder,
        pyramid: tuple[Scale, ...],
        on_progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self._subjects = subjects
        self._options = subjects[0].options  # what does not differ between the subjects is read from here
        self._encoder = encoder
        self._pyramid = pyramid
        self._on_progress = on_progress
        self._should_stop = should_stop or (lambda: False)
        self._started = time.perf_counter()
        self._steps_taken = 0
        self._stopped = False
        self._reduced = False
        self._losses = torch.zeros(len(subjects), 4)
        weights = [
            content_weight(each.options.strength or 0) * each.options.content_weight for each in subjects
        ]
        self._content_weights = torch.tensor(weights, device=encoder.device)

    def paint(self) -> list[StyleResult]:
        pixels = self._start()
        last = self._pyramid[-1]
        for index, scale in enumerate(self._pyramid):
            if self._stopped:
                break
            try:
                pixels = self._paint_scale(index, _resize_pixels(pixels, scale.width, scale.height))
                if index == 0:
                    self._balance()
            except OutOfMemory:
                if index == 0:
                    raise
                # What the smaller scale has painted is a picture too.
                self._reduced = True
                last = self._pyramid[index - 1]
                break
        pixels = _resize_pixels(pixels, last.width, last.height)
        return [
            self._result(index, self._finish(index, pixels[index : index + 1]))
            for index in range(len(self._subjects))
        ]

    def _balance(self) -> None:
        content_losses = self._losses[:, 1].to(self._encoder.device)
        distances = content_losses / self._content_weights.clamp_min(1e-6)
        self._content_weights = balanced(self._content_weights, distances)

    def _start(self) -> Tensor:
        """The photos in their styles' colours, with a little noise.

        Without the colours the first third of the steps only finds them. Without the noise even skies and
        walls give the strokes nothing to start from.
        """
        contents = self._contents(self._pyramid[0])
        pixels = torch.cat(
            [self._recolored(each, contents[i : i + 1]) for i, each in enumerate(self._subjects)]
        )
        generator = torch.Generator().manual_seed(self._options.seed)  # the CPU's, the same for every device
        noise = torch.randn(pixels.shape[1:], generator=generator)  # and for every picture of a batch
        return pixels + START_NOISE * noise.to(pixels.device)

    def _recolored(self, subject: Subject, content: Tensor) -> Tensor:
        """The photo with its styles' colours: a part of the way where the strength is below the middle."""
        photo = from_pixels(content)
        recolored = torch.zeros_like(photo)
        for style in subject.styles:
            style_pixels = self._style_pixels(style, self._pyramid[0], content)
            recolored += style.share * match_colors(photo, from_pixels(style_pixels))
        assert subject.options.strength is not None
        way = min(1.0, subject.options.strength / DEFAULT_STRENGTH) if self._options.style_weight else 0.0
        return to_pixels(torch.lerp(photo, recolored, way))

    def _paint_scale(self, index: int, pixels: Tensor) -> Tensor:
        """Raises OutOfMemory when even the thinnest strips are too much."""
        scale = self._pyramid[index]
        taken = self._steps_taken

        def attempt(strip_pixels: int | None) -> Tensor:
            self._steps_taken = taken
            objective = self._objective(scale, strip_pixels)
            return minimize(pixels, objective.evaluate, scale.steps, after_step)

        def after_step(step: int, losses: Tensor, best: Tensor) -> bool:
            self._steps_taken += 1
            self._losses = losses
            self._report(index, step, best)
            self._stopped = self._should_stop()
            return not self._stopped

        return within_memory(self._encoder.device, len(pixels) * scale.width * scale.height, attempt)

    def _objective(self, scale: Scale, strip_pixels: int | None) -> Objective:
        contents = self._contents(scale)
        grams = [
            style_targets(
                self._encoder,
                [
                    (self._style_pixels(style, scale, contents[index : index + 1]), style.share)
                    for style in subject.styles
                ],
                strip_pixels,
            )
            for index, subject in enumerate(self._subjects)
        ]
        weights = LossWeights(
            self._options.style_weight,
            self._content_weights,
            TV_WEIGHT * self._options.tv_weight,
        )
        return Objective(
            self._encoder,
            {layer: torch.cat([each[layer] for each in grams]) for layer in grams[0]},
            content_targets(self._encoder, contents, strip_pixels),
            weights,
            strip_pixels,
        )

    def _contents(self, scale: Scale) -> Tensor:
        return torch.cat([self._pixels(each.photo, scale.width, scale.height) for each in self._subjects])

    def _style_pixels(self, style: Style, scale: Scale, content: Tensor) -> Tensor:
        """The style at the scale's area, so that its brushwork has the same size in every photo."""
        factor = (scale.width * scale.height / (style.image.width * style.image.height)) ** 0.5
        size = max(1, round(style.image.width * factor)), max(1, round(style.image.height * factor))
        pixels = self._pixels(style.image, *size)
        if self._options.keep_colors:
            pixels = to_pixels(match_colors(from_pixels(pixels), from_pixels(content)))
        return pixels

    def _pixels(self, image: Image.Image, width: int, height: int) -> Tensor:
        return to_pixels(to_tensor(resize(image, (width, height))).to(self._encoder.device))

    def _finish(self, index: int, pixels: Tensor) -> Image.Image:
        picture = from_pixels(pixels)
        if self._options.keep_colors:
            photo = self._subjects[index].photo
            photo_pixels = from_pixels(self._pixels(photo, picture.shape[3], picture.shape[2]))
            picture = transfer_luminance(picture, photo_pixels)
        return to_image(picture)

    def _report(self, index: int, step: int, pixels: Tensor) -> None:
        if self._on_progress is None:
            return
        scale = self._pyramid[index]
        done = sum(each.cost for each in self._pyramid[:index]) + scale.cost * step / scale.steps
        fraction = done / sum(each.cost for each in self._pyramid)
        elapsed = time.perf_counter() - self._started
        losses = self._losses
        self._on_progress(
            Progress(
                scale=index + 1,
                scales=len(self._pyramid),
                width=scale.width,
                height=scale.height,
                step=self._steps_taken,
                steps=sum(each.steps for each in self._pyramid),
                fraction=fraction,
                elapsed=elapsed,
                remaining=elapsed * (1 - fraction) / fraction,
                last_of_scale=step == scale.steps,
                read_losses=lambda: read_losses(losses)[0],
                picture=lambda: self._finish(0, pixels[:1]),
            )
        )

    def _result(self, index: int, image: Image.Image) -> StyleResult:
        subject = self._subjects[index]
        return StyleResult(
            image=image,
            options=subject.options,
            styles=tuple(style.name for style in subject.styles),
            device=str(self._encoder.device),
            steps=self._steps_taken,
            stopped=self._stopped,
            reduced=self._reduced,
            elapsed=time.perf_counter() - self._started,
            losses=read_losses(self._losses)[index],
            recipe=recipe(subject.styles, subject.options, image),
        )


def _resize_pixels(pixels: Tensor, width: int, height: int) -> Tensor:
    if pixels.shape[2:] == (height, width):
        return pixels
    return F.interpolate(pixels, (height, width), mode="bicubic", align_corners=False)
