"""The same mathematics the plain way, by autograd in float32: what the fast code is held against."""

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from styler.bench.plain import PlainEncoder
from styler.encoder import Maps, from_pixels
from styler.losses import content_loss, gamut_loss, gram_matrix, style_loss, total_variation
from styler.network.convolutions import Weights
from styler.painting.goals import CONTENT_LAYERS, ContentGoal, StyleGoal
from styler.painting.objective import GAMUT_WEIGHT, LossWeights


def features(weights: Weights, pixels: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
    return PlainEncoder(weights, pixels.device, as_styler=True)(pixels, layers)


def evaluate(
    weights: Weights,
    pixels: Tensor,
    styles: Sequence[StyleGoal],
    content: ContentGoal,
    counting: LossWeights,
) -> tuple[Tensor, Tensor]:
    """What `Objective.evaluate` returns."""
    pixels = pixels.detach().requires_grad_()
    maps = features(weights, pixels, {*styles[0].grams, *content.maps})
    picture = from_pixels(pixels)
    parts = torch.stack(
        [
            counting.style * sum(_style_loss(maps, goal) for goal in styles),
            counting.content * content_loss(maps, content.maps, CONTENT_LAYERS, content.emphasis),
            counting.tv * total_variation(picture),
            GAMUT_WEIGHT * gamut_loss(picture),
        ],
        1,
    )
    return parts.detach(), torch.autograd.grad(parts.sum(), pixels)[0]


def _style_loss(maps: Maps, goal: StyleGoal) -> Tensor | float:
    """Of each picture, (N,)."""
    if goal.masks is None:
        return style_loss({layer: gram_matrix(maps[layer]) for layer in goal.grams}, goal.grams)
    grams = {}
    for layer, mask in goal.masks.items():
        columns = maps[layer].flatten(2)
        grams[layer] = columns * mask.flatten(2) @ columns.mT / mask.sum((2, 3))[..., None]
    return goal.masks["relu1_1"].mean((1, 2, 3)) * style_loss(grams, goal.grams)
