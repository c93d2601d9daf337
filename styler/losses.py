"""The losses: plain functions of feature maps and pictures; of a batch, each picture has its own value, (N,).

After Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks" (CVPR 2016). The
deviation that matters: each layer's loss is divided by the size of its target, so that every layer, every
style and every set of weights counts alike.

While it paints, `styler.painting.objective` computes style and content in bands, with a gradient written
out. `gram_matrix`, `style_loss` and `content_loss` say plainly what that is: tests hold it to them.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

# A chunk's product is rounded to bfloat16 before the chunks are summed in float32: longer chunks lose digits,
# shorter ones lose time.
GRAM_CHUNK = 4096
SQUARES_PART = 2**20  # numbers whose squares are summed at once
LEAST = 1e-12  # a target's squared size that counts as nothing


def gram_matrix(features: Tensor) -> Tensor:
    """(N, C, H, W), any precision -> (N, C, C) float32: the mean over places of the products of channels."""
    return sum_of_products(features) / (features.shape[2] * features.shape[3])


def sum_of_products(features: Tensor, mask: Tensor | None = None) -> Tensor:
    """(N, C, H, W) -> (N, C, C) float32, summed over all places: a whole's is the sum of its parts'.

    mask: (N, 1, H, W) in [0, 1], how much each place counts; None: all count in full.
    """
    if mask is not None:
        features = features * mask.sqrt().to(features.dtype)  # a product has two factors
    columns = places_by_channels(features)
    if columns.dtype == torch.float32:
        return columns.transpose(1, 2) @ columns
    pictures, places, channels = columns.shape
    whole = places // GRAM_CHUNK * GRAM_CHUNK
    chunks = columns[:, :whole].reshape(-1, GRAM_CHUNK, channels)
    products = torch.bmm(chunks.transpose(1, 2), chunks).float()
    rest = columns[:, whole:]
    total = products.view(pictures, whole // GRAM_CHUNK, channels, channels).sum(1)
    return total + (rest.transpose(1, 2) @ rest).float()


def places_by_channels(features: Tensor) -> Tensor:
    """(N, C, H, W), channels last -> a view, (N, H * W, C)."""
    return features.permute(0, 2, 3, 1).flatten(1, 2)


def relative_distance(found: Tensor, target: Tensor, emphasis: Tensor | float = 1.0) -> Tensor:
    """|found - target|^2 / |target|^2 of each picture, (N, ...) each -> (N,).

    0 when equal, about 1 when unrelated, whatever the scale of both. emphasis: how many times more each of
    the squares counts, of any shape that fits.
    """
    apart = (found.float() - target.float()).square() * emphasis
    return apart.sum(tuple(range(1, apart.dim()))) / squared_size(target).clamp_min(LEAST)


def squared_size(x: Tensor) -> Tensor:
    """(N, ...) -> (N,) float32: the sum of squares."""
    numbers = _in_its_own_order(x)
    # By parts on a CPU, where PyTorch makes a float32 copy first, which then stays in the processor's cache.
    parts = torch.split(numbers, SQUARES_PART, 1) if x.device.type == "cpu" else (numbers,)
    norms = [torch.linalg.vector_norm(part, dim=1, dtype=torch.float32) for part in parts]
    return torch.stack(norms).square().sum(0)


def _in_its_own_order(x: Tensor) -> Tensor:
    """(N, ...) -> (N, n), without a copy whether or not the channels come last."""
    if x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last):
        return places_by_channels(x).flatten(1)
    return x.flatten(1)


def energy(features: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, 1, H, W) float32: the sum of squares at each place, how much is to be seen."""
    norm: Tensor = torch.linalg.vector_norm(features, dim=1, keepdim=True, dtype=torch.float32)
    return norm.square()


def style_loss(grams: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> Tensor:
    """The sum over the targets' layers of the relative distance of Gram matrices, (N, C, C) float32 each."""
    return torch.stack([relative_distance(grams[layer], target) for layer, target in targets.items()]).sum(0)


def content_loss(
    maps: Mapping[str, Tensor],
    targets: Mapping[str, Tensor],
    shares: Mapping[str, float],
    emphasis: Mapping[str, Tensor],
) -> Tensor:
    """The sum over the layers of share times relative distance of feature maps, (N, C, H, W) each.

    emphasis: how much each place counts, (N, 1, H, W) each.
    """
    distances = [
        shares[layer] * relative_distance(maps[layer], target, emphasis[layer])
        for layer, target in targets.items()
    ]
    return torch.stack(distances).sum(0)


def total_variation(picture: Tensor) -> Tensor:
    """(N, 3, H, W) in any unit -> the mean absolute difference of neighbours, down plus across.

    A checkerboard of 0 and 1 has 2, a flat picture 0. The mean, not the sum, so that sizes compare.
    """
    return _mean_size(picture.diff(dim=2)) + _mean_size(picture.diff(dim=3))


def _mean_size(x: Tensor) -> Tensor:
    """(N, ...) -> (N,); 0 of nothing, which is what a single row or column differs from its neighbours."""
    return x.abs().sum((1, 2, 3)) / max(1, x[0].numel())


def gamut_loss(picture: Tensor) -> Tensor:
    """(N, 3, H, W) RGB, nominally in [0, 1] -> the mean square of what lies outside.

    A soft wall: clamping inside the optimisation, or not at all, both end in worse pictures.
    """
    return (picture - picture.clamp(0, 1)).square().mean((1, 2, 3))
