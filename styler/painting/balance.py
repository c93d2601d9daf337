"""How strongly the photo is held: from one number, strength, to the weight of the content loss.

The same weight holds some pairs much more firmly than others: where photo and style are at odds, a light
photo and a dark painting say, the content's part of the loss stays large and the style never arrives. So the
first scale is painted with the plain weight, and the weight of the next ones is lowered as far as the photo
turned out to be further away than is usual at this strength.
"""

import torch
from torch import Tensor

from styler.options import DEFAULT_STRENGTH

# The content weight at strength 0 and at 100; between them it falls by equal factors.
MILDEST, WILDEST = 1.2, 0.012
# The content distance (of all content layers together) that is usual after the first scale in the middle of
# the range, and how it grows as the weight falls.
USUAL_DISTANCE = 1.1
GROWTH = 0.3
NEARLY_NOTHING = 1e-6  # divided by, where a weight or a distance is 0
LEAST_FACTOR = 0.25  # below it even people at odds with a style would be eaten


def content_weight(strength: float) -> float:
    """0 to 100 -> `MILDEST` down to `WILDEST`."""
    fall: float = (WILDEST / MILDEST) ** (strength / 100)
    return MILDEST * fall


def balanced(weights: Tensor, distances: Tensor) -> Tensor:
    """The content weights for the scales after the first, (N,).

    weights: (N,), those of the first scale; distances: (N,), the content losses at its end, unweighted.
    """
    middle = content_weight(DEFAULT_STRENGTH)
    usual = USUAL_DISTANCE * (middle / weights.clamp_min(NEARLY_NOTHING)) ** GROWTH
    factors = (usual / distances.clamp_min(NEARLY_NOTHING)).clamp(LEAST_FACTOR, 1)
    return weights * torch.where(weights > 0, factors, 1)
