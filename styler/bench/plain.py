"""VGG19 as plainly as torch can say it, in any precision: what the measures see with, and what a peer runs.

Nothing is fused, nothing is written by hand; gradients are autograd's.
"""

from collections.abc import Collection

import torch
import torch.nn.functional as F
from torch import Tensor

from styler.encoder import BLOCKS, CHANNELS, block_of
from styler.network.convolutions import Weights


class PlainEncoder:
    """Frozen, on one device in one precision, in torch's usual layout."""

    def __init__(
        self,
        weights: Weights,
        device: torch.device,
        dtype: torch.dtype = torch.float32,
        *,
        as_styler: bool = False,
    ) -> None:
        """as_styler: padded and pooled as in `styler.encoder`; otherwise as VGG19 was published."""
        self._as_styler = as_styler
        self._dtype = dtype
        self._convolutions = {
            name: (each.weight.to(device, dtype), each.bias.to(device, dtype))
            for name, each in weights.items()
        }

    def __call__(self, pixels: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """The maps of `layers`, by name: (1, C, h, w). pixels: (1, 3, H, W), RGB in 0..255 less the mean.

        layers: "relu4_1" ..., or "conv4_1" ... for what the convolution gives before it is rectified.
        """
        maps: dict[str, Tensor] = {}
        x = pixels.to(self._dtype)
        for block in BLOCKS:
            if block != BLOCKS[0]:
                x = F.max_pool2d(x, 2, 2, ceil_mode=self._as_styler)
            for name in block:
                x = self._convolve(x, name)
                if name in layers:
                    maps[name] = x
                x = x.relu()
                if (relu := name.replace("conv", "relu")) in layers:
                    maps[relu] = x
                if len(maps) == len(layers):
                    return maps
        return maps

    def _convolve(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self._convolutions[name]
        if self._as_styler and name == "conv1_1":
            return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), weight, bias)
        return F.conv2d(x, weight, bias, padding=1)


def convolution_work(width: int, height: int, deepest: str = "conv5_1") -> float:
    """Floating point operations of one evaluation: each convolution forward, and back to its input."""
    work, channels = 0.0, 3
    for block in BLOCKS:
        for name in block:
            out = CHANNELS[block_of(name)]
            work += 2 * 2 * 9 * channels * out * width * height
            channels = out
            if name == deepest:
                return work
        width, height = -(-width // 2), -(-height // 2)
    return work
