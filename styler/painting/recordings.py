"""Descents kept for the next painting of the same kind, so that only the first has its steps recorded.

Recording a scale's step as a CUDA graph takes as long as several steps. It need not be done again for another
photo or another style: these are other numbers in the same memory.
"""

from collections import OrderedDict
from collections.abc import Hashable

from torch import Tensor

from styler.optimize import AfterStep, Descent, minimize
from styler.painting.objective import Objective
from styler.replay import records

KEPT = 8  # two pyramids' scales or so; each holds the memory that a painting takes at its scale

_kept: OrderedDict[Hashable, tuple[Objective, Descent]] = OrderedDict()
"""By kind of objective and shape of the pixels, the least recently used first."""


def descend(objective: Objective, pixels: Tensor, steps: int, after_step: AfterStep) -> Tensor:
    """Of each picture, the pixels of the lowest loss among `steps` evaluations of the objective.

    pixels: (N, 3, H, W) float32, left alone.
    """
    if not records(pixels.device):
        return minimize(pixels, objective.evaluate, steps, after_step)
    kind = (objective.kind(), pixels.device, pixels.shape)
    # Out of reach of other threads until it is done; and not put back by one that fails.
    known = _kept.pop(kind, None)
    if known is None:
        known = objective, Descent(pixels, objective.evaluate)
    else:
        known[0].take_over(objective)
    found = known[1].run(pixels, steps, after_step).clone()
    _kept[kind] = known
    if len(_kept) > KEPT:
        _kept.popitem(last=False)
    return found


def forget() -> None:
    """Frees all that is kept."""
    _kept.clear()
