"""The same mathematics the plain way, by autograd in float32: what the fast code is held against."""

from collections.abc import Iterable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from styler.encoder import LAYERS, Weights, from_pixels
from styler.losses import content_loss, gamut_loss, gram_matrix, style_loss, total_variation
from styler.objective import CONTENT_LAYERS, GAMUT_WEIGHT, LossWeights


def features(weights: Weights, pixels: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
    x, maps = pixels, {}
    for name in LAYERS:
        if name.startswith("pool"):
            x = F.max_pool2d(x, 2, 2, ceil_mode=True)
            continue
        border = "replicate" if name == "conv1_1" else "constant"
        x = F.conv2d(F.pad(x, (1, 1, 1, 1), mode=border), weights[name].weight, weights[name].bias).relu()
        maps[name.replace("conv", "relu")] = x
    return {layer: maps[layer] for layer in layers}


def evaluate(
    weights: Weights,
    pixels: Tensor,
    grams: Mapping[str, Tensor],
    content: Mapping[str, Tensor],
    counting: LossWeights,
) -> tuple[Tensor, Tensor]:
    """What `Objective.evaluate` returns."""
    pixels = pixels.detach().requires_grad_()
    maps = features(weights, pixels, {*grams, *content})
    picture = from_pixels(pixels)
    parts = torch.stack(
        [
            counting.style * style_loss({layer: gram_matrix(maps[layer]) for layer in grams}, grams),
            counting.content * content_loss(maps, content, CONTENT_LAYERS),
            counting.tv * total_variation(picture),
            GAMUT_WEIGHT * gamut_loss(picture),
        ],
        1,
    )
    return parts.detach(), torch.autograd.grad(parts.sum(), pixels)[0]
