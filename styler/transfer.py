"""stylize(): a photo and a style go in, a painting comes out."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from styler.color import match_colors, transfer_luminance
from styler.device import best_precision, is_gpu, out_of_memory_told, resolve_device
from styler.encoder import Encoder, from_pixels, to_pixels
from styler.images import fit_within, resize, save_picture, to_image, to_tensor
from styler.objective import Losses, LossWeights, Objective, content_targets, style_targets
from styler.optimize import minimize
from styler.options import DEFAULT_SIZE_CPU, DEFAULT_SIZE_GPU, StyleOptions
from styler.pyramid import Scale, plan_pyramid
from styler.sources import Picture, Style, StyleSources, open_content, open_styles
from styler.weights import load_weights

# The content weight at strength 0 and at 100; between them it falls by equal factors.
MILDEST, WILDEST = 2.0, 0.02
TV_WEIGHT = 0.1
START_NOISE = 2.0  # grey levels, root mean square


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a painting stands after one step."""

    scale: int  # 1-based
    scales: int
    width: int  # of this scale
    height: int
    step: int  # 1-based, over all scales
    steps: int  # of all scales
    losses: Losses
    fraction: float  # of the whole work, 0 to 1
    elapsed: float  # seconds
    remaining: float  # seconds, estimated from this painting's own speed
    last_of_scale: bool
    picture: Callable[
        [], Image.Image
    ]  # the present picture at this scale's size; call it within the callback


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleResult:
    """The painting, and all it takes to paint it again."""

    image: Image.Image
    options: StyleOptions  # as used: size, strength and steps are filled in
    styles: tuple[str, ...]
    device: str
    steps: int  # taken, which is fewer than planned when stopped
    stopped: bool
    elapsed: float  # seconds
    losses: Losses
    recipe: str  # one line

    def save(self, path: str | Path) -> None:
        """Writes a JPEG, PNG or WebP by the suffix, with the recipe as its comment."""
        save_picture(self.image, Path(path), self.recipe)


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

    The output image has the photo's proportions and `options.size` pixels on its long side.
    Raises StylerError: PictureError, PresetError, OptionsError, WeightsError or DeviceError.
    """
    options = options or StyleOptions()
    device = resolve_device(options.device)
    styles = open_styles(style)
    size = options.size or (DEFAULT_SIZE_GPU if is_gpu(device) else DEFAULT_SIZE_CPU)
    photo = open_content(content, size)
    strength = options.strength
    if strength is None:
        strength = sum(each.share * each.strength for each in styles)
    pyramid = plan_pyramid(*fit_within(*photo.size, size), options.quality, options.steps)
    used = replace(options, size=size, strength=strength, steps=sum(scale.steps for scale in pyramid))
    encoder = load_encoder(options.weights, device, best_precision(device))
    painting = _Painting(photo, styles, used, encoder, pyramid, on_progress, should_stop)
    with out_of_memory_told(device):
        return painting.paint()


@lru_cache(maxsize=2)
def load_encoder(weights: str, device: torch.device, dtype: torch.dtype) -> Encoder:
    """The encoder, kept: loading it again for each picture would take longer than a draft's first steps."""
    return Encoder(load_weights(weights), device, dtype)


class _Painting:
    """One run of stylize(): goes up the pyramid, scale by scale."""

    def __init__(
        self,
        photo: Image.Image,
        styles: tuple[Style, ...],
        options: StyleOptions,
        encoder: Encoder,
        pyramid: tuple[Scale, ...],
        on_progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self._photo = photo
        self._styles = styles
        self._options = options
        self._encoder = encoder
        self._pyramid = pyramid
        self._on_progress = on_progress
        self._should_stop = should_stop or (lambda: False)
        self._started = time.perf_counter()
        self._steps_taken = 0
        self._stopped = False
        self._losses = Losses(0.0, 0.0, 0.0, 0.0)

    def paint(self) -> StyleResult:
        pixels = self._start()
        for index, scale in enumerate(self._pyramid):
            if self._stopped:
                break
            pixels = self._paint_scale(index, _resize_pixels(pixels, scale.width, scale.height))
        last = self._pyramid[-1]
        return self._result(self._finish(_resize_pixels(pixels, last.width, last.height)))

    def _start(self) -> Tensor:
        """The photo with a little noise: even skies and walls give the strokes nothing to start from."""
        pixels = self._pixels(self._photo, self._pyramid[0].width, self._pyramid[0].height)
        generator = torch.Generator().manual_seed(self._options.seed)  # the CPU's, the same for every device
        return pixels + START_NOISE * torch.randn(pixels.shape, generator=generator).to(pixels.device)

    def _paint_scale(self, index: int, pixels: Tensor) -> Tensor:
        scale = self._pyramid[index]
        objective = self._objective(scale)

        def evaluate(at: Tensor) -> tuple[float, Tensor]:
            self._losses, gradient = objective.evaluate(at)
            return self._losses.total, gradient

        def after_step(step: int, at: Tensor) -> bool:
            self._steps_taken += 1
            self._report(index, step, at)
            self._stopped = self._should_stop()
            return not self._stopped

        return minimize(pixels, evaluate, scale.steps, after_step)

    def _objective(self, scale: Scale) -> Objective:
        options = self._options
        content = self._pixels(self._photo, scale.width, scale.height)
        targets = style_targets(
            self._encoder,
            [(self._style_pixels(style, scale, content), style.share) for style in self._styles],
        )
        assert options.strength is not None
        alpha = MILDEST * (WILDEST / MILDEST) ** (options.strength / 100)
        weights = LossWeights(
            options.style_weight, alpha * options.content_weight, TV_WEIGHT * options.tv_weight
        )
        return Objective(self._encoder, targets, content_targets(self._encoder, content), weights)

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

    def _finish(self, pixels: Tensor) -> Image.Image:
        picture = from_pixels(pixels)
        if self._options.keep_colors:
            photo = from_pixels(self._pixels(self._photo, picture.shape[3], picture.shape[2]))
            picture = transfer_luminance(picture, photo)
        return to_image(picture)

    def _report(self, index: int, step: int, pixels: Tensor) -> None:
        if self._on_progress is None:
            return
        scale = self._pyramid[index]
        done = sum(each.cost for each in self._pyramid[:index]) + scale.cost * step / scale.steps
        fraction = done / sum(each.cost for each in self._pyramid)
        elapsed = time.perf_counter() - self._started
        self._on_progress(
            Progress(
                scale=index + 1,
                scales=len(self._pyramid),
                width=scale.width,
                height=scale.height,
                step=self._steps_taken,
                steps=sum(each.steps for each in self._pyramid),
                losses=self._losses,
                fraction=fraction,
                elapsed=elapsed,
                remaining=elapsed * (1 - fraction) / fraction,
                last_of_scale=step == scale.steps,
                picture=lambda: self._finish(pixels),
            )
        )

    def _result(self, image: Image.Image) -> StyleResult:
        styles = tuple(style.name for style in self._styles)
        return StyleResult(
            image=image,
            options=self._options,
            styles=styles,
            device=str(self._encoder.device),
            steps=self._steps_taken,
            stopped=self._stopped,
            elapsed=time.perf_counter() - self._started,
            losses=self._losses,
            recipe=_recipe(self._styles, self._options, image),
        )


def _resize_pixels(pixels: Tensor, width: int, height: int) -> Tensor:
    if pixels.shape[2:] == (height, width):
        return pixels
    return F.interpolate(pixels, (height, width), mode="bicubic", align_corners=False)


def _recipe(styles: tuple[Style, ...], options: StyleOptions, image: Image.Image) -> str:
    names = "+".join(
        style.name if len(styles) == 1 else f"{style.name}:{style.share:.2g}" for style in styles
    )
    parts = [
        f"style={names}",
        f"strength={options.strength:g}",
        f"size={image.width}x{image.height}",
        f"quality={options.quality}",
        f"seed={options.seed}",
    ]
    if options.keep_colors:
        parts.append("keep-colors")
    return f"styler {_version()}: " + " ".join(parts)


def _version() -> str:
    try:
        return version("stylebot")
    except PackageNotFoundError:
        return "unknown"  # run from a source tree that was never installed
