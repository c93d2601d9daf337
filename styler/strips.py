"""Cuts a picture into strips that the encoder can look at one by one, with the same result as at once.

A strip is some whole rows of the picture, its own, and as many more on both sides as the encoder can see.
What the encoder finds for a strip's own rows is what it would find for them in the whole picture.
"""

import math
from dataclasses import dataclass

from torch import Tensor

from styler.encoder import REACH, STRIDES, stride_of

COARSEST = max(STRIDES.values())  # a strip's rows begin where a place of every map begins
HALO = math.ceil(REACH / COARSEST) * COARSEST
LEAST_ROWS = 4 * COARSEST  # thinner strips would be nearly all halo


@dataclass(frozen=True, slots=True)
class Strip:
    """Rows `top` to `bottom` are its own; `first` to `last` is what the encoder sees."""

    first: int
    top: int
    bottom: int
    last: int

    def of(self, pixels: Tensor) -> Tensor:
        """Its part of (N, C, H, W) pixels, halo included: a view."""
        return pixels[:, :, self.first : self.last]

    def own(self, layer: str, features: Tensor) -> Tensor:
        """Of the strip's own map of `layer`, the rows that are its own: a view."""
        stride = stride_of(layer)
        return features[:, :, (self.top - self.first) // stride : _up(self.bottom - self.first, stride)]

    def own_of_whole(self, layer: str, features: Tensor) -> Tensor:
        """The same rows, of the whole picture's map."""
        stride = stride_of(layer)
        return features[:, :, self.top // stride : _up(self.bottom, stride)]


def cut(pixels: Tensor, strip_pixels: int | None) -> list[Strip]:
    """(N, C, H, W) -> strips of at most `strip_pixels` pixels of the batch, halo included, where that can be.

    None: one strip, the whole picture. No strip has fewer than `LEAST_ROWS` rows of its own.
    """
    pictures, _, height, width = pixels.shape
    if strip_pixels is None or pictures * height * width <= strip_pixels:
        return [Strip(0, 0, height, height)]
    most = strip_pixels // (pictures * width) - 2 * HALO
    most = max(LEAST_ROWS, most // COARSEST * COARSEST)
    rows = _up(_up(height, _up(height, most)), COARSEST) * COARSEST
    return [
        Strip(max(0, top - HALO), top, min(top + rows, height), min(top + rows + HALO, height))
        for top in range(0, height, rows)
    ]


def map_size(layer: str, pixels: Tensor) -> tuple[int, int]:
    """Height and width of the layer's map of (N, C, H, W) pixels."""
    stride = stride_of(layer)
    return _up(pixels.shape[2], stride), _up(pixels.shape[3], stride)


def _up(number: int, divisor: int) -> int:
    """Divided, and rounded up."""
    return -(-number // divisor)
