"""One picture's colours brought to another, on pictures of (1, 3, H, W) float32 RGB, nominally in [0, 1].

`match_colors` and `transfer_luminance` are the two ways to keep a photo's colours of Gatys et al.,
"Preserving Color in Neural Artistic Style Transfer" (2016).
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

# ITU-R BT.601, as in JPEG: luminance, and two colour differences.
RGB_TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
LEAST_SPREAD = 1e-3  # of light, so that a flat picture stays flat

# Hardly a photo has much green and magenta in it. To be as colourful as a painting along that axis, too, its
# least casts would be raised up to nine times: brown hair and skin turn green.
MOST_RAISED = 1.2  # times, or as many as light and dark


def match_colors(picture: Tensor, example: Tensor) -> Tensor:
    """The picture with the mean and covariance of the example's colours, clamped to [0, 1].

    Of all linear maps that do this, the one that moves colours least (Pitié and Kokaram, "The Linear
    Monge-Kantorovitch Linear Colour Mapping for Example-Based Colour Transfer", 2007): dark stays dark more
    often than under the paper's own choices.
    """
    return _match(picture, example, math.inf)


def recolor(picture: Tensor, example: Tensor) -> Tensor:
    """Like `match_colors`, but no colour is raised more than light is, or `MOST_RAISED` times. Our own."""
    light = float(luminance(example).std() / luminance(picture).std().clamp_min(LEAST_SPREAD))
    return _match(picture, example, max(MOST_RAISED, light))


def match_luminance(picture: Tensor, example: Tensor) -> Tensor:
    """The picture without colours, its light of the mean and spread of the example's, clamped to [0, 1]."""
    light, wanted = luminance(picture), luminance(example)
    gain = wanted.std() / light.std().clamp_min(LEAST_SPREAD)
    return ((light - light.mean()) * gain + wanted.mean()).clamp(0, 1)


def luminance(picture: Tensor) -> Tensor:
    """The picture without its colours, (1, 3, H, W) of three equal channels."""
    return _mix(picture, torch.tensor(RGB_TO_YCC[:1], device=picture.device)).expand_as(picture)


def transfer_luminance(output: Tensor, content: Tensor) -> Tensor:
    """The output's luminance with the content's colours (section 5 of the paper). Same sizes."""
    there = torch.tensor(RGB_TO_YCC)
    back = torch.linalg.inv(there)  # on the CPU, as it is too small for a GPU
    painted, photo = _mix(output, there.to(output.device)), _mix(content, there.to(output.device))
    return _mix(torch.cat([painted[:, :1], photo[:, 1:]], dim=1), back.to(output.device))


def _match(picture: Tensor, example: Tensor, most: float) -> Tensor:
    """See `match_colors`; most: how many times a colour is raised at most."""
    mean, covariance = _mean_and_covariance(picture)
    example_mean, example_covariance = _mean_and_covariance(example)
    root = _root(covariance)
    inverse = torch.linalg.inv(root)
    transform = inverse @ _root(root @ example_covariance @ root) @ inverse
    transform = _of_eigenvalues(transform, lambda raised: raised.clamp_max(most))
    moved = _mix(picture - mean.to(picture.device), transform.to(picture.device))
    return (moved + example_mean.to(picture.device)).clamp(0, 1)


def _mean_and_covariance(picture: Tensor) -> tuple[Tensor, Tensor]:
    """(1, 3, 1, 1) and (3, 3), on the CPU: too small for a GPU, and MPS has no eigh."""
    colors = picture.flatten(2)[0].cpu()
    # A floor keeps a grey or flat picture invertible.
    return colors.mean(1).view(1, 3, 1, 1), torch.cov(colors) + 1e-5 * torch.eye(3)


def _root(symmetric: Tensor) -> Tensor:
    """The symmetric square root of a symmetric (3, 3) matrix without negative eigenvalues."""
    return _of_eigenvalues(symmetric, lambda values: values.clamp_min(0).sqrt())


def _of_eigenvalues(symmetric: Tensor, change: Callable[[Tensor], Tensor]) -> Tensor:
    """The symmetric matrix with the same eigenvectors and changed eigenvalues."""
    values, vectors = torch.linalg.eigh(symmetric)
    changed: Tensor = vectors @ torch.diag(change(values)) @ vectors.t()
    return changed


def _mix(picture: Tensor, matrix: Tensor) -> Tensor:
    return torch.einsum("ij,bjhw->bihw", matrix, picture)
