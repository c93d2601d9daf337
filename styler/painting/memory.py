"""What a picture may take of the device's memory, and what to do when that is not there.

The ladder: free what is only cached, then make maps twice rather than keep them, block by block, then work on
thinner and thinner bands. What was too much is remembered for each device, so that the next picture does not
fail first; for a while only, since the memory may have been another program's.
"""

import gc
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch

from styler.allocator import give_back
from styler.device import is_gpu, is_out_of_memory
from styler.encoder import BLOCKS, CHANNELS, PIXEL_CHANNELS, STRIDES, Economy, block_of
from styler.errors import OutOfMemory
from styler.free_memory import free_memory
from styler.optimize import HISTORY
from styler.painting import recordings
from styler.painting.goals import CONTENT_LAYERS

T = TypeVar("T")

MIB = 2**20
# No map beyond 2^31 numbers: not all that runs on a GPU counts further.
GPU_LADDER = (Economy(0, 1024 * MIB), *(Economy(remade, 64 * MIB) for remade in (1, 2, len(BLOCKS))))
# Smaller bands take more of what they share with their neighbours, larger ones leave the processor's cache.
# Of wide pictures the same bytes are few rows, of which more is shared.
CPU_LADDER = tuple(Economy(remade, 16 * MIB) for remade in (0, 1, 2, 3, len(BLOCKS)))
WIDE_LADDER = (*(Economy(rung.remade, 64 * MIB) for rung in CPU_LADDER), CPU_LADDER[-1])
LAST_RUNGS = (Economy(len(BLOCKS), 4 * MIB), Economy(len(BLOCKS), MIB))
# Pixels at once: of more, a twentieth of the time is worth a tenth of the memory; in float32, whose maps are
# twice as large, the same again.
CPU_KEEPS_ALL, CPU_KEEPS_MOST, CPU_WIDE = 100_000, 500_000, 2_000_000
CPU_MOST = 15_000 * MIB  # what a painting takes at most where it could do with less, however much is free
SHARE_OF_FREE_MEMORY = 0.7

# What of the memory allocators cannot use: as much more than the tensors need; and how many copies of a
# band's map are in work: its gradient, what a convolution needs beside it, and the like. On a CPU both are
# measured, with glibc; for a GPU live tensors were counted, without one.
CPU_WASTE, CPU_COPIES = 1.35, 6
GPU_WASTE, GPU_COPIES = 1.2, 1
PICTURES_BESIDE = 8  # of the pixels' size in float32, beside the optimiser's history

REMEMBERED = 3600.0  # seconds


@dataclass(frozen=True, slots=True)
class _Shortage:
    """A painting needed so many bytes and did not get them."""

    needed: float
    until: float  # by `time.monotonic`: when it is forgotten


_shortages: dict[torch.device, _Shortage] = {}
"""By device: of the least bytes, and what is forgotten counts no more."""


def within_memory(
    device: torch.device, precision: torch.dtype, pixels: int, attempt: Callable[[Economy], T]
) -> T:
    """`attempt(economy)`, repeated with more and more economy until the memory suffices.

    pixels: of the whole batch. Raises OutOfMemory when nothing helps.
    """
    fresh = False
    rungs = _rungs(device, precision, pixels)
    while rungs:
        try:
            return attempt(rungs[0])
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            logging.getLogger(__name__).warning("%s is short of memory: %s", device, _first_line(error))
        free_caches(device)
        if not fresh:
            fresh = True  # once more as it was: caches may have been all that was in the way
            continue
        _remember(device, bytes_needed(device, rungs[0], precision, pixels))
        rungs = [rung for rung in rungs if bytes_needed(device, rung, precision, pixels) < _too_much(device)]
    raise _out_of_memory(device)


def _out_of_memory(device: torch.device) -> OutOfMemory:
    return OutOfMemory(f"{device} ran out of memory: ask for a smaller size")


def bytes_needed(device: torch.device, economy: Economy, precision: torch.dtype, pixels: int) -> float:
    """About what a painting takes that has so many pixels at once; the encoder's weights are not counted."""
    # Numbers per pixel of one map of each block, in which there are a quarter, a 16th ... as many places.
    sizes = {block: CHANNELS[block] / stride**2 for block, stride in STRIDES.items()}
    of_blocks = list(sizes.values())
    kept = [len(block) * size for block, size in zip(BLOCKS, of_blocks, strict=True)][economy.remade :]
    entered = [PIXEL_CHANNELS, *(size / 4 for size in of_blocks[:-1])]
    wanted = [sizes[block_of(layer)] for layer in CONTENT_LAYERS]
    maps = precision.itemsize * (sum(kept) + 2 * sum(entered) + sum(wanted))
    pictures = torch.float32.itemsize * PIXEL_CHANNELS * (2 * HISTORY + 1 + PICTURES_BESIDE)
    band = min(pixels * of_blocks[0] * precision.itemsize, economy.band or float("inf"))
    waste, copies = (GPU_WASTE, GPU_COPIES) if is_gpu(device) else (CPU_WASTE, CPU_COPIES)
    return waste * (pixels * (maps + pictures) + copies * band)


def _too_much(device: torch.device) -> float:
    """The fewest bytes that are known not to be there."""
    known = _shortages.get(device)
    return known.needed if known and time.monotonic() < known.until else float("inf")


def _remember(device: torch.device, needed: float) -> None:
    _shortages[device] = _Shortage(min(needed, _too_much(device)), time.monotonic() + REMEMBERED)


def _rungs(device: torch.device, precision: torch.dtype, pixels: int) -> list[Economy]:
    """The rungs of the ladder that may do, the fastest first.

    The last one is tried where it is not hopeless: Linux would not refuse the memory, but kill the program.
    """
    ladder = GPU_LADDER
    if device.type == "cpu":
        ladder = WIDE_LADDER if pixels > CPU_WIDE else CPU_LADDER
    rungs = (*ladder, *LAST_RUNGS)
    most = _too_much(device)
    if device.type == "cpu":
        if pixels > CPU_KEEPS_ALL:
            rungs = rungs[1:]
        if pixels > CPU_KEEPS_MOST and precision == torch.float32:
            rungs = rungs[1:]
        most = min(most, CPU_MOST)
        free = free_memory()
        if free is not None:
            # Linux promises more memory than there is, and then kills whoever uses it: better ask before.
            most = min(most, free * SHARE_OF_FREE_MEMORY)
    fitting = [rung for rung in rungs if bytes_needed(device, rung, precision, pixels) < most]
    if fitting:
        return fitting
    return [] if _is_hopeless(device, bytes_needed(device, rungs[-1], precision, pixels)) else [rungs[-1]]


def _is_hopeless(device: torch.device, needed: float) -> bool:
    """Whether a CPU has fewer bytes free, even after caches have been given back."""
    if device.type != "cpu":
        return False
    free_caches(device)
    free = free_memory()
    return free is not None and free < needed


def with_room(device: torch.device, act: Callable[[], T]) -> T:
    """`act()`; where there was no room for it, once more after what was only kept has been given back.

    For what needs little memory, and knows no economy.
    """
    try:
        return act()
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    free_caches(device)
    return act()


@contextmanager
def out_of_memory_told(device: torch.device) -> Iterator[None]:
    """Turns the device's own out-of-memory error into a DeviceError that says what to do."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            raise _out_of_memory(device) from error
        raise


def free_caches(device: torch.device) -> None:
    """Gives back what this package, PyTorch or the C library only keep for later."""
    recordings.forget()
    gc.collect()
    if device.type == "cpu":
        give_back()
    elif device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
