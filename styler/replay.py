"""A step that is taken again and again: recorded and replayed on CUDA, and at a pace that heeds a stop."""

import logging
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor

from styler.device import is_gpu, is_out_of_memory

Repeat = Callable[[Callable[[], Tensor]], Tensor]
"""Takes a step, and returns what it returned."""


def records(device: torch.device) -> bool:
    """Whether steps can be recorded there, to be replayed without the host's part in them."""
    return device.type == "cuda" and not _Replayed.given_up


def repeater(device: torch.device) -> Repeat:
    """Calls a step again and again, more cheaply where it can: on CUDA it is recorded once and replayed.

    The step: always the same; works in place on tensors that stay where they are, and never waits for the
    device. What it returns is overwritten by the next call. Where it cannot be recorded it is simply called.
    It is held by nobody, so whoever keeps the repeater may call it with a method of their own.
    """
    return _Replayed(device) if records(device) else _call


def _call(step: Callable[[], Tensor]) -> Tensor:
    return step()


_recording = threading.Lock()  # CUDA records one at a time in a process
_idle: defaultdict[torch.device, list[torch.cuda.Stream]] = defaultdict(list)
"""Streams of recordings that are gone. Of living ones each needs its own, and PyTorch has only some dozens:
cuBLAS keeps its scratch memory by stream, and that goes with the first recording that goes."""


class _Replayed:
    """Calls the step until the libraries have chosen their kernels and workspaces, then records it."""

    WARM_UP = 3
    given_up: ClassVar[bool] = False  # in this process: each recording that fails leaves something behind

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._calls = 0
        self._stream: torch.cuda.Stream | None = None
        self._graph: torch.cuda.CUDAGraph | None = None
        self._result: Tensor | None = None

    def __call__(self, step: Callable[[], Tensor]) -> Tensor:
        self._calls += 1
        if self._calls == self.WARM_UP + 1 and not _Replayed.given_up:
            self._record(step)
        if self._graph is None or self._result is None:
            return step()
        self._graph.replay()
        return self._result

    def __del__(self) -> None:
        self._graph = None  # first: what it kept by its stream goes with it
        if self._stream is not None and not sys.is_finalizing():
            _idle[self._device].append(self._stream)

    def _record(self, step: Callable[[], Tensor]) -> None:
        """Raises what `is_out_of_memory` knows."""
        graph = torch.cuda.CUDAGraph()
        idle = _idle[self._device]
        # A stream of this GPU's: the one that would be taken is of whichever recorded first.
        self._stream = idle.pop() if idle else torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        try:
            with (
                _recording,
                torch.cuda.device(self._device),  # or another GPU would be waited for
                # A recording that fails would leave its own stream behind.
                torch.cuda.stream(torch.cuda.current_stream(self._device)),
                # What other threads ask of their GPUs meanwhile is no business of this recording.
                torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"),
            ):
                self._result = step()
        except RuntimeError as error:
            self._result = None  # which lies in the recording's memory
            torch.cuda.synchronize(self._device)
            if is_out_of_memory(error):
                raise  # what others have recorded may go for it: see `styler.painting.memory`
            # To end a broken recording may fail too, and says no more than that it is broken.
            if error.__context__ is not None and is_out_of_memory(error.__context__):
                raise error.__context__ from None
            # An operation that cannot be recorded: slower, and just as right.
            _Replayed.given_up = True
            logging.getLogger(__name__).warning("steps are not recorded as CUDA graphs any more: %s", error)
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
        event = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]  # or a core spins
        event.record(torch.cuda.current_stream(self._device))
        return event
