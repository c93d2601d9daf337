"""Which device paints, and in which precision."""

import logging
import re
import time
from collections.abc import Callable
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from styler.errors import DeviceError
from styler.options import DEFAULT_SIZE_CPU, DEFAULT_SIZE_GPU, DEFAULT_SIZE_SLOW_CPU

log = logging.getLogger(__name__)

MANY_THREADS = 4  # which make a CPU fast even in float32


def resolve_device(name: str) -> torch.device:
    """ "auto", "cpu", "cuda", "cuda:N" or "mps" -> the device. Raises DeviceError when it is not there."""
    if name == "auto":
        return _best_device()
    try:
        device = torch.device(name)
    except RuntimeError:
        raise DeviceError(f"device must be auto, cpu, cuda, cuda:N or mps, not {name!r}") from None
    if device.type == "cuda":
        # From the name: PyTorch keeps eight bits of the number, and takes cuda:256 for cuda:0.
        _check_cuda(int(name.partition(":")[2] or 0), name)
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("there is no mps device here")
    if device.type not in {"cpu", "cuda", "mps"}:
        raise DeviceError(f"device must be auto, cpu, cuda, cuda:N or mps, not {name!r}")
    return device


def _best_device() -> torch.device:
    if torch.cuda.is_available() and (usable := _first_usable(torch.cuda.device_count())) is not None:
        return torch.device("cuda", usable) if usable else torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


@lru_cache  # so that what it passes over is told once
def _first_usable(found: int) -> int | None:
    for index in range(found):
        if _has_code_for(index):
            return index
        log.warning("cuda:%d is passed over: this PyTorch has no code for that GPU", index)
    return None


def _check_cuda(index: int, name: str) -> None:
    found = torch.cuda.device_count()
    if index >= found:
        raise DeviceError(f"there is no {name} here: {found} CUDA devices were found")
    if not _has_code_for(index):
        raise DeviceError(f"{name} is a GPU that this PyTorch has no code for")


@lru_cache
def _has_code_for(index: int) -> bool:
    """PyTorch itself only warns where there is none, and fails when it is used."""
    if torch.version.hip is not None:
        return True  # AMD's GPUs are named otherwise
    capability = torch.cuda.get_device_capability(index)
    return any(_runs_on(*capability, code) for code in torch.cuda.get_arch_list())


def _runs_on(major: int, minor: int, code: str) -> bool:
    """Whether a GPU runs code for sm_86, say, or sm_100f: later ones of its generation do too.

    Code for sm_90a runs on that GPU alone.
    """
    found = re.fullmatch(r"sm_(\d+)(\d)([af]?)", code)
    if found is None or int(found[1]) != major:
        return False
    return int(found[2]) == minor if found[3] == "a" else int(found[2]) <= minor


@lru_cache
def best_precision(device: torch.device) -> torch.dtype:
    """bfloat16 where the device convolves faster in it than in float32; float32 elsewhere.

    On CUDA that is known: tensor cores since Ampere. A CPU that oneDNN takes bfloat16 on is asked by a short
    trial: with AMX it is four times faster, with AVX-512 BF16 twice, without either slower.
    """
    if device.type == "cuda":
        with torch.cuda.device(device):
            fast = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device.type == "cpu" and onednn_takes(torch.bfloat16):
        fast = is_faster(_convolving(torch.bfloat16), _convolving(torch.float32))
    else:
        fast = False
    return torch.bfloat16 if fast else torch.float32


def has_amx() -> bool:
    """Whether the CPU has a matrix unit."""
    return torch.cpu._is_amx_tile_supported()


def onednn_takes(dtype: torch.dtype) -> bool:
    """It refuses bfloat16 on CPUs without instructions for it; torch's own convolutions only crawl there."""
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    return dtype == torch.float32 or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _convolving(dtype: torch.dtype) -> Callable[[], Tensor]:
    """A convolution of a size that is common in the encoder."""
    x = torch.ones(1, 128, 64, 64, dtype=dtype).contiguous(memory_format=torch.channels_last)
    weight = torch.ones(128, 128, 3, 3, dtype=dtype).contiguous(memory_format=torch.channels_last)
    return lambda: F.conv2d(x, weight, padding=1)


def is_faster(one: Callable[[], object], other: Callable[[], object]) -> bool:
    """Whether `one` takes less time than `other`, by the fastest of a few runs of each.

    They take turns, as other programs may slow down a part of the trial; it ends when the answer is plain.
    """
    fastest = [float("inf"), float("inf")]
    for turn in range(3):
        for index, run in enumerate((one, other)):
            start = time.perf_counter()
            run()
            fastest[index] = min(fastest[index], time.perf_counter() - start)
        if turn and max(fastest) > 4 * min(fastest):
            break
    return fastest[0] < fastest[1]


def is_gpu(device: torch.device) -> bool:
    """Whether it is not the CPU."""
    return device.type != "cpu"


def default_size(device: torch.device) -> int:
    """Pixels of a painting's long side that nobody has to wait long for there: a minute or two at most."""
    if is_gpu(device):
        return DEFAULT_SIZE_GPU
    fast = torch.get_num_threads() >= MANY_THREADS or best_precision(device) != torch.float32
    return DEFAULT_SIZE_CPU if fast else DEFAULT_SIZE_SLOW_CPU


_OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "bad_alloc",
    # oneDNN does not tell why, but its convolutions are made for nothing else than what they are asked here.
    "could not create a primitive",
    "could not create a memory",
    # Nor does cuDNN: where one way has no room for its workspace PyTorch takes the next, until none is left.
    "unable to find an engine",
    "unable to find a valid cudnn algorithm",
    "_status_alloc_failed",
)


def is_out_of_memory(error: BaseException) -> bool:
    """The CPU's allocator has no error class of its own; MPS and CUDA raise plain RuntimeErrors."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in text for words in _OUT_OF_MEMORY)
