"""What a picture is optimised for at one scale: the targets, the weights, and loss and gradient together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from styler.encoder import Encoder, from_pixels
from styler.losses import content_loss, gamut_loss, gram_matrix, style_loss, total_variation

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT_LAYER = "relu4_2"
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
    style: float
    content: float
    tv: float


class Objective:
    """style + content + total variation + gamut, of one picture at one scale."""

    def __init__(
        self, encoder: Encoder, grams: Mapping[str, Tensor], content: Tensor, weights: LossWeights
    ) -> None:
        """grams: targets by style layer; content: the feature map to keep at `CONTENT_LAYER`."""
        self._encoder = encoder
        self._grams = dict(grams)
        self._content = content
        self._weights = weights

    def evaluate(self, pixels: Tensor) -> tuple[Losses, Tensor]:
        """(1, 3, H, W) float32, as the encoder takes them -> the losses, and the gradient of their sum."""
        pixels = pixels.detach().requires_grad_()
        maps = self._encoder(pixels, (*STYLE_LAYERS, CONTENT_LAYER))
        picture = from_pixels(pixels)
        parts = torch.stack(
            [
                self._weights.style * style_loss({n: gram_matrix(maps[n]) for n in self._grams}, self._grams),
                self._weights.content * content_loss(maps[CONTENT_LAYER], self._content),
                self._weights.tv * total_variation(picture),
                GAMUT_WEIGHT * gamut_loss(picture),
            ]
        )
        (gradient,) = torch.autograd.grad(parts.sum(), pixels)
        return Losses(*parts.tolist()), gradient


@torch.no_grad()
def style_targets(encoder: Encoder, styles: Sequence[tuple[Tensor, float]]) -> dict[str, Tensor]:
    """Pixels of each style with its share; the shares sum to 1 -> the weighted mean of their Gram matrices."""
    targets: dict[str, Tensor] = {}
    for pixels, share in styles:
        for layer, features in encoder(pixels, STYLE_LAYERS).items():
            targets[layer] = targets.get(layer, 0) + share * gram_matrix(features)
    return targets


@torch.no_grad()
def content_target(encoder: Encoder, pixels: Tensor) -> Tensor:
    """The feature map of the photo that the output should keep."""
    return encoder(pixels, (CONTENT_LAYER,))[CONTENT_LAYER]
