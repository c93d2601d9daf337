"""Has paintings painted by the workers of a Dask scheduler: on the machine with the GPU, say.

A worker has this package installed; what it runs is `bot.dask.worker`. Pictures travel with the
orders, so the machines need share no disk. Dask's protocol runs whatever it is sent: scheduler and workers
belong into a network of their own, or behind TLS.
"""

import asyncio
import contextlib
import logging
import threading
import time
import uuid
from concurrent.futures import CancelledError, Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bot.dask.parcels import OrderParcel, PaintingParcel, deliver, pack
from bot.executor import StyleExecutor, paint_sheet
from bot.painting.checkpoints import if_it_can_be_written
from bot.painting.painter import (
    AGAIN_SECONDS,
    EngineAway,
    EngineInfo,
    Glimpse,
    OnGlimpse,
    Painting,
    PaintOrder,
    SheetOrder,
    ShouldStop,
)
from styler import DeviceError
from styler.outputs import write_whole

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as DaskFuture

log = logging.getLogger(__name__)

T = TypeVar("T")

KNOCK_SECONDS = 2.0  # within which a connection is made
CONNECT_SECONDS = 10.0  # within which a scheduler answers, and has a worker
ANSWER_SECONDS = 300.0  # within which a worker tells what it has, while it loads torch for that
LOOK_SECONDS = 0.2  # between two looks at what is new

LOST = (OSError, CancelledError)  # what Dask raises when a scheduler is gone, or has forgotten us


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
        """Raises `EngineAway` when there is no scheduler, or it has no worker: this tries it once."""
        return self.submit(self._look, device)

    def replace(self) -> None:
        self._client = None  # the stuck thread has it
        super().replace()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._over.set()
        super().shutdown(wait, cancel_futures=cancel_futures)
        self._leave()

    def _look(self, device: str) -> EngineInfo:
        try:
            outcome = self._looked(device)
        except LOST as error:
            self._leave()
            message = f"there is no Dask scheduler at {self._address}, or it has no worker ({_cause(error)})"
            raise EngineAway(message) from error
        except (ImportError, TypeError, ValueError) as error:  # other versions there, no certificates here
            raise DeviceError(f"the Dask scheduler at {self._address} cannot be used: {error}") from error
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def _looked(self, device: str) -> EngineInfo | BaseException:
        """What a worker finds, or its error: see `_outcome`. Raises `LOST`, and what `Client` raises."""
        from bot.dask.worker import look

        client = self._connected()
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        looking, began = client.submit(look, device, pure=False), time.monotonic()
        while not looking.done():
            if time.monotonic() - began > ANSWER_SECONDS:
                raise TimeoutError(f"its worker has not answered for {ANSWER_SECONDS:g} s")
            _wait(client, looking)
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)  # it may end meanwhile
        return _outcome(looking)

    def _paint(self, order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> Painting:
        """Until it is painted or stopped, whatever becomes of the scheduler. Raises `StylerError`."""
        is_lost = False
        while True:
            parcel = pack(order)  # with the checkpoint that came last
            try:
                watch = _Watch(self._connected(), parcel, order.checkpoint)
                if is_lost:
                    log.info("The Dask scheduler at %s is back.", self._address)
                is_lost = False
                with contextlib.closing(watch):
                    outcome = watch.until_over(on_glimpse, should_stop)
            except LOST as error:
                if not is_lost:
                    log.warning("The Dask scheduler at %s is lost: %s", self._address, _cause(error))
                is_lost = True
                self._leave()
                if not should_stop() and not self._over.wait(AGAIN_SECONDS):
                    continue
                outcome = None
            if outcome is None:
                order.output.unlink(missing_ok=True)  # an earlier attempt's: there is nothing of this one
                return Painting(order.output, 0, 0, 0.0, stopped=True)
            if isinstance(outcome, BaseException):
                raise outcome
            return deliver(outcome, order)

    def _connected(self) -> "Client":
        """Raises OSError."""
        from distributed import Client  # here, because it is an extra: `pip install 'stylebot[dask]'`

        if self._client is None or self._client.status != "running":
            self._leave()
            asyncio.run(_knock(self._address))
            self._client = Client(self._address, timeout=CONNECT_SECONDS, set_as_default=False)
        return self._client

    def _leave(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(*LOST):
                client.close(timeout=1)


async def _knock(address: str) -> None:
    """Raises OSError where no scheduler answers.

    A `Client` would then leave its thread behind, at every attempt, or wait for ever.
    """
    from distributed import Security
    from distributed.comm.core import connect

    async with asyncio.timeout(CONNECT_SECONDS):
        comm = await connect(address, KNOCK_SECONDS, **Security().get_connection_args("client"))
    await comm.close()


def _wait(client: "Client", future: "DaskFuture[Any]") -> None:
    """Until it is done, or it is time for another look. Raises `LOST`."""
    from distributed import wait

    with contextlib.suppress(TimeoutError), client.as_current():
        wait(future, timeout=LOOK_SECONDS)


def _outcome(future: "DaskFuture[T]") -> T | BaseException:
    """What came of it, when it is done. Raises `LOST`.

    An error is returned, not raised, as it might look like a lost scheduler.
    """
    if future.status == "error":
        error: BaseException = future.exception()
        return error
    result: T = future.result()
    return result


def _cause(error: BaseException) -> str:
    return str(error) or type(error).__name__  # a `TimeoutError` has no words


class _Watch:
    """One painting at a worker, seen from here. All raises `LOST`."""

    def __init__(self, client: "Client", parcel: OrderParcel, checkpoint: Path | None) -> None:
        from distributed import Event, Queue

        from bot.dask.worker import MOST_NEWS, paint_parcel

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
        """The painting, or its error: see `_outcome`; None where it was stopped before it was begun."""
        asked = False
        while not self._painting.done():
            self._hear(on_glimpse)
            if should_stop() and not asked:
                if not self._begun:
                    return None
                self._stop.set()
                asked = True
            _wait(self._client, self._painting)
        self._hear(on_glimpse)
        return _outcome(self._painting)

    def close(self) -> None:
        """Forget it, painted or not: a worker that is still at it then ends."""
        if self._painting.done():
            self._stop.clear()  # which the scheduler would remember
        else:
            self._stop.set()
            self._painting.cancel()
        self._news.close()

    def _hear(self, on_glimpse: OnGlimpse) -> None:
        for kind, *news in self._news.get(batch=True):
            self._begun = True
            if kind == "glimpse":
                on_glimpse(Glimpse(*news))
            elif kind == "checkpoint" and self._checkpoint is not None:
                with if_it_can_be_written(self._checkpoint):
                    write_whole(self._checkpoint, *news)
