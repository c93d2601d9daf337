"""VGG19 up to conv5_1: the network that sees a picture the way style transfer needs it.

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (2014), with
three deviations. Convolution 1_1 pads by replication, because zero padding draws a line along the border of
the output image. Pooling rounds sizes up. Nothing past relu5_1 exists, because no loss looks there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

LAYERS = (
    *("conv1_1", "conv1_2", "pool1"),
    *("conv2_1", "conv2_2", "pool2"),
    *("conv3_1", "conv3_2", "conv3_3", "conv3_4", "pool3"),
    *("conv4_1", "conv4_2", "conv4_3", "conv4_4", "pool4"),
    "conv5_1",
)
CONVOLUTIONS = tuple(layer for layer in LAYERS if layer.startswith("conv"))
CHANNELS = {"1": 64, "2": 128, "3": 256, "4": 512, "5": 512}  # by block

# What the Oxford weights were trained to have subtracted: red, green, blue, of 0..255.
MEAN_RGB = (123.68, 116.779, 103.939)


@dataclass(frozen=True, slots=True)
class Convolution:
    """One convolution's weight (out, in, 3, 3) and bias (out,), float32."""

    weight: Tensor
    bias: Tensor


Weights = Mapping[str, Convolution]
"""By name, conv1_1 ... conv5_1, for input that is RGB in 0..255 less `MEAN_RGB`."""


class Encoder:
    """VGG19 on one device in one precision; frozen, so that only the picture ever gets a gradient."""

    def __init__(self, weights: Weights, device: torch.device, dtype: torch.dtype) -> None:
        self.device = device
        self.dtype = dtype
        self._convolutions = {
            name: Convolution(
                convolution.weight.to(device, dtype, memory_format=torch.channels_last),
                convolution.bias.to(device, dtype),
            )
            for name, convolution in weights.items()
        }

    def __call__(self, pixels: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        """The feature maps of `layers`, by name.

        pixels: (1, 3, H, W) float32, RGB in 0..255 less `MEAN_RGB`.
        layers: names such as "relu4_1"; the network runs no further than the deepest of them.
        Returns (1, C, H / 2^(block - 1), W / 2^(block - 1)) each, rounded up, channels last, in the encoder's
        precision.
        """
        wanted = set(layers)
        maps: dict[str, Tensor] = {}
        x = pixels.to(self.dtype, memory_format=torch.channels_last)
        for name in LAYERS:
            if len(maps) == len(wanted):
                break
            if name.startswith("pool"):
                # Rounding up, an odd last row counts, and a narrow picture never shrinks to nothing.
                x = F.max_pool2d(x, 2, 2, ceil_mode=True)
                continue
            # In place: the convolution's own output is needed by nobody else.
            x = self._convolve(x, name).relu_()
            relu = name.replace("conv", "relu")
            if relu in wanted:
                maps[relu] = x
        return maps

    def _convolve(self, x: Tensor, name: str) -> Tensor:
        convolution = self._convolutions[name]
        if name == "conv1_1":
            return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), convolution.weight, convolution.bias)
        return F.conv2d(x, convolution.weight, convolution.bias, padding=1)


def to_pixels(picture: Tensor) -> Tensor:
    """(1, 3, H, W) float32 RGB in [0, 1] -> the same picture as the encoder sees it, 0..255 less the mean."""
    return picture * 255 - _mean(picture)


def from_pixels(pixels: Tensor) -> Tensor:
    """The way back; values may lie outside [0, 1], where the optimiser has overshot."""
    return (pixels + _mean(pixels)) / 255


def _mean(like: Tensor) -> Tensor:
    return torch.tensor(MEAN_RGB, device=like.device, dtype=like.dtype).view(1, 3, 1, 1)
