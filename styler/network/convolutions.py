"""The encoder's convolutions, one by one and both ways, on one device in one precision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from styler.device import has_amx, onednn_takes
from styler.network.bands import Band
from styler.network.winograd import WIDE, Winograd, winograd_pays

FIRST = "conv1_1"


@dataclass(frozen=True, slots=True)
class Convolution:
    """One convolution's weight (out, in, 3, 3) and bias (out,), float32."""

    weight: Tensor
    bias: Tensor


Weights = Mapping[str, Convolution]
"""By name, conv1_1 ... conv5_1, for input that is RGB in 0..255 less `styler.encoder.MEAN_RGB`."""


class Convolutions:
    """Each pads by one: with zeros, but the first of all by replication, or it would draw a border."""

    def __init__(self, weights: Weights, device: torch.device, dtype: torch.dtype) -> None:
        self.device = device
        self.dtype = dtype
        self._fused = device.type == "cpu" and onednn_takes(dtype)
        self._packed = self._fused and dtype == torch.bfloat16 and has_amx()
        self._lifted = self._may_be_lifted() and winograd_pays(dtype)
        self._biases = {name: each.bias.to(device, dtype) for name, each in weights.items()}
        self._weights = {name: self._laid_out(each.weight) for name, each in weights.items()}
        self._turned = {name: self._turned_about(name, each.weight) for name, each in weights.items()}

    def _may_be_lifted(self) -> bool:
        """Whether it pays beside a matrix unit, which makes products so much faster, was never measured."""
        return self.device.type == "cpu" and (self._fused or self.dtype == torch.float32) and not self._packed

    def forward(self, x: Tensor, name: str) -> Tensor:
        """A convolution and its relu: (N, in, H, W), channels last -> (N, out, H, W), likewise."""
        padding = (1, 1)
        if name == FIRST:
            x, padding = F.pad(x, (1, 1, 1, 1), mode="replicate"), (0, 0)
        return self._run(x, self._weights[name], self._biases[name], padding, "relu")

    def backward(self, gradient: Tensor, name: str, band: Band) -> Tensor:
        """The gradient of what a convolution made of a band's rows -> that of the rows they were made from.

        gradient: (N, out, H, W) -> (N, in, H', W), of the rows of `band.widened(1)`: this band's share.
        """
        if name == FIRST:
            return _fold_border(self._run(gradient, self._turned[name], None, (2, 2), "none"), band)
        if band.is_whole:
            return self._run(gradient, self._turned[name], None, (1, 1), "none")
        found = self._run(gradient, self._turned[name], None, (2, 1), "none")
        wide = band.widened(1)
        above = wide.top - (band.top - 1)  # 1 where the row above is the border's
        return found[:, :, above : above + wide.rows]

    def _laid_out(self, weight: Tensor) -> Tensor | Winograd:
        """As the convolutions want it: with AMX in oneDNN's layout, or it would make that for each anew.

        Without AMX the best layout depends on a map's size, and one for another size costs up to twenty times
        the convolution; from the plain layout oneDNN makes each quickly.
        """
        weight = weight.to(self.device, self.dtype, memory_format=torch.channels_last)
        if self._lifted and min(weight.shape[:2]) >= WIDE:
            return Winograd.lifted(weight)
        if not self._packed:
            return weight.contiguous(memory_format=torch.channels_last)
        packed: Tensor = torch.ops.mkldnn._reorder_convolution_weight(weight, [1, 1], [1, 1], [1, 1], 1)
        return packed

    def _turned_about(self, name: str, weight: Tensor) -> Tensor | Winograd:
        """For the way back through a convolution: a convolution too, with the kernel turned about."""
        there = self._weights[name]
        if isinstance(there, Winograd):
            return there.turned()
        return self._laid_out(weight.flip(2, 3).transpose(0, 1))

    def _run(
        self,
        x: Tensor,
        weight: Tensor | Winograd,
        bias: Tensor | None,
        padding: tuple[int, int],
        then: Literal["relu", "none"],
    ) -> Tensor:
        if isinstance(weight, Winograd):
            found = weight(x, bias, padding)
        elif self._fused:
            # What torch.compile would call: oneDNN applies the relu before it stores the result.
            fused: Tensor = torch.ops.mkldnn._convolution_pointwise(
                x, weight, bias, padding, [1, 1], [1, 1], 1, then, [], ""
            )
            return _channels_last(fused)
        else:
            found = F.conv2d(x, weight, bias, padding=padding)
        return _channels_last(found.relu_() if then == "relu" else found)


def _channels_last(x: Tensor) -> Tensor:
    """Nearly always what it is already; only maps of a single row or column come out otherwise."""
    return x.contiguous(memory_format=torch.channels_last)


def _fold_border(gradient: Tensor, band: Band) -> Tensor:
    """The gradient of a band padded by replication -> of the band itself: a border adds to its edge.

    (N, 3, rows + 2, W + 2) -> (N, 3, rows of `band.widened(1)`, W), float32.
    """
    gradient = gradient.float()
    gradient[..., 1] += gradient[..., 0]
    gradient[..., -2] += gradient[..., -1]
    above, below = int(band.top == 0), int(band.bottom == band.height)
    if above:
        gradient[:, :, 1] += gradient[:, :, 0]
    if below:
        gradient[:, :, -2] += gradient[:, :, -1]
    return gradient[:, :, above : gradient.shape[2] - below, 1:-1]
