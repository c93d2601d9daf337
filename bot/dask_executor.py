"""Has paintings painted by the workers of a Dask scheduler: on the machine with the GPU, say.

A worker has this package installed; what it runs is `bot.far_painter`. Pictures travel with the orders, so
the machines need share no disk. Dask's protocol runs whatever it is sent: scheduler and workers belong into a
network of their own, or behind TLS.
"""

import contextlib
import logging
import threading
import uuid
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import TYPE_CHECKING

from bot.executor import StyleExecutor, if_it_can_be_written, paint_sheet
from bot.painter import EngineInfo, Glimpse, OnGlimpse, Painting, PaintOrder, SheetOrder, ShouldStop
from bot.parcels import OrderParcel, PaintingParcel, deliver, pack
from bot.settings import THREAD
from styler import DeviceError
from styler.images import write_whole

if TYPE_CHECKING:
    from distributed import Client

log = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0  # within which a scheduler answers, and has a worker
LOOK_SECONDS = 0.2  # between two looks at what is new
AGAIN_SECONDS = 2.0  # between two attempts to reach a scheduler that was lost

LOST = (OSError, CancelledError)  # what Dask raises when a scheduler is gone, or has forgotten us


def executor_of(setting: str) -> StyleExecutor:
    """What STYLER_EXECUTOR asks for: "thread", or the address of a Dask scheduler."""
    return StyleExecutor() if setting == THREAD else DaskExecutor(setting)


class DaskExecutor(StyleExecutor):
    """Its thread watches one painting at a time; where the scheduler is lost meanwhile it waits for it."""

    def __init__(self, address: str) -> None:
        """address: the scheduler's, such as "tcp://10.0.0.2:8786"."""
        super().__init__()
        self._address = address
        self._client: Client | None = None
        self._over = threading.Event()

    def paint(self, order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> Future[Painting]:
        return self.submit(self._paint, order, on_glimpse, should_stop)

    def paint_sheet(
        self, order: SheetOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop
    ) -> Future[Painting]:
        return self.submit(paint_sheet, order, on_glimpse, should_stop, self._paint)

    def warm_up(self, device: str) -> Future[EngineInfo]:
        """Raises `DeviceError`, too, when there is no scheduler, or it has no worker."""
        return self.submit(self._look, device)

    def replace(self) -> None:
        self._client = None  # the stuck thread has it
        super().replace()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._over.set()
        super().shutdown(wait, cancel_futures=cancel_futures)
        self._leave()

    def _look(self, device: str) -> EngineInfo:
        from bot.far_painter import look

        try:
            client = self._connected()
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
            engine: EngineInfo = client.submit(look, device, pure=False).result()
        except LOST as error:
            self._leave()
            message = f"there is no Dask scheduler at {self._address}, or it has no worker"
            raise DeviceError(message) from error
        return engine

    def _paint(self, order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> Painting:
        """Until it is painted or stopped, whatever becomes of the scheduler. Raises `StylerError`."""
        while True:
            parcel = pack(order)  # with the checkpoint that came last
            try:
                watch = _Watch(self._connected(), parcel, order.checkpoint)
                with contextlib.closing(watch):
                    outcome = watch.until_over(on_glimpse, should_stop)
            except LOST as error:
                log.warning("The Dask scheduler at %s is lost: %s", self._address, error)
                self._leave()
                if not should_stop() and not self._over.wait(AGAIN_SECONDS):
                    continue
                outcome = None
            if outcome is None:
                return Painting(order.output, 0, 0, 0.0, stopped=True)
            if isinstance(outcome, BaseException):
                raise outcome
            return deliver(outcome, order)

    def _connected(self) -> "Client":
        """Raises OSError."""
        from distributed import Client  # here, because it is an extra: `pip install 'stylebot[dask]'`

        if self._client is None or self._client.status != "running":
            self._leave()
            self._client = Client(self._address, timeout=CONNECT_SECONDS, set_as_default=False)
        return self._client

    def _leave(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(*LOST):
                client.close(timeout=1)


class _Watch:
    """One painting at a worker, seen from here. All raises `LOST`."""

    def __init__(self, client: "Client", parcel: OrderParcel, checkpoint: Path | None) -> None:
        from distributed import Event, Queue

        from bot.far_painter import MOST_NEWS, paint_parcel

        name = f"stylebot-{uuid.uuid4().hex}"
        self._client = client
        self._news = Queue(name, client=client, maxsize=MOST_NEWS)
        self._stop = Event(name, client=client)
        self._painting = client.submit(paint_parcel, parcel, name, key=name, pure=False)
        self._checkpoint = checkpoint
        self._begun = False

    def until_over(
        self, on_glimpse: OnGlimpse, should_stop: ShouldStop
    ) -> PaintingParcel | BaseException | None:
        """The painting, or why there is none; None where it was stopped before it was begun.

        An error is returned, not raised, as it might look like a lost scheduler.
        """
        asked = False
        while not self._painting.done():
            self._hear(on_glimpse)
            if should_stop() and not asked:
                if not self._begun:
                    return None
                self._stop.set()
                asked = True
            self._wait()
        self._hear(on_glimpse)
        if self._painting.status == "error":
            error: BaseException = self._painting.exception()
            return error
        painting: PaintingParcel = self._painting.result()
        return painting

    def close(self) -> None:
        """Forget it, painted or not: a worker that is still at it then ends."""
        if self._painting.done():
            self._stop.clear()  # which the scheduler would remember
        else:
            self._stop.set()
            self._painting.cancel()
        self._news.close()

    def _wait(self) -> None:
        from distributed import wait

        with contextlib.suppress(TimeoutError), self._client.as_current():
            wait(self._painting, timeout=LOOK_SECONDS)

    def _hear(self, on_glimpse: OnGlimpse) -> None:
        for kind, *news in self._news.get(batch=True):
            self._begun = True
            if kind == "glimpse":
                on_glimpse(Glimpse(*news))
            elif kind == "checkpoint" and self._checkpoint is not None:
                with if_it_can_be_written(self._checkpoint):
                    write_whole(self._checkpoint, *news)
