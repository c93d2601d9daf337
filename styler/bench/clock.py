"""Timing that compares fairly: engines take turns, so that a machine that slows down slows them all."""

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

UNCOUNTED_ON_A_GPU = 5


@dataclass(frozen=True, slots=True)
class Timing:
    """The seconds that each round took."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def least(self) -> float:
        return min(self.seconds)


def synchronize(device: torch.device) -> None:
    """Waits until the device has done all that it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def timed(run: Callable[[], object], device: torch.device) -> float:
    """The seconds that `run` takes, the device's share of the work included."""
    synchronize(device)
    started = time.perf_counter()
    run()
    synchronize(device)
    return time.perf_counter() - started


def interleaved(
    engines: Mapping[str, Callable[[], object]], rounds: int, device: torch.device
) -> dict[str, Timing]:
    """Each engine's timing, by name: in each round every engine runs once, after some that are not counted.

    Those pay for memory, kernels and caches, and on a GPU for the recording of what is then replayed.
    """
    for run in engines.values():
        for _ in range(UNCOUNTED_ON_A_GPU if device.type == "cuda" else 1):
            timed(run, device)
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(rounds):
        for name, run in engines.items():
            seconds[name].append(timed(run, device))
    return {name: Timing(tuple(each)) for name, each in seconds.items()}


def say(line: str) -> None:
    """Tells on stderr what is going on: a benchmark is silent for minutes otherwise."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
