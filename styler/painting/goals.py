"""What pictures should be like and what they should keep, at one scale: the targets of the objective."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from styler.encoder import BLOCKS, Economy, Encoder, Maps, deepest_of, map_size
from styler.losses import LEAST, energy, sum_of_products
from styler.masks import fit_mask
from styler.network.bands import Band

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
    emphasis: Maps  # how much each place counts, likewise, (N, 1, h, w) float32


@torch.no_grad()
def style_targets(
    encoder: Encoder, styles: Sequence[tuple[Tensor, float]], economy: Economy | None = None
) -> Maps:
    """Pixels of each style, with its share, summing to 1 -> the weighted mean of their Gram matrices."""
    targets: Maps = {}
    for pixels, share in styles:
        regions = RegionGrams(pixels, [None])
        encoder.forward(pixels, STYLE_LAYERS[-1], regions.add, _keeping_nothing(economy))
        (grams,) = regions.found()
        for layer, gram in grams.items():
            targets[layer] = targets[layer] + share * gram if layer in targets else share * gram
    return targets


@torch.no_grad()
def content_targets(encoder: Encoder, pixels: Tensor, economy: Economy | None = None) -> Maps:
    """The feature maps of the photos, (N, 3, H, W), that the output should keep, by layer."""
    parts: dict[str, list[Tensor]] = {layer: [] for layer in CONTENT_LAYERS}

    def look(layer: str, _band: Band, features: Tensor) -> None:
        if layer in parts:
            parts[layer].append(features)

    encoder.forward(pixels, deepest_of(CONTENT_LAYERS), look, _keeping_nothing(economy))
    return {
        layer: torch.cat(rows, 2).contiguous(memory_format=torch.channels_last)
        for layer, rows in parts.items()
    }


def content_goal(encoder: Encoder, pixels: Tensor, economy: Economy | None = None) -> ContentGoal:
    """What the photos show, (N, 3, H, W); calm places count more."""
    maps = content_targets(encoder, pixels, economy)
    return ContentGoal(maps, {layer: calm_emphasis(found) for layer, found in maps.items()})


def _keeping_nothing(economy: Economy | None) -> Economy:
    """For a look from which there is no way back."""
    return replace(economy or Economy(), remade=len(BLOCKS))


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
    """Gram matrices of the style layers in each region of a picture, added up band by band."""

    def __init__(self, pixels: Tensor, masks: Sequence[Maps | None]) -> None:
        """pixels: the whole picture's, (N, 3, H, W). masks: of each region; None: all of the picture."""
        self._pixels = pixels
        self._masks = masks
        self._sums: list[Maps] = [{} for _ in masks]

    def add(self, layer: str, band: Band, features: Tensor) -> None:
        """See `styler.encoder.Look`."""
        if layer not in STYLE_LAYERS:
            return
        for total, mask in zip(self._sums, self._masks, strict=True):
            found = sum_of_products(features, None if mask is None else band.of(mask[layer]))
            total[layer] = total[layer] + found if layer in total else found

    def found(self) -> list[Maps]:
        """By region and layer, (N, C, C): the mean over the region's places."""
        return [
            {layer: found / region_size(layer, mask, self._pixels) for layer, found in total.items()}
            for total, mask in zip(self._sums, self._masks, strict=True)
        ]


def region_size(layer: str, masks: Maps | None, pixels: Tensor) -> int | Tensor:
    """How many places of the layer's map a region has: a number, or (N, 1, 1) where it differs."""
    if masks is None:
        height, width = map_size(layer, pixels)
        return height * width
    return masks[layer].sum((1, 2, 3)).view(-1, 1, 1)


def region_area(masks: Maps | None) -> float | Tensor:
    """The region's share of the picture: 1, or (N,) where it differs."""
    return 1.0 if masks is None else masks[STYLE_LAYERS[0]].mean((1, 2, 3))
