"""Which device paints, and in which precision."""

import logging
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from styler.errors import DeviceError
from styler.options import DEFAULT_SIZE_CPU, DEFAULT_SIZE_GPU, DEFAULT_SIZE_SLOW_CPU

MANY_THREADS = 4  # which make a CPU fast even without a matrix unit


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


@lru_cache
def best_precision(device: torch.device) -> torch.dtype:
    """bfloat16 where the device convolves faster in it than in float32; float32 elsewhere.

    On CUDA that is known: tensor cores since Ampere. A CPU that oneDNN takes bfloat16 on is asked by a short
    trial: with AMX it is four times faster, with AVX-512 BF16 perhaps, without either slower.
    """
    if device.type == "cuda":
        with torch.cuda.device(device):
            fast = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device.type == "cpu" and onednn_takes(torch.bfloat16):
        patience = _trial_seconds(torch.float32)
        fast = _trial_seconds(torch.bfloat16, patience) < patience
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


def _trial_seconds(dtype: torch.dtype, patience: float = float("inf")) -> float:
    """Of a convolution of a size that is common in the encoder; see `least_seconds`."""
    x = torch.ones(1, 128, 64, 64, dtype=dtype).contiguous(memory_format=torch.channels_last)
    weight = torch.ones(128, 128, 3, 3, dtype=dtype).contiguous(memory_format=torch.channels_last)
    return least_seconds(lambda: F.conv2d(x, weight, padding=1), patience)


def least_seconds(run: Callable[[], object], patience: float = float("inf")) -> float:
    """The fastest of a few runs. Gives up after the second where both took several times the `patience`."""
    seconds: list[float] = []
    for _ in range(5):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
        if len(seconds) > 1 and min(seconds) > 4 * patience:
            break
    return min(seconds)


def is_gpu(device: torch.device) -> bool:
    """Whether it is not the CPU."""
    return device.type != "cpu"


def default_size(device: torch.device) -> int:
    """Pixels of a painting's long side that nobody has to wait long for there: a minute or two at most."""
    if is_gpu(device):
        return DEFAULT_SIZE_GPU
    fast = has_amx() or torch.get_num_threads() >= MANY_THREADS
    return DEFAULT_SIZE_CPU if fast else DEFAULT_SIZE_SLOW_CPU


def records(device: torch.device) -> bool:
    """Whether steps can be recorded there, to be replayed without the host's part in them."""
    return device.type == "cuda"


def repeater(device: torch.device) -> "Repeat":
    """Calls a step again and again, more cheaply where it can: on CUDA it is recorded once and replayed.

    The step: always the same; works in place on tensors that stay where they are, and never waits for the
    device. What it returns is overwritten by the next call. Where it cannot be recorded it is simply called.
    It is held by nobody, so whoever keeps the repeater may call it with a method of their own.
    """
    return _Replayed(device) if records(device) else _call


Repeat = Callable[[Callable[[], Tensor]], Tensor]
"""Takes a step, and returns what it returned."""


def _call(step: Callable[[], Tensor]) -> Tensor:
    return step()


class _Replayed:
    """Calls the step until the libraries have chosen their kernels and workspaces, then records it."""

    WARM_UP = 3

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._calls = 0
        self._graph: torch.cuda.CUDAGraph | None = None
        self._result: Tensor | None = None

    def __call__(self, step: Callable[[], Tensor]) -> Tensor:
        self._calls += 1
        if self._calls == self.WARM_UP + 1:
            self._record(step)
        if self._graph is None or self._result is None:
            return step()
        self._graph.replay()
        return self._result

    def _record(self, step: Callable[[], Tensor]) -> None:
        """Raises torch.OutOfMemoryError."""
        graph = torch.cuda.CUDAGraph()
        try:
            # A stream of this GPU's: the one that would be taken is of whichever recorded first.
            stream = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
            with torch.cuda.graph(graph, stream=stream):
                self._result = step()
        except RuntimeError as error:
            torch.cuda.synchronize(self._device)
            if isinstance(error, torch.OutOfMemoryError):
                raise  # what others have recorded may go for it: see `styler.painting.memory`
            # An operation that cannot be recorded: slower, and just as right.
            logging.getLogger(__name__).warning("steps are not recorded as a CUDA graph: %s", error)
            return
        self._graph = graph


class Pace:
    """Keeps the host from running far ahead of a GPU, so that a stop is heeded within a few steps."""

    AHEAD = 3  # steps

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._marks: deque[torch.cuda.Event | torch.mps.Event] = deque()

    def keep(self) -> None:
        """Call it after each step."""
        if not is_gpu(self._device):
            return
        self._marks.append(self._mark())
        if len(self._marks) > self.AHEAD:
            self._marks.popleft().synchronize()

    def _mark(self) -> "torch.cuda.Event | torch.mps.Event":
        """Where the device's work now ends."""
        if self._device.type == "mps":
            mark = torch.mps.Event()
            mark.record()
            return mark
        event = torch.cuda.Event()  # type: ignore[no-untyped-call]
        event.record(torch.cuda.current_stream(self._device))
        return event
