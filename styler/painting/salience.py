"""What stands out in a photo to the network: an animal's head, eyes, a spire.

The sum of the deepest map's channels, as Wei et al., "Selective Convolutional Descriptor Aggregation" (IEEE
Transactions on Image Processing, 2017), use it to find the main object of a photo. With deviations: relu5_1
instead of pool5, because the encoder ends there; a bound well above the mean instead of at it, since what is
wanted is the head and not the whole animal; and no hard border.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from styler.encoder import Encoder
from styler.faces import smoothstep
from styler.images import fit_within
from styler.losses import LEAST

LAYER = "relu5_1"
# The long side, at most, of the copy that is looked at: in pixels, near what the network learned on, and in
# those of the painting, since what is much finer than these cannot be held there.
LOOKED_AT, OF_PAINTING = 384, 1.5
BEGINS, WHOLE = 1.3, 1.8  # times the mean of the photo: from where a place stands out, and where wholly
PEAK = 3.0  # how many times more the content counts there
BESIDE_FACES = 0.7  # so much of it all where people's faces are held already, and the rest is theirs


def looked_at(width: int, height: int, painted: int) -> tuple[int, int]:
    """The size of the copy to look at, of a photo of such proportions whose painting is `painted` px long."""
    return fit_within(width, height, round(min(LOOKED_AT, OF_PAINTING * painted)))


@torch.no_grad()
def salience(encoder: Encoder, pixels: Tensor) -> Tensor:
    """How much each place of photos stands out, (N, 1, h, w) float32 in [0, 1], at the map's own size.

    pixels: (N, 3, H, W), the photos at the size that `looked_at` tells.
    """
    found = encoder(pixels, [LAYER])[LAYER].float().sum(1, keepdim=True)
    found = F.avg_pool2d(found, 3, stride=1, padding=1, count_include_pad=False)
    apart = found / found.mean((2, 3), keepdim=True).clamp_min(LEAST)
    return smoothstep(BEGINS, WHOLE, apart)


def salient_emphasis(standing_out: Tensor) -> Tensor:
    """How much more each place of a map counts, of the same shape: 1 to `PEAK`. See `salience`."""
    return 1 + (PEAK - 1) * standing_out
