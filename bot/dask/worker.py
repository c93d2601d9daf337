"""What a Dask worker runs: unpacks an order, paints it there, and sends news of it to whoever ordered it."""

import contextlib
import os
import tempfile
import time
from pathlib import Path

from distributed import Event, Queue, get_worker

from bot.dask.parcels import OrderParcel, PaintingParcel, unpack
from bot.executor import look_at_engine, paint
from bot.painting.painter import EngineInfo, Glimpse
from styler.allocator import keep_memory

ASK_SECONDS = 0.25  # between two questions whether to stop: each goes to the scheduler and back
MOST_NEWS = 16  # that may lie there unread; nobody who is alive leaves so many
PUT_SECONDS = 5.0  # after which it is given up to tell news to somebody who hears none
CHECKPOINT_BYTES = 2**25  # of larger ones, sending would take longer than the painting that they may save


def paint_parcel(parcel: OrderParcel, name: str) -> PaintingParcel:
    """Paints the order. Raises `StylerError`.

    name: of the queue for news, ("glimpse", fraction, remaining, picture) or ("checkpoint", content), and of
    the event that asks to stop.
    """
    _take_all_cores()
    keep_memory()
    with tempfile.TemporaryDirectory() as folder:
        order = unpack(parcel, Path(folder))
        assert order.checkpoint is not None
        post = _Post(name, order.checkpoint)
        painting = paint(order, post.send, _Bell(name))
        checkpoint = order.checkpoint.read_bytes() if order.checkpoint.is_file() else None
        return PaintingParcel(painting, order.output.read_bytes(), checkpoint)


def look(device: str) -> EngineInfo:
    """What there is at the worker. Raises `DeviceError`."""
    _take_all_cores()
    return look_at_engine(device)


def _take_all_cores() -> None:
    """Dask lets the libraries under it have one core each; one painting at a time can use more."""
    import torch  # here, as the bot imports this module too

    torch.set_num_threads(max(1, (os.cpu_count() or 1) // get_worker().state.nthreads))


class _Post:
    """Sends glimpses, and the checkpoint whenever it has become another one."""

    def __init__(self, name: str, checkpoint: Path) -> None:
        self._queue = Queue(name, maxsize=MOST_NEWS)
        self._checkpoint = checkpoint
        self._sent = self._written()
        self._put("begun")

    def send(self, glimpse: Glimpse) -> None:
        self._put("glimpse", glimpse.fraction, glimpse.remaining, glimpse.picture)
        written = self._written()
        if written != self._sent:
            self._sent = written
            content = self._checkpoint.read_bytes()
            if len(content) <= CHECKPOINT_BYTES:
                self._put("checkpoint", content)

    def _put(self, *news: object) -> None:
        with contextlib.suppress(TimeoutError):
            self._queue.put(news, timeout=PUT_SECONDS)

    def _written(self) -> int:
        return self._checkpoint.stat().st_mtime_ns if self._checkpoint.is_file() else 0


class _Bell:
    """Whether to stop: because the event says so, or because nobody waits for the painting any more."""

    def __init__(self, name: str) -> None:
        self._event = Event(name)
        self._worker = get_worker()
        self._task = self._worker.get_current_task()
        self._next = 0.0
        self._rung = False

    def __call__(self) -> bool:
        now = time.monotonic()
        if not self._rung and now >= self._next:
            self._next = now + ASK_SECONDS
            self._rung = self._is_forgotten() or self._event.is_set()
        return self._rung

    def _is_forgotten(self) -> bool:
        task = self._worker.state.tasks.get(self._task)
        return task is None or task.state == "cancelled"
