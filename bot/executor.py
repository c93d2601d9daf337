"""The one place where painting happens: a thread that calls `styler.stylize`, one order at a time."""

import contextlib
import contextvars
import io
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from bot.painting.painter import (
    AS_PAINTED,
    EngineInfo,
    Glimpse,
    OnGlimpse,
    Painting,
    PaintOrder,
    SheetOrder,
    ShouldStop,
)
from bot.painting.sheets import compose, painted
from styler.blend import blend
from styler.images import encode_picture, open_picture, save_picture

if TYPE_CHECKING:
    from PIL import Image

    from styler import Checkpoint, Progress

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
PaintNow = Callable[[PaintOrder, OnGlimpse, ShouldStop], Painting]

GLIMPSE_SECONDS = 0.5  # between two looks at a running painting
FIRST_PICTURE_STEP = 8  # before that it is still the photo
FIRST_PICTURE_SECONDS = 1.0  # and somebody who gets the painting in a moment needs no rough one
PICTURE_SECONDS = 8.0  # between two rough pictures
CHECKPOINT_SECONDS = 10.0  # between two: about as much work as a crash may cost
ROUGH_SIDE = 640  # pixels: quick to encode and to upload
SHEET_SIDE = 1280  # pixels: Telegram shows no more of a photo


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

    look, keep = _Looker(order, on_glimpse), _Keeper(order.checkpoint)

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
    looker = _SheetLooker(order, on_glimpse)
    size, stopped = (0, 0), False
    for cell in order.cells:
        if cell.output.is_file():
            continue
        stopped = should_stop()
        if not stopped:
            painting = paint_cell(cell, looker.within_cell, should_stop)
            size, stopped = (painting.width, painting.height), painting.stopped
            if stopped:
                cell.output.unlink(missing_ok=True)  # half a cell says nothing about its style
        if stopped:
            break
        looker.after_cell()
    save_picture(compose(order), order.output)
    fresh = len(painted(order.cells)) - painted_before
    seconds = (time.monotonic() - started) / fresh if fresh else 0.0  # which tells no speed
    return Painting(order.output, *size, seconds, stopped)


class _Keeper:
    """Keeps a painting's checkpoint up to date, so that neither a stop nor a crash costs all of it."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._next = time.monotonic() + CHECKPOINT_SECONDS

    def found(self) -> "Checkpoint | None":
        """What an interrupted attempt left."""
        from styler import load_checkpoint

        checkpoint = load_checkpoint(self._path) if self._path is not None else None
        if checkpoint is not None:
            log.info("Painting goes on after %.1f s of it.", checkpoint.elapsed)
        return checkpoint

    def now_and_then(self, progress: "Progress") -> None:
        """Save it when it is time to."""
        if self._path is not None and time.monotonic() >= self._next:
            self.save(progress.checkpoint())
            self._next = time.monotonic() + CHECKPOINT_SECONDS

    def save(self, checkpoint: "Checkpoint") -> None:
        """If that can be done."""
        if self._path is not None:
            with if_it_can_be_written(self._path):
                checkpoint.save(self._path)

    def discard(self) -> None:
        """The painting is finished."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


@contextlib.contextmanager
def if_it_can_be_written(checkpoint: Path) -> Iterator[None]:
    """A full disk is no reason to stop painting."""
    try:
        yield
    except OSError as error:
        log.warning("%s cannot be written: %s", checkpoint, error.strerror)


class _Looker:
    """Turns the progress of every step into a glimpse now and then."""

    def __init__(self, order: PaintOrder, on_glimpse: OnGlimpse) -> None:
        self._order = order
        self._on_glimpse = on_glimpse
        self._start = time.monotonic()
        self._next_glimpse = self._start
        self._next_picture = self._start + FIRST_PICTURE_SECONDS

    def __call__(self, progress: "Progress") -> None:
        now = time.monotonic()
        if now < self._next_glimpse:
            return
        self._next_glimpse = now + GLIMPSE_SECONDS
        picture = None
        if now >= self._next_picture and progress.step >= FIRST_PICTURE_STEP:
            self._next_picture = now + PICTURE_SECONDS
            picture = _rough_jpeg(self._order, progress.picture())
        self._on_glimpse(Glimpse(progress.fraction, progress.remaining, picture))


class _SheetLooker:
    """Turns the glimpses of the cells into those of the sheet."""

    def __init__(self, order: SheetOrder, on_glimpse: OnGlimpse) -> None:
        self._order = order
        self._on_glimpse = on_glimpse
        self._started = time.monotonic()
        self._before = len(painted(order.cells))
        self._next_picture = self._started

    def within_cell(self, glimpse: Glimpse) -> None:
        """In the midst of a cell."""
        self._tell(len(painted(self._order.cells)) + glimpse.fraction, None)

    def after_cell(self) -> None:
        """One more is painted: now and then, show the sheet."""
        now, picture = time.monotonic(), None
        if now >= self._next_picture:
            self._next_picture = now + PICTURE_SECONDS
            sheet = compose(self._order)
            sheet.thumbnail((SHEET_SIDE, SHEET_SIDE))
            picture = encode_picture(sheet, "JPEG")
        self._tell(len(painted(self._order.cells)), picture)

    def _tell(self, done: float, picture: bytes | None) -> None:
        cells = len(self._order.cells)
        elapsed = time.monotonic() - self._started
        remaining = elapsed / max(0.1, done - self._before) * (cells - done)
        self._on_glimpse(Glimpse(min(1.0, done / cells), remaining, picture))


def _rough_jpeg(order: PaintOrder, picture: "Image.Image") -> bytes:
    picture.thumbnail((ROUGH_SIDE, ROUGH_SIDE))
    if order.shown != AS_PAINTED:
        photo = open_picture(order.content, max(picture.size))
        picture = blend(picture, photo, order.shown.strength, keep_colors=order.shown.keep_colors)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=85)
    return file.getvalue()


def look_at_engine(name: str) -> EngineInfo:
    """What there is here and now. Raises `DeviceError`."""
    import torch

    from styler.device import default_size, resolve_device

    device = resolve_device(name)
    torch.ones(1, device=device).add_(1).item()  # that a device is listed does not mean that it works
    return EngineInfo(str(device), default_size(device))
