"""VGG19 up to conv5_1: the network that sees a picture the way style transfer needs it.

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (2014), with
three deviations. Convolution 1_1 pads by replication, because zero padding draws a line along the border of
the output image. Pooling rounds sizes up. Nothing past relu5_1 exists, because no loss looks there.

The way back is written out rather than left to autograd: it fuses each relu into its convolution, adds the
losses' gradients in place, and frees every map as soon as it has been used.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from styler.pooling import max_pool, max_pool_backward_, relu_backward_

LAYERS = (
    *("conv1_1", "conv1_2", "pool1"),
    *("conv2_1", "conv2_2", "pool2"),
    *("conv3_1", "conv3_2", "conv3_3", "conv3_4", "pool3"),
    *("conv4_1", "conv4_2", "conv4_3", "conv4_4", "pool4"),
    "conv5_1",
)
CONVOLUTIONS = tuple(layer for layer in LAYERS if layer.startswith("conv"))
CHANNELS = {"1": 64, "2": 128, "3": 256, "4": 512, "5": 512}  # by block
STRIDES = {"1": 1, "2": 2, "3": 4, "4": 8, "5": 16}  # pixels between two places of a map, by block
FIRST = "relu1_1"
FIRST_KEPT_PIXELS = 400_000  # of a batch: in larger ones the first map is made twice rather than kept
PIXEL_CHANNELS = 3
REACH = 70  # pixels on each side of a place of relu5_1's that it can see

HAS_ONEDNN: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]

# What the Oxford weights were trained to have subtracted: red, green, blue, of 0..255.
MEAN_RGB = (123.68, 116.779, 103.939)


@dataclass(frozen=True, slots=True)
class Convolution:
    """One convolution's weight (out, in, 3, 3) and bias (out,), float32."""

    weight: Tensor
    bias: Tensor


Weights = Mapping[str, Convolution]
"""By name, conv1_1 ... conv5_1, for input that is RGB in 0..255 less `MEAN_RGB`."""

Maps = dict[str, Tensor]
"""By name, such as relu4_1 or pool2: (N, C, H / stride, W / stride), rounded up, channels last."""

Look = Callable[[str, Tensor], None]
"""Called with the name of a map and the map, as soon as it is there."""

AddGradient = Callable[[str, Tensor, Tensor], None]
"""Called with the name of a relu at which a loss looks, its map, and the gradient that comes from the layers
past it, to which it adds the losses' own."""


class Encoder:
    """VGG19 on one device in one precision; frozen, so that only the picture ever gets a gradient."""

    def __init__(self, weights: Weights, device: torch.device, dtype: torch.dtype) -> None:
        self.device = device
        self.dtype = dtype
        self._packed = device.type == "cpu" and HAS_ONEDNN
        self._biases = {name: each.bias.to(device, dtype) for name, each in weights.items()}
        self._weights = {name: self._laid_out(each.weight) for name, each in weights.items()}
        # The way back through a convolution is a convolution too, with the kernel turned about.
        self._turned = {
            name: self._laid_out(each.weight.flip(2, 3).transpose(0, 1)) for name, each in weights.items()
        }

    def __call__(self, pixels: Tensor, layers: Iterable[str]) -> Maps:
        """The feature maps of `layers` alone.

        pixels: (N, 3, H, W) float32, RGB in 0..255 less `MEAN_RGB`.
        layers: names such as "relu4_1"; the network runs no further than the deepest of them.
        Returns the maps in the encoder's precision.
        """
        wanted = set(layers)
        maps: Maps = {}
        for name, x in self.run(pixels):
            if name in wanted:
                maps[name] = x
            if len(maps) == len(wanted):
                break
        return maps

    def forward(self, pixels: Tensor, deepest: str, look: Look = lambda *_: None) -> Maps:
        """What `backward` needs: every map up to `deepest`, in order, each shown to `look` first.

        Of a large picture the first map, a fifth of them all, is not kept: making it anew takes less than a
        fortieth of the time. In its place are the pixels that it is made from.
        """
        maps: Maps = {}
        for name, x in self.run(pixels):
            look(name, x)
            maps[name] = x
            if name == FIRST and pixels[:, 0].numel() > FIRST_KEPT_PIXELS:
                maps[name] = pixels
            if name == deepest:
                break
        return maps

    def backward(self, maps: Maps, looked_at: Collection[str], add_gradient: AddGradient) -> Tensor:
        """From `forward`'s maps, which it empties, to the gradient of the pixels, (N, 3, H, W) float32.

        looked_at: the layers where losses look: the deepest of `maps`, and none right before a pooling.
        """
        gradient: Tensor | None = None
        while maps:
            name, x = maps.popitem()
            if name.startswith("pool"):
                assert gradient is not None
                name, before = maps.popitem()
                # What the relu before the pooling stops is stopped here, where there is a quarter of it.
                gradient = max_pool_backward_(relu_backward_(gradient, x), before)
            else:
                if name == FIRST and x.shape[1] == PIXEL_CHANNELS:
                    x = self._convolve(self._taken_in(x), "conv1_1")
                if gradient is None:
                    gradient = torch.zeros_like(x)
                if name in looked_at:
                    add_gradient(name, x, gradient)
                relu_backward_(gradient, x)
            gradient = self._unconvolve(gradient, name.replace("relu", "conv"))
        assert gradient is not None
        return _fold_border(gradient.float())

    def run(self, pixels: Tensor) -> Iterator[tuple[str, Tensor]]:
        """Every map with its name, in order; the network runs as far as the caller goes. pixels: as above."""
        x = self._taken_in(pixels)
        for name in LAYERS:
            if name.startswith("pool"):
                x = max_pool(x)
                yield name, x
            else:
                x = self._convolve(x, name)
                yield name.replace("conv", "relu"), x

    def _taken_in(self, pixels: Tensor) -> Tensor:
        return pixels.to(self.dtype, memory_format=torch.channels_last)

    def _laid_out(self, weight: Tensor) -> Tensor:
        """As the convolutions want it: on a CPU in oneDNN's layout, or it would make that for each anew."""
        weight = weight.to(self.device, self.dtype, memory_format=torch.channels_last)
        if not self._packed:
            return weight.contiguous(memory_format=torch.channels_last)
        packed: Tensor = torch.ops.mkldnn._reorder_convolution_weight(weight, [1, 1], [1, 1], [1, 1], 1, None)
        return packed

    def _convolve(self, x: Tensor, name: str) -> Tensor:
        """The convolution and its relu."""
        padding = 1
        if name == "conv1_1":
            x, padding = F.pad(x, (1, 1, 1, 1), mode="replicate"), 0
        return self._run_convolution(x, self._weights[name], self._biases[name], padding, "relu")

    def _unconvolve(self, gradient: Tensor, name: str) -> Tensor:
        """The gradient of a convolution's output -> that of its input."""
        padding = 2 if name == "conv1_1" else 1
        return self._run_convolution(gradient, self._turned[name], None, padding, "none")

    def _run_convolution(
        self, x: Tensor, weight: Tensor, bias: Tensor | None, padding: int, then: str
    ) -> Tensor:
        """then: "relu" or "none"."""
        if self._packed:
            # What torch.compile would call: oneDNN applies the relu before it stores the result.
            fused: Tensor = torch.ops.mkldnn._convolution_pointwise(
                x, weight, bias, [padding, padding], [1, 1], [1, 1], 1, then, [], ""
            )
            return _channels_last(fused)
        found = F.conv2d(x, weight, bias, padding=padding)
        return _channels_last(found.relu_() if then == "relu" else found)


def _channels_last(x: Tensor) -> Tensor:
    """Nearly always what it is already; only maps of a single row or column come out otherwise."""
    return x.contiguous(memory_format=torch.channels_last)


def _fold_border(gradient: Tensor) -> Tensor:
    """The gradient of a picture padded by replication -> of the picture itself: a border adds to its edge."""
    gradient[:, :, 1] += gradient[:, :, 0]
    gradient[:, :, -2] += gradient[:, :, -1]
    gradient[..., 1] += gradient[..., 0]
    gradient[..., -2] += gradient[..., -1]
    return gradient[:, :, 1:-1, 1:-1].contiguous(memory_format=torch.contiguous_format)


def stride_of(layer: str) -> int:
    """Pixels between two places of a layer's map: relu3_1 -> 4."""
    return STRIDES[layer[4]]


def to_pixels(picture: Tensor) -> Tensor:
    """(N, 3, H, W) float32 RGB in [0, 1] -> the same picture as the encoder sees it, 0..255 less the mean."""
    return picture * 255 - _mean(picture)


def from_pixels(pixels: Tensor) -> Tensor:
    """The way back; values may lie outside [0, 1], where the optimiser has overshot."""
    return (pixels + _mean(pixels)) / 255


def _mean(like: Tensor) -> Tensor:
    return _mean_on(like.device, like.dtype)


@lru_cache
def _mean_on(device: torch.device, dtype: torch.dtype) -> Tensor:
    """Kept, because bringing it to a GPU again and again would make the host wait for it each time."""
    return torch.tensor(MEAN_RGB, device=device, dtype=dtype).view(1, 3, 1, 1)
