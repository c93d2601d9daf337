"""The two losses that look at the pixels themselves, together with their gradients.

The values are those of `styler.losses`. Autograd would take three times as long for the gradients, a
twentieth of an evaluation.
"""

from torch import Tensor

from styler.encoder import PIXEL_RANGE, from_pixels


def pixel_losses(pixels: Tensor, tv_weight: float, gamut_weight: float) -> tuple[Tensor, Tensor, Tensor]:
    """The weighted total variation and gamut losses, (N,) each, and the gradient of their sum.

    pixels: (N, 3, H, W) float32, as the encoder takes them; so is the gradient.
    """
    picture = from_pixels(pixels)
    outside = picture - picture.clamp(0, 1)
    gamut = gamut_weight * outside.square().mean((1, 2, 3))
    gradient = outside.mul_(2 * gamut_weight / (PIXEL_RANGE * outside[0].numel()))
    down, across = (_vary(picture, dim, tv_weight / PIXEL_RANGE, gradient) for dim in (2, 3))
    return tv_weight * (down + across), gamut, gradient


def _vary(picture: Tensor, dim: int, weight: float, gradient: Tensor) -> Tensor:
    """The mean absolute difference of neighbours along `dim`, (N,); its weighted gradient is added."""
    difference = picture.diff(dim=dim)
    count = max(1, difference[0].numel())
    variation = difference.abs().sum((1, 2, 3)) / count
    pull, pairs = difference.sign_(), difference.shape[dim]
    gradient.narrow(dim, 1, pairs).add_(pull, alpha=weight / count)
    gradient.narrow(dim, 0, pairs).sub_(pull, alpha=weight / count)
    return variation
