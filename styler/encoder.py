"""VGG19 up to conv5_1: the network that sees a picture the way style transfer needs it.

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (2014), with
three deviations. Convolution 1_1 pads by replication, because zero padding draws a line along the border of
the output image. Pooling rounds sizes up. Nothing past relu5_1 exists, because no loss looks there.

The way back is written out rather than left to autograd: it fuses each relu into its convolution, adds the
losses' gradients in place, and frees every map as soon as it has been used. Both ways go block by block, and
through each block in bands of rows (`styler.network.bands`).
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import torch
from torch import Tensor

from styler.network.bands import Band, cut
from styler.network.convolutions import Convolutions, Weights
from styler.network.pooling import max_pool, max_pool_backward_, relu_backward_

BLOCKS = (
    ("conv1_1", "conv1_2"),
    ("conv2_1", "conv2_2"),
    ("conv3_1", "conv3_2", "conv3_3", "conv3_4"),
    ("conv4_1", "conv4_2", "conv4_3", "conv4_4"),
    ("conv5_1",),
)
"""With a relu after each convolution, and a pooling between one block and the next."""

CONVOLUTIONS = tuple(name for block in BLOCKS for name in block)
CHANNELS = {"1": 64, "2": 128, "3": 256, "4": 512, "5": 512}  # by block
STRIDES = {"1": 1, "2": 2, "3": 4, "4": 8, "5": 16}  # pixels between two places of a map, by block

PIXEL_CHANNELS = 3

# What the Oxford weights were trained to have subtracted: red, green, blue, of 0..255.
MEAN_RGB = (123.68, 116.779, 103.939)
PIXEL_RANGE = 255

Maps = dict[str, Tensor]
"""By name, such as relu4_1: (N, C, H / stride, W / stride), rounded up, channels last."""

Look = Callable[[str, Band, Tensor], None]
"""Called with the name of a map, a band, and the map's rows there, as soon as these are made."""

AddGradient = Callable[[str, Band, Tensor, Tensor], None]
"""Called with the name of a map at which a loss looks, a band, the map's rows there, and the gradient that
comes to these from the layers past it, to which it adds the losses' own."""


@dataclass(frozen=True, slots=True)
class Economy:
    """What is done to need less memory; the result is the same."""

    remade: int = 0  # of how many blocks, the first and largest, maps are made twice rather than kept
    band: int | None = None  # bytes of one map that are in work at once; None: all

    def __str__(self) -> str:
        bands = "whole maps" if self.band is None else f"bands of {self.band / 2**20:g} MiB"
        return f"{bands}, blocks made twice: {self.remade}"


@dataclass(slots=True)
class Passage:
    """A block that the way there has gone through."""

    block: tuple[str, ...]
    entered: Tensor  # the map before its first convolution, or the pixels
    bands: list[Band]
    kept: list[Maps] = field(default_factory=list)  # by band; none where they are to be made again

    def seen(self, band: Band, name: str) -> Band:
        """The rows of a convolution's map that the band's rows of the block's last map are made from."""
        return band.widened(len(self.block) - 1 - self.block.index(name))


class Encoder:
    """VGG19 on one device in one precision; frozen, so that only the picture ever gets a gradient."""

    def __init__(self, weights: Weights, device: torch.device, dtype: torch.dtype) -> None:
        self.device = device
        self.dtype = dtype
        self._convolutions = Convolutions(weights, device, dtype)

    def __call__(self, pixels: Tensor, layers: Collection[str]) -> Maps:
        """The feature maps of `layers` alone.

        pixels: (N, 3, H, W) float32, RGB in 0..255 less `MEAN_RGB`.
        layers: names such as "relu4_1"; the network runs no further than the deepest of them.
        Returns the maps in the encoder's precision.
        """
        maps: Maps = {}

        def look(name: str, _band: Band, x: Tensor) -> None:
            if name in layers:
                maps[name] = x

        there_and_not_back = Economy(remade=len(BLOCKS))
        self.forward(pixels, deepest_of(layers), look, there_and_not_back)
        return maps

    def forward(
        self, pixels: Tensor, deepest: str, look: Look, economy: Economy | None = None
    ) -> list[Passage]:
        """Shows every map up to `deepest`, and returns what `backward` needs.

        pixels: as above. deepest: a layer's name. economy: None keeps all, and goes through blocks at once.
        """
        economy = economy or Economy()
        x = pixels.to(self.dtype, memory_format=torch.channels_last)
        passages = []
        blocks = _blocks_to(deepest)
        for index, block in enumerate(blocks):
            passage = Passage(block, x, _cut(block, x, economy.band))
            pool = index + 1 < len(blocks)
            x = self._pass(passage, look, keep=index >= economy.remade, pool=pool)
            passages.append(passage)
        return passages

    def backward(self, passages: list[Passage], add_gradient: AddGradient) -> Tensor:
        """From `forward`'s passages, which it empties, to the pixels' gradient, (N, 3, H, W) float32."""
        pooled = gradient = None
        while passages:
            passage = passages.pop()
            gradient = self._pass_back(passage, pooled, gradient, add_gradient)
            pooled = passage.entered
        assert gradient is not None
        return gradient.contiguous(memory_format=torch.contiguous_format)

    def _pass(self, passage: Passage, look: Look, *, keep: bool, pool: bool) -> Tensor:
        """Goes through a block, and through the pooling behind it. Returns what comes out of that."""
        parts = []
        for band in passage.bands:
            maps = self._make(passage, band)
            for name, (layer, x) in zip(passage.block, maps.items(), strict=True):
                look(layer, band, band.of(x, passage.seen(band, name)))
            if keep:
                passage.kept.append(maps)
            if pool:
                parts.append(max_pool(x))
        return _joined(parts) if pool else x

    def _make(self, passage: Passage, band: Band) -> Maps:
        """The block's maps in a band: the last has just the band's rows, each one before it one more."""
        maps: Maps = {}
        rows = band.widened(len(passage.block))
        x = rows.of(passage.entered)
        for name in passage.block:
            seen = passage.seen(band, name)
            x = seen.of(self._convolutions.forward(x, name), rows)  # less the rows that lacked neighbours
            rows = seen
            maps[_relu(name)] = x
        return maps

    def _pass_back(
        self, passage: Passage, pooled: Tensor | None, gradient: Tensor | None, add_gradient: AddGradient
    ) -> Tensor:
        """From the gradient of what left a block through its pooling, `pooled`, to that of what entered it.

        None for the deepest block, to which no gradient comes but the losses'.
        """
        total, done = torch.empty(0), 0  # of how many rows bands before have given their share
        for index, band in enumerate(passage.bands):
            coming = None
            if gradient is not None and pooled is not None:
                # What the relu before the pooling stops is stopped here, where there is a quarter of it.
                coming = relu_backward_(band.pooled.of(gradient), band.pooled.of(pooled))
            maps = passage.kept[index] if passage.kept else self._make(passage, band)
            found = self._band_back(passage, band, maps, coming, add_gradient)
            if band.is_whole:
                return found
            if band.top == 0:
                total = torch.empty_like(passage.entered, dtype=found.dtype)
            shared = band.widened(len(passage.block))
            total[:, :, shared.top : done] += found[:, :, : done - shared.top]
            total[:, :, done : shared.bottom] = found[:, :, done - shared.top :]
            done = shared.bottom
        return total

    def _band_back(
        self, passage: Passage, band: Band, maps: Maps, coming: Tensor | None, add_gradient: AddGradient
    ) -> Tensor:
        """A band's share of the gradient of what entered the block, for `band.widened(len(passage.block))`.

        maps: the block's in the band; emptied. coming: the gradient of its pooled rows, if any.
        """
        name = passage.block[-1]
        relu, x = maps.popitem()
        if coming is None:
            gradient = torch.zeros_like(x)
            add_gradient(relu, band, x, gradient)
            relu_backward_(gradient, x)
        else:
            gradient = max_pool_backward_(coming, x)
        gradient = self._convolutions.backward(gradient, name, band)
        for name in reversed(passage.block[:-1]):
            relu, x = maps.popitem()
            seen = passage.seen(band, name)
            add_gradient(relu, band, band.of(x, seen), band.of(gradient, seen))
            gradient = self._convolutions.backward(relu_backward_(gradient, x), name, seen)
        return gradient


def _blocks_to(deepest: str) -> list[tuple[str, ...]]:
    """The blocks up to a layer, which ends the last of them."""
    blocks: list[tuple[str, ...]] = []
    last = deepest.replace("relu", "conv")
    for block in BLOCKS:
        if last in block:
            return [*blocks, block[: block.index(last) + 1]]
        blocks.append(block)
    raise ValueError(f"no such layer: {deepest}")


def _cut(block: tuple[str, ...], entered: Tensor, most: int | None) -> list[Band]:
    """most: bytes of one of the block's maps that may be in work at once."""
    pictures, _, height, width = entered.shape
    if most is None:
        return [Band(0, height, height)]
    row = pictures * width * CHANNELS[block_of(block[0])] * entered.element_size()
    return cut(height, most // row)


def _joined(rows: list[Tensor]) -> Tensor:
    return rows[0] if len(rows) == 1 else torch.cat(rows, 2)


def _relu(convolution: str) -> str:
    """The layer that a convolution's relu makes."""
    return convolution.replace("conv", "relu")


def block_of(layer: str) -> str:
    """The block of a layer or a convolution, as `CHANNELS` and `STRIDES` have it: "4" of "relu4_2"."""
    return layer[4]


def deepest_of(layers: Iterable[str]) -> str:
    """The last on the way: the names of relus sort by depth, as none has a number of two digits."""
    return max(layers)


def map_size(layer: str, pixels: Tensor) -> tuple[int, int]:
    """Height and width of the layer's map of (N, C, H, W) pixels."""
    stride = STRIDES[block_of(layer)]
    return -(-pixels.shape[2] // stride), -(-pixels.shape[3] // stride)


def to_pixels(picture: Tensor) -> Tensor:
    """(N, 3, H, W) float32 RGB in [0, 1] -> the same picture as the encoder sees it, 0..255 less the mean."""
    return picture * PIXEL_RANGE - _mean(picture)


def from_pixels(pixels: Tensor) -> Tensor:
    """The way back; values may lie outside [0, 1], where the optimiser has overshot."""
    return (pixels + _mean(pixels)) / PIXEL_RANGE


def _mean(like: Tensor) -> Tensor:
    return _mean_on(like.device, like.dtype)


@lru_cache
def _mean_on(device: torch.device, dtype: torch.dtype) -> Tensor:
    """Kept, because bringing it to a GPU again and again would make the host wait for it each time."""
    return torch.tensor(MEAN_RGB, device=device, dtype=dtype).view(1, 3, 1, 1)
