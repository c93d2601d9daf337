"""Waits for an engine, has one job painted at a time, and shows its owner how the painting grows."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future

from bot.background import Background
from bot.delivery import Delivery, Gone
from bot.jobs import Job
from bot.painting.courses import BRIEF_SECONDS
from bot.painting.estimates import Estimates
from bot.painting.orders import Orders
from bot.painting.painter import AGAIN_SECONDS, EngineAway, EngineInfo, Glimpse, OnGlimpse, Painter, Painting
from bot.queue.open_jobs import OpenJobs, Run
from bot.queue.watchdog import EngineLost, Watchdog

log = logging.getLogger(__name__)

SLOW_SECONDS = 30.0  # after which it is said that the engine has not answered yet
SILENT_SECONDS = 600.0  # after which it will not: to load it takes a minute or two at most


class Easel:
    """Where the painting stands that is under way."""

    def __init__(
        self,
        jobs: OpenJobs,
        painter: Painter,
        delivery: Delivery,
        orders: Orders,
        estimates: Estimates,
        watchdog: Watchdog,
        background: Background,
        leave: Callable[[int], Awaitable[None]],
    ) -> None:
        """leave: ends what waits in a chat in which nobody hears us."""
        self._jobs = jobs
        self._painter = painter
        self._delivery = delivery
        self._orders = orders
        self._estimates = estimates
        self._watchdog = watchdog
        self._background = background
        self._leave = leave

    async def paint(self, job: Job, run: Run) -> Painting:
        """Until it is over, or was stopped. Raises `CannotPaint`, `TookTooLong`, and what painting raises."""
        loop, news = asyncio.get_running_loop(), asyncio.Event()
        run.course = await self._estimates.course_of(job)

        def on_glimpse(glimpse: Glimpse) -> None:  # in the painting thread
            run.glimpse = run.course.honest(glimpse)
            with contextlib.suppress(RuntimeError):  # the bot has ended; the painting is about to
                loop.call_soon_threadsafe(news.set)

        begin = await self._ordered(job, run, on_glimpse)
        # Beside the painting, so that a slow Telegram keeps no device waiting.
        self._background.start(self._show_progress(job, run, news))
        try:
            return await self._watchdog.paint(begin, run)
        finally:
            run.over = True
            news.set()

    async def _ordered(self, job: Job, run: Run, on_glimpse: OnGlimpse) -> Callable[[], Future[Painting]]:
        """What begins to paint it. Raises `CannotPaint`."""
        if not job.sheet:
            order = await asyncio.to_thread(self._orders.order, job)
            return lambda: self._painter.paint(order, on_glimpse, run.stop.is_set)
        sheet = await asyncio.to_thread(self._orders.sheet, job)

        def should_stop() -> bool:
            return run.stop.is_set() or run.yields.is_set()

        return lambda: self._painter.paint_sheet(sheet, on_glimpse, should_stop)

    async def _show_progress(self, job: Job, run: Run, news: asyncio.Event) -> None:
        try:
            if run.course.is_brief and self._delivery.is_known(job):
                await _over(run, news, BRIEF_SECONDS)
            if not run.over:
                async with self._delivery.lock(job):
                    await self._delivery.starting(job)
            while not run.over:
                if run.glimpse is not None and not run.stop.is_set():
                    now = self._jobs.get(job.id) or job  # they may speak another language by now
                    await self._delivery.progress(now, run.glimpse)
                await news.wait()
                news.clear()
        except Gone:
            run.gone = True
            run.stop.set()
            await self._leave(job.chat_id)


async def _over(run: Run, news: asyncio.Event, seconds: float) -> None:
    """Wait until the painting is over, so many seconds at most; there may be news then."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not run.over:
                await news.wait()
                news.clear()
    news.set()


async def engine_of(painter: Painter, device: str) -> EngineInfo:
    """What there is to paint with, as soon as it is there.

    Raises `DeviceError` where waiting is vain, and `EngineLost` where it gives no answer at all.
    """
    is_away = False
    while True:
        try:
            engine = await _answer_of(painter, device)
        except EngineAway as away:
            if not is_away:
                log.warning("Nothing can be painted: %s. Trying again every %g s.", away, AGAIN_SECONDS)
            is_away = True
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            if is_away:
                log.info("The engine is there: %s.", engine.device)
            return engine


async def _answer_of(painter: Painter, device: str) -> EngineInfo:
    answer = asyncio.wrap_future(painter.warm_up(device))
    if not (await asyncio.wait({answer}, timeout=SLOW_SECONDS))[0]:
        log.warning("The engine has not answered for %g s: nothing can be painted yet.", SLOW_SECONDS)
        if not (await asyncio.wait({answer}, timeout=SILENT_SECONDS - SLOW_SECONDS))[0]:
            raise EngineLost(f"the engine has not answered for {SILENT_SECONDS:g} s")
        log.info("The engine has answered.")
    return answer.result()
