"""What pictures should be like and what they should keep, at one scale: the targets of the objective."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from styler.encoder import Encoder, Maps
from styler.losses import LEAST, energy, sum_of_products
from styler.masks import fit_mask
from styler.strips import Strip, cut, map_size

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
# Gatys kept relu4_2 alone. The finer relu3_1 beside it keeps eyes, mouths and edges, while the style comes as
# close as without it: edge correlation .84 instead of .66 on a portrait in Starry Night.
CONTENT_LAYERS = {"relu4_2": 0.5, "relu3_1": 1.0}

# How many times more a place of the photo counts at most for being calm.
CALM = 1.5


@dataclass(frozen=True, slots=True)
class StyleGoal:
    """What the pictures of a batch should be like, or one region of each."""

    grams: Maps  # Gram matrices to reach, by style layer, (N, C, C)
    masks: Maps | None = None  # the region, by style layer, (N, 1, h, w) in [0, 1]; None: all of the picture


@dataclass(frozen=True, slots=True)
class ContentGoal:
    """What the pictures of a batch should keep."""

    maps: Maps  # feature maps, by content layer, (N, C, h, w)
    emphasis: Maps | None = None  # how much each place counts, likewise, (N, 1, h, w); None: 1 everywhere


@torch.no_grad()
def style_targets(
    encoder: Encoder, styles: Sequence[tuple[Tensor, float]], strip_pixels: int | None = None
) -> Maps:
    """Pixels of each style, with its share, summing to 1 -> the weighted mean of their Gram matrices."""
    targets: Maps = {}
    for pixels, share in styles:
        regions = RegionGrams(pixels, [None])
        look_at(encoder, pixels, cut(pixels, strip_pixels), regions.add)
        (grams,) = regions.found()
        for layer, gram in grams.items():
            targets[layer] = targets[layer] + share * gram if layer in targets else share * gram
    return targets


@torch.no_grad()
def content_targets(encoder: Encoder, pixels: Tensor, strip_pixels: int | None = None) -> Maps:
    """The feature maps of the photos, (N, 3, H, W), that the output should keep, by layer."""
    parts: dict[str, list[Tensor]] = {layer: [] for layer in CONTENT_LAYERS}
    for strip in cut(pixels, strip_pixels):
        for layer, features in encoder(strip.of(pixels), CONTENT_LAYERS).items():
            parts[layer].append(strip.own(layer, features))
    return {
        layer: torch.cat(rows, 2).contiguous(memory_format=torch.channels_last)
        for layer, rows in parts.items()
    }


def calm_emphasis(features: Tensor) -> Tensor:
    """How much more each place of photos' maps, (N, C, h, w), counts for being calm, (N, 1, h, w) float32.

    From 1 where as much is to be seen as elsewhere in the photo, up to `CALM` in skies, on walls and in what
    is out of focus: there a style's outlines and figures would appear out of nothing.
    """
    found = energy(features)
    return (found.mean((2, 3), keepdim=True) / found.clamp_min(LEAST)).sqrt().clamp(1, CALM)


def by_layer(mask: Tensor, layers: Iterable[str], pixels: Tensor) -> Maps:
    """A mask or an emphasis, (N, 1, H, W), for the places of each layer's map of (N, 3, h, w) pixels."""
    return {layer: fit_mask(mask, *map_size(layer, pixels)).to(pixels.device) for layer in layers}


class RegionGrams:
    """Gram matrices of the style layers in each region of a picture, added up strip by strip."""

    def __init__(self, pixels: Tensor, masks: Sequence[Maps | None]) -> None:
        """pixels: the whole picture's, (N, 3, H, W). masks: of each region; None: all of the picture."""
        self._pixels = pixels
        self._masks = masks
        self._sums: list[Maps] = [{} for _ in masks]

    def add(self, strip: Strip, layer: str, features: Tensor) -> None:
        """features: the strip's own map of `layer`, which may be any of the encoder's."""
        if layer not in STYLE_LAYERS:
            return
        own = strip.own(layer, features)
        for total, mask in zip(self._sums, self._masks, strict=True):
            there = None if mask is None else strip.own_of_whole(layer, mask[layer])
            found = sum_of_products(own, there)
            total[layer] = total[layer] + found if layer in total else found

    def found(self) -> list[Maps]:
        """By region and layer, (N, C, C): the mean over the region's places."""
        return [
            {layer: found / region_size(layer, mask, self._pixels) for layer, found in total.items()}
            for total, mask in zip(self._sums, self._masks, strict=True)
        ]


def look_at(
    encoder: Encoder, pixels: Tensor, strips: Sequence[Strip], look: Callable[[Strip, str, Tensor], None]
) -> None:
    """Shows every map that a style may need, strip by strip, and keeps none."""
    for strip in strips:
        for layer, features in encoder.run(strip.of(pixels)):
            look(strip, layer, features)
            if layer == STYLE_LAYERS[-1]:
                break


def region_size(layer: str, masks: Maps | None, pixels: Tensor) -> int | Tensor:
    """How many places of the layer's map a region has: a number, or (N, 1, 1) where it differs."""
    if masks is None:
        height, width = map_size(layer, pixels)
        return height * width
    return masks[layer].sum((1, 2, 3)).view(-1, 1, 1)


def region_area(masks: Maps | None) -> float | Tensor:
    """The region's share of the picture: 1, or (N,) where it differs."""
    return 1.0 if masks is None else masks[STYLE_LAYERS[0]].mean((1, 2, 3))
