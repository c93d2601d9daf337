"""Takes jobs out of the queue, has them painted one at a time, and hands the paintings to delivery.

While one painting is being delivered the next is being painted. Whatever goes wrong with a job, its place in
the queue is given back and its owner is told.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from enum import StrEnum
from typing import Unpack

from telegram.error import BadRequest, NetworkError, TelegramError

from bot.admission import Admission, Mode
from bot.background import Background
from bot.courses import BRIEF_SECONDS
from bot.delivery import Delivery, Gone, ResultLost
from bot.dialogue import State
from bot.estimates import Estimates
from bot.fair_queue import FairQueue, QueueClosed
from bot.jobs import IllegalTransition, Job, JobChanges, JobStatus
from bot.log_lines import about_job
from bot.outlook import JobView, Run, look
from bot.painter import Glimpse, OnGlimpse, Painter, Painting
from bot.painting import Orders, failure_reason, result_name
from bot.precedence import Precedence
from bot.store import Store, StoreError, UnknownJob
from bot.watchdog import Watchdog

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3  # a job that was being painted at three crashes is taken to have caused them
NEWS_SECONDS = 5.0  # between two rounds of telling the waiting how the queue moves
NEWS_AT_ONCE = 100  # told in a round: about as many as Telegram lets a bot say beside its answers
WRITE_SECONDS = 5.0  # between two attempts to write to a disk that is full


class Cancel(StrEnum):
    """What came of asking for a job to be ended."""

    STOPPED = "stopped"
    TOO_EARLY = "too-early"  # there is nothing to keep yet
    NOT_YOURS = "not-yours"
    OVER = "over"


class Worker:
    """The life of every job, from acceptance to its last message."""

    def __init__(
        self,
        *,
        store: Store,
        queue: FairQueue,
        painter: Painter,
        delivery: Delivery,
        orders: Orders,
        estimates: Estimates,
        background: Background,
        watchdog: Watchdog,
        admission: Admission,
        precedence: Precedence,
        device: str,
        result_exists: Callable[[str], bool],
    ) -> None:
        self._store = store
        self._queue = queue
        self._painter = painter
        self._delivery = delivery
        self._orders = orders
        self._estimates = estimates
        self._background = background
        self._watchdog = watchdog
        self._admission = admission
        self._precedence = precedence
        self._device = device
        self._result_exists = result_exists
        self._jobs: dict[str, Job] = {}  # the open ones
        self._run: Run | None = None
        self._moved = asyncio.Event()  # the queue did
        self._ended = asyncio.Event()  # a job did
        self._told: dict[str, tuple[int, int]] = {}  # the people and own jobs before each that waits

    # What handlers ask for

    async def enqueue(self, job: Job, state: State) -> bool:
        """Accept a job together with the dialogue's next state; False when it was accepted before.

        Raises `QueueRefusal`, and then nothing has changed.
        """
        await self._admission.recall(job.user_id)
        with self._admission.entry(job) as entry, self._queue.reserve(job.user_id) as place:
            if not await self._store.accept(job, state):
                return False
            place.put(job.id, later=job.sheet)
            entry.keep()
        self._jobs[job.id] = job
        if self._run is not None and self._run.sheet and not job.sheet:
            self._run.yields.set()
        with about_job(job):
            log.info("Job %s accepted from %d, %d waiting.", job.id, job.user_id, len(self._queue))
            await self._announce(job)
        self._moved.set()  # others may have to wait longer, as people take turns
        return True

    async def cancel(self, job_id: str, user_id: int) -> Cancel:
        """Drop a waiting job, or stop the painting of a running one, if it is this person's."""
        job = self._jobs.get(job_id)
        if job is None:
            return Cancel.OVER
        if job.user_id != user_id:
            return Cancel.NOT_YOURS
        if self._queue.remove(job_id):
            with about_job(job):
                await self._end(job, JobStatus.CANCELLED)
            return Cancel.STOPPED
        if self._run is not None and self._run.job_id == job_id:
            self._run.cancelled = True
            self._run.stop.set()
            return Cancel.STOPPED
        return Cancel.OVER

    def enough(self, job_id: str, user_id: int) -> Cancel:
        """End a running job and deliver it as it is, if it is this person's."""
        job = self._jobs.get(job_id)
        if job is None:
            return Cancel.OVER
        if job.user_id != user_id:
            return Cancel.NOT_YOURS
        if self._run is None or self._run.job_id != job_id:
            return Cancel.OVER if job.status is JobStatus.DELIVERING else Cancel.TOO_EARLY
        if self._run.glimpse is None:
            return Cancel.TOO_EARLY
        self._run.enough = True
        self._run.stop.set()
        return Cancel.STOPPED

    async def set_mode(self, mode: Mode) -> None:
        """Take new pictures or not, paint those that wait or not. What is being painted goes on."""
        await self._admission.set_mode(mode)
        self._keep_to_mode()
        self._told.clear()  # as other words are true now
        self._moved.set()

    def _keep_to_mode(self) -> None:
        if self._admission.mode is Mode.PAUSED:
            self._queue.pause()
        else:
            self._queue.resume()

    def in_order(self) -> list[Job]:
        """The job that is being painted, then those that wait."""
        ids = [*([self._run.job_id] if self._run else []), *self._queue.order()]
        return [self._jobs[job_id] for job_id in ids if job_id in self._jobs]

    def open_job(self, job_id: str) -> Job | None:
        """The job, while its owner waits for an answer."""
        return self._jobs.get(job_id)

    async def drop_chat(self, chat_id: int) -> None:
        """The bot was blocked, or thrown out: end all jobs of this chat."""
        for job in [job for job in self._jobs.values() if job.chat_id == chat_id]:
            await self.cancel(job.id, job.user_id)

    async def move_chat(self, old_id: int, new_id: int) -> None:
        """A group has become a supergroup, with another id."""
        await self._store.move_chat(old_id, new_id)
        for job in [job for job in self._jobs.values() if job.chat_id == old_id]:
            self._jobs[job.id] = replace(job, chat_id=new_id, reply_to=None, progress_message=None)

    async def drop_person(self, user_id: int, patience: float) -> None:
        """End all jobs of this person, and wait for as many seconds at most until they are over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while mine := [job for job in self._jobs.values() if job.user_id == user_id]:
                    self._ended.clear()
                    for job in mine:
                        await self.cancel(job.id, user_id)
                    if any(job.id in self._jobs for job in mine):
                        await self._ended.wait()

    async def views(self, chat_id: int, user_id: int) -> list[JobView]:
        """How this person's open jobs in this chat stand, oldest first."""
        mine = [job for job in self._jobs.values() if (job.chat_id, job.user_id) == (chat_id, user_id)]
        return [await self._view(job) for job in sorted(mine, key=lambda job: job.created_at)]

    # Running

    async def start(self) -> None:
        """Take up what was left undone at the last stop, then begin to serve."""
        self._keep_to_mode()
        for job in await self._store.open_jobs():
            with about_job(job):
                await self._restore(job)
        for job in await self._store.owed_jobs():
            with about_job(job):
                self._background.start(self._tell_end(job))
        self._background.start(self._serve(), vital=True)
        self._background.start(self._tell_the_waiting(), endless=True)

    def begin_to_stop(self) -> None:
        """Take and serve no more; the running job stops within a step, and its state is saved."""
        self._queue.close()
        self._moved.set()
        if self._run is not None:
            self._run.stop.set()

    async def stop(self, grace: float) -> None:
        """Be at the end, `grace` seconds after this at most; the running job goes back to the queue."""
        self.begin_to_stop()
        await self._background.stop(grace)
        if self._run is not None:  # its step took longer than the grace
            with contextlib.suppress(IllegalTransition, UnknownJob):
                attempts = (await self._store.job(self._run.job_id)).attempts - 1
                await self._store.update_job(self._run.job_id, JobStatus.QUEUED, attempts=attempts)

    @property
    def waiting(self) -> int:
        """How many jobs wait to be painted. May be read from any thread."""
        return len(self._queue)

    @property
    def statuses(self) -> list[JobStatus]:
        """Those of the open jobs. May be read from any thread."""
        return [job.status for job in list(self._jobs.values())]

    @property
    def is_stopping(self) -> bool:
        """Whether what goes wrong now goes wrong because the bot ends."""
        return self._queue.is_closed

    async def _restore(self, job: Job) -> None:
        self._jobs[job.id] = job
        if job.status is JobStatus.DELIVERING and job.result and self._result_exists(job.result):
            self._background.start(self._deliver(job))
        elif job.status is JobStatus.RUNNING and job.attempts >= MAX_ATTEMPTS:
            log.error("Job %s was interrupted %d times and is given up.", job.id, job.attempts)
            self._background.start(self._end(job, JobStatus.FAILED, "engine"))
        else:
            self._jobs[job.id] = await self._store.update_job(job.id, JobStatus.QUEUED)
            self._queue.restore(job.id, job.user_id, later=job.sheet)
            self._moved.set()

    async def _serve(self) -> None:
        self._estimates.engine = await asyncio.wrap_future(self._painter.warm_up(self._device))
        with contextlib.suppress(QueueClosed):
            while True:
                job = self._jobs[await self._queue.get()]
                self._run = Run(job.id, sheet=job.sheet)
                self._moved.set()
                await self._precedence.give_way()
                await self._work(job, self._run)
                self._run = None

    async def _work(self, job: Job, run: Run) -> None:
        try:
            with about_job(job):
                await self._work_on(job, run)
        except UnknownJob:
            log.info("Job %s was forgotten.", job.id)
            self._close(job)

    async def _work_on(self, job: Job, run: Run) -> None:
        try:
            job = await self._update(job, JobStatus.RUNNING)
            painting = await self._paint(job, run)
        except UnknownJob:
            raise
        except Exception as error:
            log.exception("Job %s failed.", job.id)
            if run.cancelled or run.gone:
                await self._end(job, JobStatus.CANCELLED, tell=not run.gone)
            else:
                await self._end(job, JobStatus.FAILED, failure_reason(error))
            await self._watchdog.after(error)
        else:
            await self._after_painting(job, run, painting)

    async def _paint(self, job: Job, run: Run) -> Painting:
        loop, news = asyncio.get_running_loop(), asyncio.Event()
        run.course = await self._estimates.course_of(job)

        def on_glimpse(glimpse: Glimpse) -> None:  # in the painting thread
            run.glimpse = run.course.honest(glimpse)
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
                    await self._delivery.progress(job, run.glimpse)
                await news.wait()
                news.clear()
        except Gone:
            run.gone = True
            run.stop.set()
            await self._leave(job.chat_id)

    async def _after_painting(self, job: Job, run: Run, painting: Painting) -> None:
        if run.cancelled or run.gone:
            await self._end(job, JobStatus.CANCELLED, tell=not run.gone)
        elif painting.stopped and not run.enough:  # the bot is being stopped: next time
            await self._wait_again(job, run)
        else:
            log.info("Job %s painted in %.1f s.", job.id, painting.seconds)
            if painting.stopped:
                await asyncio.to_thread(self._orders.discard_checkpoint, job)
            else:
                pixels = painting.width * painting.height
                await self._estimates.record(job, pixels, painting.seconds, run.course)
            reduced_to = max(painting.width, painting.height) if painting.reduced else None
            job = await self._update(
                job, JobStatus.DELIVERING, result=result_name(job), reduced_to=reduced_to
            )
            self._background.start(self._deliver(job))

    async def _wait_again(self, job: Job, run: Run) -> None:
        """It was stopped for no fault of its own: by the end of the bot, or for somebody else's painting."""
        await self._update(job, JobStatus.QUEUED, attempts=job.attempts - 1)
        if run.yields.is_set() and not self.is_stopping:
            self._queue.done(job.id)
            self._queue.restore(job.id, job.user_id, later=job.sheet)
            self._told.pop(job.id, None)
            self._moved.set()

    async def _deliver(self, job: Job) -> None:
        try:
            await self._precedence.give_way()
            await self._delivery.result(job)
            await self._record(job.id, JobStatus.DONE)
            log.info("Job %s delivered.", job.id)
            await self._delivery.after_result(job)
        except Gone:
            await self._end(job, JobStatus.CANCELLED, tell=False)
            await self._leave(job.chat_id)
        except UnknownJob:
            log.info("Job %s was forgotten.", job.id)
        except ResultLost:
            await self._end(job, JobStatus.FAILED, "lost")
        except TelegramError as error:
            log.error("Job %s could not be delivered: %s", job.id, error.message)
            await self._end(job, JobStatus.FAILED, "delivery")
        finally:
            self._close(job)

    async def _end(
        self, job: Job, status: JobStatus, reason: str | None = None, *, tell: bool = True
    ) -> None:
        """End a job without a painting. Its place is free before its owner is told, which may take long."""
        try:
            job = await self._record(job.id, status, error=reason, owed=tell)
        except (IllegalTransition, UnknownJob):
            return  # somebody else ended it first, or its owner wanted to be forgotten
        finally:
            self._close(job)
        if status is JobStatus.CANCELLED or job.sheet:
            await asyncio.to_thread(self._orders.discard, job)
        if not job.attempts:
            self._admission.give_back(job)
        log.info("Job %s %s (%s).", job.id, status, reason or "by its owner")
        if tell:
            self._background.start(self._tell_end(job))

    async def _tell_end(self, job: Job) -> None:
        try:
            await self._delivery.ended(job)
        except (Gone, TelegramError) as error:
            log.info("Job %s: its owner could not be told: %s", job.id, error)
            if isinstance(error, NetworkError) and not isinstance(error, BadRequest):
                return  # at the next start
        with contextlib.suppress(UnknownJob):
            await self._record(job.id, owed=False)

    async def _update(self, job: Job, status: JobStatus, **changes: Unpack[JobChanges]) -> Job:
        self._jobs[job.id] = await self._record(job.id, status, **changes)
        return self._jobs[job.id]

    async def _record(
        self, job_id: str, status: JobStatus | None = None, **changes: Unpack[JobChanges]
    ) -> Job:
        """Write it down, as often as it takes: a full disk is made room on some day."""
        while True:
            try:
                return await self._store.update_job(job_id, status, **changes)
            except StoreError as error:
                if self.is_stopping:
                    raise
                log.error("Job %s: %s Trying again in %g s.", job_id, error, WRITE_SECONDS)
                await asyncio.sleep(WRITE_SECONDS)

    def _close(self, job: Job) -> None:
        self._queue.done(job.id)
        self._jobs.pop(job.id, None)
        self._told.pop(job.id, None)
        self._moved.set()
        self._ended.set()

    # Telling

    async def _announce(self, job: Job) -> bool:
        """Say how a waiting job stands; False where that had to be left unsaid for now."""
        try:
            # Nothing is awaited between `put` and this lock, so the painter's first words come after these.
            async with self._delivery.lock(job):
                return await self._say_how_it_stands(job)
        except Gone:
            await self._leave(job.chat_id)
            return True

    async def _say_how_it_stands(self, job: Job) -> bool:
        is_next = self._run is None and self._queue.position(job.id) in {1, None}
        if is_next and self._admission.mode is not Mode.PAUSED:
            await self._delivery.starting(job)
            return True
        view = await self._view(job)
        if view.waiting is None:
            return True
        self._told[job.id] = view.waiting.people, view.waiting.own
        if await self._delivery.waiting(job, view.waiting):
            return True
        self._told.pop(job.id, None)
        return False

    async def _tell_the_waiting(self) -> None:
        """Whenever the queue moves: who waits is told, unless as many are before them as before."""
        while True:
            await self._moved.wait()
            self._moved.clear()
            found = self._with_news()
            if len(found) > NEWS_AT_ONCE:
                self._moved.set()  # the others in the next round; their turn is far
            for job in found[:NEWS_AT_ONCE]:
                await self._precedence.give_way()
                if job.id not in self._queue:
                    continue  # its turn has come meanwhile
                with about_job(job):
                    if self._delivery.must_wait(job) or not await self._announce(job):
                        self._moved.set()  # in the next round
            await asyncio.sleep(NEWS_SECONDS)

    def _with_news(self) -> list[Job]:
        """The waiting jobs that have not as many before them as their owners were told; in one pass."""
        found, owners = [], Counter[int]()
        running = self._jobs.get(self._run.job_id) if self._run else None
        for job in (self._jobs[job_id] for job_id in self._queue.order() if job_id in self._jobs):
            if running is not None and (job.sheet or not running.sheet):
                owners[running.user_id] += 1
                running = None
            if self._told.get(job.id) != (len(owners) - (job.user_id in owners), owners[job.user_id]):
                found.append(job)
            owners[job.user_id] += 1
        return found

    async def _leave(self, chat_id: int) -> None:
        """Nobody hears us there: what waits is not painted in vain."""
        for job in [job for job in self._jobs.values() if job.chat_id == chat_id]:
            if self._queue.remove(job.id):
                await self._end(job, JobStatus.CANCELLED, tell=False)

    def _ahead(self, job: Job) -> list[Job]:
        """The jobs that go before a waiting one: the one being painted, then those in the queue."""
        running = [self._run.job_id] if self._run and (job.sheet or not self._run.sheet) else []
        return [self._jobs[other] for other in (*running, *self._queue.ahead(job.id)) if other in self._jobs]

    async def _view(self, job: Job) -> JobView:
        view = await look(job, job.id in self._queue, self._ahead(job), self._run, self._estimates)
        if view.waiting is not None and self._admission.mode is Mode.PAUSED:
            return replace(view, waiting=replace(view.waiting, paused=True))
        return view


async def _over(run: Run, news: asyncio.Event, seconds: float) -> None:
    """Wait until the painting is over, so many seconds at most; there may be news then."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not run.over:
                await news.wait()
                news.clear()
    news.set()
