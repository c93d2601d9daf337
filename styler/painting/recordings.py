"""Descents kept for the next painting of the same kind, so that only the first has its steps recorded.

Recording a scale's step as a CUDA graph takes as long as several steps. It need not be done again for another
photo or another style: these are other numbers in the same memory.
"""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

import torch
from torch import Tensor

from styler.optimize import AfterStep, Descent, minimize
from styler.painting.objective import Objective
from styler.replay import records

# Two pyramids' scales or so; each holds the memory that a painting takes at its scale. Of large ones fewer:
# all of them may hold half of the GPU's memory at most, or many a painting would first run out of it.
KEPT = 8
KEPT_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class _Kept:
    """A descent that the next painting of its kind may use."""

    objective: Objective
    descent: Descent
    device: torch.device
    size: int  # bytes of the device's memory


_kept: OrderedDict[Hashable, _Kept] = OrderedDict()
"""By kind of objective and shape of the pixels, the least recently used first."""

_changing = threading.Lock()  # `_kept`: several threads may paint at once, each on a GPU of its own, say


def descend(objective: Objective, pixels: Tensor, steps: int, after_step: AfterStep) -> Tensor:
    """Of each picture, the pixels of the lowest loss among `steps` evaluations of the objective.

    pixels: (N, 3, H, W) float32, left alone.
    """
    if not records(pixels.device):
        return minimize(pixels, objective.evaluate, steps, after_step)
    kind = (objective.kind(), pixels.device, pixels.shape)
    # Out of reach of other threads until it is done; and not put back by one that fails.
    with _changing:
        known = _kept.pop(kind, None)
    if known is None:
        before = _reserved(pixels.device)
        descent = Descent(pixels, objective.evaluate)
        found = descent.run(pixels, steps, after_step).clone()
        # A recording takes memory of its own, which PyTorch had not before. So do the steps before it, of
        # which some is left for others: this is rather too much than too little.
        known = _Kept(objective, descent, pixels.device, max(0, _reserved(pixels.device) - before))
    else:
        known.objective.take_over(objective)
        found = known.descent.run(pixels, steps, after_step).clone()
    most = KEPT_SHARE * _memory_of(pixels.device)
    with _changing:
        _kept[kind] = known
        _forget_too_much(pixels.device, most)
    return found


def _forget_too_much(device: torch.device, most: float) -> None:
    """most: bytes of the device's memory. For whoever holds `_changing`."""
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    there = {kind: each.size for kind, each in _kept.items() if each.device == device}
    for kind in list(there):
        if sum(there.values()) > most:
            del _kept[kind], there[kind]  # what another GPU has would make no room here


def _reserved(device: torch.device) -> int:
    """Bytes that PyTorch holds there."""
    return torch.cuda.memory_reserved(device)


def _memory_of(device: torch.device) -> int:
    """Bytes that it has."""
    return torch.cuda.get_device_properties(device).total_memory


def forget() -> None:
    """Frees all that is kept."""
    with _changing:
        _kept.clear()
