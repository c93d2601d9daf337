"""What pictures are optimised for at one scale: the targets, the weights, and loss and gradient together.

Feature maps come in bands of rows. Gram matrices are sums over places, so the bands' sums make the whole
ones, and loss and gradient are the same as in one piece.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from styler.encoder import Economy, Encoder, Maps
from styler.losses import LEAST, places_by_channels, squared_size
from styler.network.bands import Band
from styler.painting.goals import (
    CONTENT_LAYERS,
    STYLE_LAYERS,
    ContentGoal,
    RegionGrams,
    StyleGoal,
    region_area,
    region_size,
)
from styler.painting.pixel_losses import pixel_losses

DEEPEST = STYLE_LAYERS[-1]
GAMUT_WEIGHT = 20.0


@dataclass(frozen=True, slots=True)
class Losses:
    """The parts, each weighted as it counts in the total."""

    style: float
    content: float
    tv: float
    gamut: float

    @property
    def total(self) -> float:
        """What the optimiser lowers."""
        return self.style + self.content + self.tv + self.gamut


@dataclass(frozen=True, slots=True)
class LossWeights:
    """content: a number, or one for each picture of the batch, (N,) float32."""

    style: float
    content: float | Tensor
    tv: float


class Objective:
    """style + content + total variation + gamut, of each picture of a batch at one scale."""

    def __init__(
        self,
        encoder: Encoder,
        styles: Sequence[StyleGoal],
        content: ContentGoal,
        weights: LossWeights,
        economy: Economy | None = None,
    ) -> None:
        """styles: one goal, or one for each region; each counts by its region's share of the picture."""
        self._encoder = encoder
        self._styles = styles
        self._style_factors = [
            {
                layer: weights.style * region_area(goal.masks) / squared_size(gram).clamp_min(LEAST)
                for layer, gram in goal.grams.items()
            }
            for goal in styles
        ]
        self._keep = _Keep(content, weights.content, encoder.dtype)
        self._weights = weights
        self._economy = economy

    def _targets(self) -> list[Maps]:
        """Every tensor that differs from one painting to another: `evaluate` may read no other such.

        A replayed step reads where its recording did, and there `take_over` puts the next painting's.
        """
        goals = [maps for goal in self._styles for maps in (goal.grams, goal.masks or {})]
        keep = self._keep
        return [*goals, *self._style_factors, keep.maps, keep.factors, keep.roots, keep.pulls]

    def kind(self) -> Hashable:
        """Equal for objectives that differ only in what `take_over` takes over."""
        shapes = tuple(tuple((name, x.shape) for name, x in maps.items()) for maps in self._targets())
        return self._encoder, self._economy, self._weights.tv, shapes

    def take_over(self, other: "Objective") -> None:
        """Becomes another objective of the same kind, in its own memory."""
        for mine, others in zip(self._targets(), other._targets(), strict=True):
            for name, x in mine.items():
                x.copy_(others[name])

    @torch.no_grad()
    def evaluate(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, H, W) float32, as the encoder takes them -> the parts and the gradient of their sum.

        The parts are (N, 4) float32, in the order of `Losses`; see `read_losses`.
        """
        # First what needs no network: the encoder's maps leave the least room for it.
        tv, gamut, gradient = pixel_losses(pixels, self._weights.tv, GAMUT_WEIGHT)
        regions = RegionGrams(pixels, [goal.masks for goal in self._styles])
        passages = self._encoder.forward(pixels, DEEPEST, regions.add, self._economy)
        style, pulls = self._style(regions.found(), pixels)
        back = _WayBack(pulls, self._keep, pixels)
        gradient += self._encoder.backward(passages, back.add)
        return torch.stack([style, back.content_loss, tv, gamut], 1), gradient

    def _style(self, found: Sequence[Maps], pixels: Tensor) -> tuple[Tensor, list["_Pull"]]:
        """The style's part, and how each goal pulls. found: the Gram matrices of each goal's region."""
        total, pulls = pixels.new_zeros(len(pixels)), []
        for goal, factors, grams in zip(self._styles, self._style_factors, found, strict=True):
            products = {}
            for layer, gram in grams.items():
                difference = gram - goal.grams[layer]
                total += factors[layer] * squared_size(difference)
                # The Gram matrix is symmetric, and the map is in it twice: hence the 4.
                factor = (4 * factors[layer]).view(-1, 1, 1) / region_size(layer, goal.masks, pixels)
                products[layer] = difference.mul_(factor).to(self._encoder.dtype)
            pulls.append(_Pull(products, goal.masks))
        return total, pulls


@dataclass(frozen=True, slots=True)
class _Pull:
    """How one goal's style loss pulls at the maps of its region."""

    products: Maps  # what to multiply the maps with to get the gradient, by style layer, (N, C, C)
    masks: Maps | None


class _Keep:
    """How the content loss holds the maps to those of the photo."""

    def __init__(self, goal: ContentGoal, weight: float | Tensor, dtype: torch.dtype) -> None:
        self.maps = goal.maps
        self.factors = {
            layer: CONTENT_LAYERS[layer] * weight / squared_size(target).clamp_min(LEAST)
            for layer, target in goal.maps.items()
        }
        roots = {layer: each.sqrt() for layer, each in goal.emphasis.items()}
        # What the difference is multiplied with for the loss, and once more for the gradient, (N, 1, h, w).
        self.roots = {layer: root.to(dtype) for layer, root in roots.items()}
        self.pulls = {
            layer: (2 * factor.view(-1, 1, 1, 1) * roots[layer]).to(dtype)
            for layer, factor in self.factors.items()
        }


class _WayBack:
    """What the losses add to the gradient of the maps on its way back to the pixels."""

    def __init__(self, pulls: Sequence[_Pull], keep: _Keep, pixels: Tensor) -> None:
        self._pulls = pulls
        self._keep = keep
        self.content_loss = pixels.new_zeros(len(pixels))  # (N,), whole once the way has been gone

    def add(self, layer: str, band: Band, features: Tensor, gradient: Tensor) -> None:
        """See `styler.encoder.AddGradient`."""
        if layer in STYLE_LAYERS:
            self._add_style(layer, band, features, gradient)
        if layer in self._keep.maps:
            self._add_content(layer, band, features, gradient)

    def _add_style(self, layer: str, band: Band, features: Tensor, gradient: Tensor) -> None:
        for pull in self._pulls:
            counted = features
            if pull.masks is not None:
                counted = features * band.of(pull.masks[layer]).to(features.dtype)
            places_by_channels(gradient).baddbmm_(places_by_channels(counted), pull.products[layer])

    def _add_content(self, layer: str, band: Band, features: Tensor, gradient: Tensor) -> None:
        difference = features - band.of(self._keep.maps[layer])
        difference.mul_(band.of(self._keep.roots[layer]))
        self.content_loss += self._keep.factors[layer] * squared_size(difference)
        gradient.addcmul_(difference, band.of(self._keep.pulls[layer]))


def read_losses(parts: Tensor) -> list[Losses]:
    """(N, 4) -> the losses of each picture. Waits for the device."""
    return [Losses(*row) for row in parts.tolist()]
