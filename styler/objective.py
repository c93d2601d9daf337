"""What pictures are optimised for at one scale: the targets, the weights, and loss and gradient together.

Where a picture is too large for all its feature maps to lie in memory, it is cut into strips that overlap by
what the encoder can see. Gram matrices are sums over places, so the strips' sums make the whole one's: the
loss and the gradient are the same as in one piece.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from styler.encoder import Encoder, Maps, from_pixels
from styler.losses import (
    LEAST,
    gamut_loss,
    places_by_channels,
    squared_size,
    style_loss,
    sum_of_products,
    total_variation,
)
from styler.strips import Strip, cut, places

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
DEEPEST = STYLE_LAYERS[-1]
# Gatys kept relu4_2 alone. The finer relu3_1 beside it keeps eyes, mouths and edges, while the style comes as
# close as without it: edge correlation .84 instead of .66 on a portrait in Starry Night.
CONTENT_LAYERS = {"relu4_2": 0.5, "relu3_1": 1.0}
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
        grams: Mapping[str, Tensor],
        content: Mapping[str, Tensor],
        weights: LossWeights,
        strip_pixels: int | None = None,
    ) -> None:
        """grams: Gram matrices to reach, by style layer, (N, C, C).

        content: feature maps to keep, by content layer, (N, C, h, w).
        strip_pixels: how many pixels of the batch may be in the encoder at once; None: all.
        """
        self._encoder = encoder
        self._grams = grams
        self._content = content
        self._content_factors = {
            layer: CONTENT_LAYERS[layer] * weights.content / squared_size(target).clamp_min(LEAST)
            for layer, target in content.items()
        }
        self._weights = weights
        self._strip_pixels = strip_pixels

    @torch.no_grad()
    def evaluate(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, H, W) float32, as the encoder takes them -> the parts and the gradient of their sum.

        The parts are (N, 4) float32, in the order of `Losses`; see `read_losses`.
        """
        strips = cut(pixels, self._strip_pixels)
        kept = self._encoder.forward(pixels, DEEPEST) if len(strips) == 1 else None
        style, gram_gradients = self._style(_grams(self._encoder, pixels, strips, kept), pixels)
        tv_and_gamut, gradient = self._on_pixels(pixels)
        content = pixels.new_zeros(len(pixels))
        for strip in strips:
            maps = kept if kept is not None else self._encoder.forward(strip.of(pixels), DEEPEST)
            turn = _WayBack(strip, gram_gradients, self._content, self._content_factors)
            strip.of(gradient).add_(self._encoder.backward(maps, turn.add))
            content += turn.content_loss
        return torch.stack([style, content, *tv_and_gamut], 1), gradient

    def _style(self, grams: Maps, pixels: Tensor) -> tuple[Tensor, Maps]:
        """The style's part, and what to multiply the maps with to get its gradient, (N, C, C) by layer."""
        with torch.enable_grad():
            grams = {layer: gram.requires_grad_() for layer, gram in grams.items()}
            loss = self._weights.style * style_loss(grams, self._grams)
            gradients = torch.autograd.grad(loss.sum(), list(grams.values()))
        return loss.detach(), {
            layer: (gradient + gradient.transpose(1, 2)) / places(layer, pixels)
            for layer, gradient in zip(grams, gradients, strict=True)
        }

    def _on_pixels(self, pixels: Tensor) -> tuple[tuple[Tensor, Tensor], Tensor]:
        """The parts that need no network, and their gradient."""
        with torch.enable_grad():
            pixels = pixels.detach().requires_grad_()
            picture = from_pixels(pixels)
            tv = self._weights.tv * total_variation(picture)
            gamut = GAMUT_WEIGHT * gamut_loss(picture)
            (gradient,) = torch.autograd.grad((tv + gamut).sum(), pixels)
        return (tv.detach(), gamut.detach()), gradient


class _WayBack:
    """What the losses add to the gradient of one strip's maps on its way back to the pixels."""

    def __init__(
        self,
        strip: Strip,
        gram_gradients: Maps,
        content: Mapping[str, Tensor],
        content_factors: Mapping[str, Tensor],
    ) -> None:
        self._strip = strip
        self._gram_gradients = gram_gradients
        self._content = content
        self._content_factors = content_factors
        self.content_loss: Tensor | float = 0.0  # (N,), once the way has been gone

    def add(self, layer: str, features: Tensor, gradient: Tensor | None) -> Tensor | None:
        """See `styler.encoder.AddGradient`."""
        if layer not in self._gram_gradients and layer not in self._content:
            return gradient
        if gradient is None:
            gradient = torch.zeros_like(features)
        own, own_gradient = self._strip.own(layer, features), self._strip.own(layer, gradient)
        if layer in self._gram_gradients:
            product = self._gram_gradients[layer].to(features.dtype)
            places_by_channels(own_gradient).baddbmm_(places_by_channels(own), product)
        if layer in self._content:
            factor = self._content_factors[layer]
            difference = own - self._strip.own_of_whole(layer, self._content[layer])
            self.content_loss = self.content_loss + factor * squared_size(difference)
            own_gradient.add_(difference * (2 * factor).view(-1, 1, 1, 1).to(difference.dtype))
        return gradient


def read_losses(parts: Tensor) -> list[Losses]:
    """(N, 4) -> the losses of each picture. Waits for the device."""
    return [Losses(*row) for row in parts.tolist()]


@torch.no_grad()
def style_targets(
    encoder: Encoder, styles: Sequence[tuple[Tensor, float]], strip_pixels: int | None = None
) -> Maps:
    """Pixels of each style, with its share, summing to 1 -> the weighted mean of their Gram matrices."""
    targets: Maps = {}
    for pixels, share in styles:
        for layer, gram in _grams(encoder, pixels, cut(pixels, strip_pixels)).items():
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


def _grams(encoder: Encoder, pixels: Tensor, strips: Sequence[Strip], kept: Maps | None = None) -> Maps:
    """The Gram matrices of the style layers, (N, C, C); `kept` is what a single strip's forward run left."""
    sums: Maps = {}
    for strip in strips:
        maps = kept if kept is not None else encoder(strip.of(pixels), STYLE_LAYERS)
        for layer in STYLE_LAYERS:
            found = sum_of_products(strip.own(layer, maps[layer]))
            sums[layer] = sums[layer] + found if layer in sums else found
    return {layer: total / places(layer, pixels) for layer, total in sums.items()}
