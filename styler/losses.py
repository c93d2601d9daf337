"""The losses: plain functions of feature maps and pictures, each a scalar float32 tensor.

After Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks" (CVPR 2016). The
deviation that matters: each layer's loss is divided by the size of its target, so that every layer, every
style and every set of weights counts alike.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

# A chunk's product is rounded to bfloat16 before the chunks are summed in float32: longer chunks lose digits,
# shorter ones lose time.
GRAM_CHUNK = 4096


def gram_matrix(features: Tensor) -> Tensor:
    """(1, C, H, W), any precision -> (C, C) float32: the mean over all places of the products of channels."""
    columns = features.permute(0, 2, 3, 1).flatten(0, 2)  # (H * W, C): no copy when channels are last
    gram: Tensor = _MeanOfProducts.apply(columns)
    return gram


class _MeanOfProducts(torch.autograd.Function):
    """columns (N, C) -> columns.T @ columns / N, (C, C) float32.

    Its gradient is written out because autograd's own fills and adds a whole feature map for every chunk.
    """

    @staticmethod
    def forward(ctx: Any, columns: Tensor) -> Tensor:
        ctx.save_for_backward(columns)
        return sum_of_products(columns) / len(columns)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (columns,) = ctx.saved_tensors
        symmetric = (gradient + gradient.t()) / len(columns)
        return torch.mm(columns, symmetric.to(columns.dtype))


def sum_of_products(columns: Tensor) -> Tensor:
    """(N, C) -> columns.T @ columns, (C, C) float32; low precision is summed chunk by chunk."""
    if columns.dtype == torch.float32:
        return columns.t() @ columns
    whole = len(columns) // GRAM_CHUNK * GRAM_CHUNK
    chunks = columns[:whole].view(-1, GRAM_CHUNK, columns.shape[1])
    total = torch.bmm(chunks.transpose(1, 2), chunks).float().sum(0)
    rest = columns[whole:]
    return total + (rest.t() @ rest).float()


def relative_distance(found: Tensor, target: Tensor) -> Tensor:
    """|found - target|^2 / |target|^2: 0 when equal, about 1 when unrelated, whatever the scale of both."""
    found, target = found.float(), target.float()
    return (found - target).square().sum() / target.square().sum().clamp_min(1e-12)


def style_loss(grams: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> Tensor:
    """The sum over the targets' layers of the relative distance of Gram matrices, (C, C) float32 each."""
    return torch.stack([relative_distance(grams[layer], target) for layer, target in targets.items()]).sum()


def content_loss(
    maps: Mapping[str, Tensor], targets: Mapping[str, Tensor], shares: Mapping[str, float]
) -> Tensor:
    """The sum over the layers of share times relative distance of feature maps, (1, C, H, W) each."""
    distances = [shares[layer] * relative_distance(maps[layer], target) for layer, target in targets.items()]
    return torch.stack(distances).sum()


def total_variation(picture: Tensor) -> Tensor:
    """(1, 3, H, W) in any unit -> the mean absolute difference of neighbours, down plus across.

    A checkerboard of 0 and 1 has 2, a flat picture 0. The mean, not the sum, so that sizes compare.
    """
    across = picture.diff(dim=3).abs().mean()
    down = picture.diff(dim=2).abs().mean()
    return across + down


def gamut_loss(picture: Tensor) -> Tensor:
    """(1, 3, H, W) RGB, nominally in [0, 1] -> the mean square of what lies outside.

    A soft wall: clamping inside the optimisation, or not at all, both end in worse pictures.
    """
    return (picture - picture.clamp(0, 1)).square().mean()
