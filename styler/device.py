"""Which device paints, and in which precision."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from styler.errors import DeviceError


def resolve_device(name: str) -> torch.device:
    """ "auto", "cpu", "cuda", "cuda:N" or "mps" -> the device. Raises DeviceError when it is not there."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise DeviceError(f"device must be auto, cpu, cuda, cuda:N or mps, not {name!r}") from None
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise DeviceError(f"there is no {name} here: {torch.cuda.device_count()} CUDA devices were found")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("there is no mps device here")
    if device.type not in {"cpu", "cuda", "mps"}:
        raise DeviceError(f"device must be auto, cpu, cuda, cuda:N or mps, not {name!r}")
    return device


def best_precision(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies it faster than float32; float32 elsewhere.

    On a CPU that means AMX: four to five times faster. On CUDA, tensor cores since Ampere.
    """
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        fast = device.type == "cpu" and torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if fast else torch.float32


def is_gpu(device: torch.device) -> bool:
    """Whether the device is worth a larger default size."""
    return device.type != "cpu"


@contextmanager
def out_of_memory_told(device: torch.device) -> Iterator[None]:
    """Turns the device's own out-of-memory error into a DeviceError that says what to do."""
    try:
        yield
    except RuntimeError as error:  # torch.OutOfMemoryError is one; the CPU's allocator has none of its own
        if "out of memory" in str(error).lower() or "can't allocate memory" in str(error):
            raise DeviceError(f"{device} ran out of memory: ask for a smaller size") from error
        raise
