"""Keeping the photo's colours: two ways, on pictures of (1, 3, H, W) float32 RGB, nominally in [0, 1].

Both after Gatys et al., "Preserving Color in Neural Artistic Style Transfer" (2016).
"""

import torch
from torch import Tensor

# ITU-R BT.601, as in JPEG: luminance, and two colour differences.
RGB_TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))


def match_colors(style: Tensor, content: Tensor) -> Tensor:
    """The style with the mean and covariance of the content's colours, clamped to [0, 1].

    The transform is the symmetric square root ("image analogies") one of section 4.1 of the paper.
    """
    style_mean, style_root = _mean_and_root(style)
    content_mean, content_root = _mean_and_root(content)
    transform = content_root @ torch.linalg.inv(style_root)
    return (_mix(style - style_mean, transform) + content_mean).clamp(0, 1)


def transfer_luminance(output: Tensor, content: Tensor) -> Tensor:
    """The output's luminance with the content's colours (section 5 of the paper). Same sizes."""
    matrix = torch.tensor(RGB_TO_YCC, device=output.device)
    painted, photo = _mix(output, matrix), _mix(content, matrix)
    return _mix(torch.cat([painted[:, :1], photo[:, 1:]], dim=1), torch.linalg.inv(matrix))


def _mean_and_root(picture: Tensor) -> tuple[Tensor, Tensor]:
    colors = picture.flatten(2)[0].cpu()  # small symmetric matrices: not worth a GPU, and MPS has no eigh
    values, vectors = torch.linalg.eigh(torch.cov(colors))
    # A floor keeps a grey or flat picture invertible.
    root = vectors @ torch.diag(values.clamp_min(1e-5).sqrt()) @ vectors.t()
    return colors.mean(1).view(1, 3, 1, 1).to(picture.device), root.to(picture.device)


def _mix(picture: Tensor, matrix: Tensor) -> Tensor:
    return torch.einsum("ij,bjhw->bihw", matrix, picture)
