"""The one place where painting happens: a thread that calls `styler.stylize`, one order at a time."""

import contextvars
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from bot.painting.checkpoints import Keeper
from bot.painting.glimpses import Looker, SheetLooker
from bot.painting.painter import EngineInfo, OnGlimpse, Painting, PaintOrder, SheetOrder, ShouldStop
from bot.painting.sheets import compose, painted
from styler.outputs import save_picture

if TYPE_CHECKING:
    from styler import Progress

P = ParamSpec("P")
T = TypeVar("T")
PaintNow = Callable[[PaintOrder, OnGlimpse, ShouldStop], Painting]


class StyleExecutor(Executor):
    """A `concurrent.futures.Executor` with one painting thread, as there is one device to paint on."""

    def __init__(self) -> None:
        self._threads = _one_thread()
        self._undone: set[Future[Any]] = set()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        # In the caller's context, so that what the engine logs names the job.
        future = self._threads.submit(contextvars.copy_context().run, partial(fn, *args, **kwargs))
        self._undone.add(future)
        future.add_done_callback(self._undone.discard)
        return future

    def is_idle(self, timeout: float) -> bool:
        """Whether nothing is being done, now or after `timeout` seconds at most."""
        return not wait(set(self._undone), timeout).not_done

    def paint(self, order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> Future[Painting]:
        """Begin to paint; the future raises `StylerError` when it cannot be done."""
        return self.submit(paint, order, on_glimpse, should_stop)

    def paint_sheet(
        self, order: SheetOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop
    ) -> Future[Painting]:
        """Begin, or go on where it was stopped."""
        return self.submit(paint_sheet, order, on_glimpse, should_stop)

    def warm_up(self, device: str) -> Future[EngineInfo]:
        """Load torch now rather than when the first person waits for it. Raises `DeviceError`."""
        return self.submit(look_at_engine, device)

    def replace(self) -> None:
        """Go on with a new thread. The old one, which may be stuck in native code, is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._threads = _one_thread()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._threads.shutdown(wait, cancel_futures=cancel_futures)


def _one_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="painter")


def paint(order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> Painting:
    """Paint here and now, in the calling thread. Raises `StylerError`."""
    from styler import stylize  # here, because torch takes seconds to load and the bot answers before that

    look, keep = Looker(order, on_glimpse), Keeper(order.checkpoint)

    def on_progress(progress: "Progress") -> None:
        look(progress)
        keep.now_and_then(progress)

    result = stylize(
        order.content,
        order.styles,
        order.options,
        on_progress=on_progress,
        should_stop=should_stop,
        resume=keep.found(),
    )
    if result.checkpoint is not None:
        keep.save(result.checkpoint)  # first: whoever stops the bot does not wait for ever
    result.save(order.output)
    if result.checkpoint is None:
        keep.discard()
    width, height = result.image.size
    return Painting(order.output, width, height, result.elapsed, result.stopped, result.reduced)


def paint_sheet(
    order: SheetOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop, paint_cell: PaintNow = paint
) -> Painting:
    """Paint here and now what is not painted yet; the cells stay. Raises `StylerError`."""
    started, painted_before = time.monotonic(), len(painted(order.cells))
    looker = SheetLooker(order, on_glimpse)
    size, stopped = (0, 0), False
    for cell in order.cells:
        if cell.output.is_file():
            continue
        stopped = should_stop()
        if not stopped:
            # Under another name: half a cell says nothing about its style, and must not count as painted, not
            # even where the bot is killed before it is deleted.
            half = cell.output.with_suffix(f".half{cell.output.suffix}")
            painting = paint_cell(replace(cell, output=half), looker.within_cell, should_stop)
            size, stopped = (painting.width, painting.height), painting.stopped
            if stopped:
                half.unlink(missing_ok=True)
            else:
                half.replace(cell.output)
        if stopped:
            break
        looker.after_cell()
    save_picture(compose(order), order.output)
    fresh = len(painted(order.cells)) - painted_before
    seconds = (time.monotonic() - started) / fresh if fresh else 0.0  # which tells no speed
    return Painting(order.output, *size, seconds, stopped)


def look_at_engine(name: str) -> EngineInfo:
    """What there is here and now. Raises `DeviceError`."""
    import torch

    from styler.device import default_size, is_gpu, resolve_device

    device = resolve_device(name)
    torch.ones(1, device=device).add_(1).item()  # that a device is listed does not mean that it works
    return EngineInfo(str(device), default_size(device), on_gpu=is_gpu(device))
