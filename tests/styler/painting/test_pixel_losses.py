"""Against autograd on the definitions in `styler.losses`."""

import pytest
import torch

from styler.encoder import from_pixels, to_pixels
from styler.losses import gamut_loss, total_variation
from styler.painting.pixel_losses import pixel_losses


@pytest.mark.parametrize("size", [(24, 17), (1, 5), (5, 1)])
def test_agrees_with_autograd(size) -> None:
    generator = torch.Generator().manual_seed(1)
    pixels = to_pixels(torch.rand(2, 3, *size, generator=generator) * 1.4 - 0.2).requires_grad_()
    expected = 0.1 * total_variation(from_pixels(pixels)), 20 * gamut_loss(from_pixels(pixels))
    (expected_gradient,) = torch.autograd.grad(sum(expected).sum(), pixels)

    *found, gradient = pixel_losses(pixels.detach(), 0.1, 20)
    torch.testing.assert_close(found, list(expected))
    torch.testing.assert_close(gradient, expected_gradient)
