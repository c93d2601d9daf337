"""What a picture may take of the device's memory, and what to do when that is not there.

The ladder: free what is only cached, then look at the picture in strips, thinner and thinner. What was found
to fit is remembered for each device, so that the next picture does not fail first.
"""

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import torch

from styler.errors import DeviceError

T = TypeVar("T")

# Feature maps, their gradients and what convolutions need beside them, per pixel, measured on a CPU.
BYTES_PER_PIXEL = 950
# A CPU looks at this many pixels at once or at a third of a huge picture: more saves little time.
CPU_STRIP_PIXELS = 2_500_000
SHARE_OF_FREE_MEMORY = 0.6
LEAST_STRIP_PIXELS = 250_000

_OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "bad_alloc",
    # oneDNN does not tell why, but its convolutions are made for nothing else than what they are asked here.
    "could not create a primitive",
    "could not create a memory",
)

_known_limits: dict[torch.device, int] = {}
"""Pixels at once that fitted after more had not, by device."""


class OutOfMemory(DeviceError):
    """The device's memory does not suffice even for the thinnest strips."""


def within_memory(device: torch.device, pixels: int, attempt: Callable[[int | None], T]) -> T:
    """`attempt(strip_pixels)`, repeated with fewer and fewer pixels in a strip until the memory suffices.

    pixels: of the whole batch. strip_pixels: None for the whole at once.
    Raises OutOfMemory when nothing helps.
    """
    limit = _first_limit(device, pixels)
    fresh = False
    while True:
        try:
            return attempt(None if limit >= pixels else limit)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            logging.getLogger(__name__).warning("%s is short of memory: %s", device, _first_line(error))
        free_caches(device)
        if not fresh:
            fresh = True  # once more as it was: caches may have been all that was in the way
            continue
        limit = min(limit, pixels) // 2
        if limit < LEAST_STRIP_PIXELS:
            raise OutOfMemory(f"{device} ran out of memory: ask for a smaller size")
        _known_limits[device] = limit


def is_out_of_memory(error: BaseException) -> bool:
    """The CPU's allocator has no error class of its own, and MPS raises a plain RuntimeError."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in text for words in _OUT_OF_MEMORY)


@contextmanager
def out_of_memory_told(device: torch.device) -> Iterator[None]:
    """Turns the device's own out-of-memory error into a DeviceError that says what to do."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            raise OutOfMemory(f"{device} ran out of memory: ask for a smaller size") from error
        raise


def free_caches(device: torch.device) -> None:
    """Gives back what PyTorch only keeps for later."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def _first_limit(device: torch.device, pixels: int) -> int:
    known = _known_limits.get(device, pixels)
    if device.type != "cpu":
        return known
    wished = max(CPU_STRIP_PIXELS, pixels // 3)
    free = free_memory()
    if free is not None:
        # Linux promises more memory than there is, and then kills whoever uses it: better ask before.
        wished = min(wished, max(LEAST_STRIP_PIXELS, int(free * SHARE_OF_FREE_MEMORY / BYTES_PER_PIXEL)))
    return min(known, wished)


def held_memory(device: str) -> int | None:
    """Bytes that PyTorch holds on a GPU, what it only keeps for later included; None for a CPU."""
    if device.startswith("cuda"):
        return torch.cuda.memory_reserved(device)
    if device.startswith("mps"):
        return torch.mps.driver_allocated_memory()
    return None


def free_memory() -> int | None:
    """Bytes of memory that this process could still take; None where nothing tells."""
    found = [amount for amount in (_available(), _left_in_container()) if amount is not None]
    return min(found, default=None)


def _available() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _left_in_container() -> int | None:
    """What the control group leaves: `docker run --memory` and systemd's MemoryMax set it."""
    group = Path("/sys/fs/cgroup")
    try:
        return int((group / "memory.max").read_text()) - int((group / "memory.current").read_text())
    except (OSError, ValueError):  # not Linux, or "max"
        return None


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
