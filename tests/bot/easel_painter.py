"""A painter that a test holds by the hand, and waiting for what comes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from bot.jobs import Job, JobStatus
from bot.painting.painter import EngineInfo, OnGlimpse, Painting, PaintOrder, SheetOrder, ShouldStop
from bot.store import Store
from tests.bot.end_to_end.chat import picture
from tests.patience import PATIENCE


@dataclass
class Work:
    """A painting that ends when the test says so, or when it is asked to stop."""

    order: PaintOrder
    on_glimpse: OnGlimpse
    should_stop: ShouldStop
    future: "Future[Painting]" = field(default_factory=Future)

    @property
    def name(self) -> str:
        return self.order.output.stem

    def finish(self, *, stopped: bool = False) -> None:
        self.order.output.write_bytes(picture(128, 96))
        self.future.set_result(Painting(self.order.output, 128, 96, 2.0, stopped))

    async def until_asked_to_stop(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while not self.should_stop():  # noqa: ASYNC110
                await asyncio.sleep(0.01)


class EaselPainter:
    """A `Painter` that leaves each painting on the easel until it is told."""

    def __init__(self) -> None:
        self.works: list[Work] = []
        self.came = asyncio.Event()

    def warm_up(self, device: str) -> "Future[EngineInfo]":
        ready: Future[EngineInfo] = Future()
        ready.set_result(EngineInfo(device, 768, on_gpu=False))
        return ready

    def paint(self, order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> "Future[Painting]":
        self.works.append(Work(order, on_glimpse, should_stop))
        self.works[-1].future.set_running_or_notify_cancel()
        self.came.set()
        return self.works[-1].future

    def paint_sheet(
        self, order: SheetOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop
    ) -> "Future[Painting]":
        whole = replace(order.cells[0], output=order.output)
        return self.paint(whole, on_glimpse, should_stop)

    def replace(self) -> None:
        raise AssertionError("nothing is stuck here")

    async def work(self, number: int) -> Work:
        """The painting that is begun as the `number`th, from 1."""
        async with asyncio.timeout(PATIENCE):
            while len(self.works) < number:
                self.came.clear()
                await self.came.wait()
        return self.works[number - 1]


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 - the store rings no bell
            await asyncio.sleep(0.01)


async def status_of(store: Store, job: Job, wanted: JobStatus) -> Job:
    """Wait until the job has that status."""

    async def arrived() -> bool:
        return (await store.job(job.id)).status is wanted

    await until(arrived)
    return await store.job(job.id)
