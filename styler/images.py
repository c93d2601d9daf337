"""Pictures: open, resize, picture <-> tensor. `styler.outputs` writes them.

Inside the engine a picture is a Pillow image in RGB, 8 bits, sRGB, opaque, the right way up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from styler.formats.decoding import (
    MAX_PIXELS,
    MAX_RATIO,
    MIN_SIDE,
    PictureSource,
    decode,
    decode_smaller,
    opened,
    orientation,
    refusing_damage,
)
from styler.formats.srgb import to_srgb

if TYPE_CHECKING:
    import torch  # loaded only where a tensor is made: the rest of this module must start fast

__all__ = [
    "MAX_PIXELS",
    "MAX_RATIO",
    "MIN_SIDE",
    "PictureInfo",
    "PictureSource",
    "fit_within",
    "inspect_picture",
    "open_picture",
    "resize",
    "to_image",
    "to_tensor",
]

# What undoes each EXIF orientation; 1 is the right way up.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {5, 6, 7, 8}


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """What the header of a picture says."""

    width: int  # pixels, the right way up
    height: int
    format: str  # JPEG, PNG, WEBP, GIF, BMP, TIFF, HEIF or AVIF; empty for a picture made in memory


def inspect_picture(source: PictureSource) -> PictureInfo:
    """Reads and checks the header only, so it is cheap for any file; raises `PictureError`.

    A picture that passes may still turn out truncated when it is opened, or lie on its side: a PNG may say so
    behind its pixels.
    """
    with opened(source) as image:
        width, height = image.size
        if orientation(image) in _SIDEWAYS:
            width, height = height, width
        # MPO is a JPEG with a second picture (depth, another eye) behind it.
        return PictureInfo(width, height, "JPEG" if image.format == "MPO" else image.format or "")


def open_picture(source: PictureSource, at_least: int | None = None, ground: str = "white") -> Image.Image:
    """The picture in RGB, 8 bits, sRGB, the right way up, laid on white or another ground, without metadata.

    at_least: a long side in pixels that is enough for the caller. A JPEG file of twice that or more is
    decoded at a fraction of the cost and comes back with exactly that long side; anything else comes back
    whole. Raises PictureError. A picture given as such stays as it is: what comes back is a copy.
    """
    with opened(source) as image:
        size, part = image.size, None
        if at_least is not None and not isinstance(source, Image.Image):
            size = fit_within(*size, at_least)
            part = decode_smaller(image, size)
        decode(image, source)
        turn = _TURNS.get(orientation(image))
        with refusing_damage(source):
            picture = to_srgb(image, ground)
    if part is not None:
        picture = picture.resize(size, Image.Resampling.LANCZOS, box=part)
    return picture if turn is None else picture.transpose(turn)


def fit_within(width: int, height: int, long_side: int) -> tuple[int, int]:
    """The size of the same proportions, to the nearest pixel, with `long_side` as its longer side."""
    longest = max(width, height)

    def fitted(side: int) -> int:
        return max(1, (2 * side * long_side + longest) // (2 * longest))

    return fitted(width), fitted(height)


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """`image` at (width, height): Lanczos down, after cheap box averaging where much is to go; bicubic up."""
    if image.size == size:
        return image
    smaller = size[0] * size[1] < image.width * image.height
    kernel = Image.Resampling.LANCZOS if smaller else Image.Resampling.BICUBIC
    return image.resize(size, kernel, reducing_gap=3.0)


def to_tensor(image: Image.Image, device: torch.device | None = None) -> torch.Tensor:
    """RGB picture -> (1, 3, H, W) float32 in [0, 1], RGB, contiguous, on the CPU or another device."""
    import torch

    pixels = torch.from_numpy(np.array(image.convert("RGB")))  # np.array copies: torch wants writable memory
    pixels = pixels.to(device)  # as bytes, a quarter of what floats would be
    return pixels.permute(2, 0, 1).unsqueeze(0).contiguous().to(torch.float32).div_(255)


def to_image(tensor: torch.Tensor) -> Image.Image:
    """(1, 3, H, W) float in [0, 1], RGB, any device -> picture: clamped, rounded to the nearest level."""
    import torch

    levels = tensor.detach()[0].to(torch.float32).nan_to_num(0).clamp(0, 1).mul(255).round().to(torch.uint8)
    return Image.fromarray(levels.permute(1, 2, 0).contiguous().cpu().numpy())
