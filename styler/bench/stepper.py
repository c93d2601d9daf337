"""What every engine is to the benchmark: something that makes one step, and shows its picture."""

import time
from dataclasses import dataclass
from typing import Protocol

import torch
from PIL import Image

from styler.bench.clock import synchronize


class Stepper(Protocol):
    """One painting in the making. One step costs one evaluation: a loss and its gradient."""

    def step(self) -> None: ...

    def picture(self) -> Image.Image: ...


@dataclass(frozen=True, slots=True)
class Painted:
    """A painting that was stopped, and what it took."""

    picture: Image.Image
    steps: int
    seconds: float


def paint(
    stepper: Stepper, device: torch.device, *, steps: int | None = None, seconds: float | None = None
) -> Painted:
    """Steps until there were so many, or until so much time has passed; one step at least."""
    synchronize(device)
    started, taken = time.perf_counter(), 0
    while True:
        stepper.step()
        synchronize(device)
        taken += 1
        elapsed = time.perf_counter() - started
        if (steps is not None and taken >= steps) or (seconds is not None and elapsed >= seconds):
            return Painted(stepper.picture(), taken, elapsed)
