"""Takes jobs from the queue, has them painted one at a time, and passes them on.

While one painting is being delivered the next is being painted.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence

from bot.background import Background
from bot.fair_queue import QueueClosed
from bot.jobs import Failure, Job, JobChanges, JobStatus
from bot.log_lines import about_job
from bot.painting.estimates import Estimates
from bot.painting.orders import Orders, TookTooLong, failure_reason, result_name
from bot.painting.painter import Painter, Painting
from bot.precedence import Precedence
from bot.queue.easel import Easel, engine_of
from bot.queue.endings import Endings
from bot.queue.ledger import Ledger
from bot.queue.news import News
from bot.queue.open_jobs import OpenJobs, Run
from bot.queue.watchdog import EngineLost, Watchdog
from bot.storage.database import StoreError
from bot.store import Store, UnknownJob

log = logging.getLogger(__name__)

# A job that was being painted at three crashes is taken to have caused them; one that was being delivered is
# delivered as it was painted after two, for to blend it with its photo may be what takes too much memory.
MAX_ATTEMPTS = 3


class Studio:
    """From a job's turn to its delivery, or to whatever else becomes of it."""

    def __init__(
        self,
        *,
        jobs: OpenJobs,
        store: Store,
        ledger: Ledger,
        endings: Endings,
        news: News,
        easel: Easel,
        painter: Painter,
        orders: Orders,
        estimates: Estimates,
        background: Background,
        watchdog: Watchdog,
        precedence: Precedence,
        device: str,
        result_exists: Callable[[str], bool],
    ) -> None:
        self._jobs = jobs
        self._store = store
        self._ledger = ledger
        self._endings = endings
        self._news = news
        self._easel = easel
        self._painter = painter
        self._orders = orders
        self._estimates = estimates
        self._background = background
        self._watchdog = watchdog
        self._precedence = precedence
        self._device = device
        self._result_exists = result_exists

    async def take_up(self, jobs: Sequence[Job]) -> None:
        """Go on with the open jobs where the last stop left them.

        A delivery that was under way at one crash after the other is suspected before a painting that was: it
        is soon tried in another way or given up, and then the painting's turn to be suspected comes.
        """
        is_suspected = any(job.status is JobStatus.DELIVERING and job.attempts > 1 for job in jobs)
        for job in jobs:
            with about_job(job):
                await self._take_up(job, is_spared=is_suspected)

    async def _take_up(self, job: Job, *, is_spared: bool) -> None:
        self._jobs.keep(job)
        if job.status is JobStatus.DELIVERING and job.result and self._result_exists(job.result):
            await self._deliver_again(job)
        elif job.status is JobStatus.RUNNING and job.attempts >= MAX_ATTEMPTS and not is_spared:
            log.error("Job %s was interrupted %d times and is given up.", job.id, job.attempts)
            self._background.start(self._endings.end(job, JobStatus.FAILED, Failure.ENGINE))
        else:
            self._jobs.put_back(await self._store.update_job(job.id, JobStatus.QUEUED))

    async def _deliver_again(self, job: Job) -> None:
        attempts = job.attempts + 1
        if attempts > MAX_ATTEMPTS:
            log.error("Job %s was being delivered at %d stops and is given up.", job.id, job.attempts)
            self._background.start(self._endings.end(job, JobStatus.FAILED, Failure.DELIVERY))
            return
        changes: JobChanges = {"attempts": attempts}
        if attempts == MAX_ATTEMPTS:
            changes |= {"strength": None, "keep_colors": False}
        self._jobs.keep(job := await self._store.update_job(job.id, **changes))
        self._background.start(self._endings.deliver(job))

    async def open(self) -> None:
        """Wait for an engine, then serve. Raises `DeviceError` where waiting is vain."""
        self._estimates.engine = await engine_of(self._painter, self._device)
        self._background.start(self._serve(), vital=True)

    async def leave(self, run: Run) -> None:
        """Write down for the next start what was under way."""
        if run.cancelled or run.gone:
            job = await self._store.update_job(run.job_id, JobStatus.CANCELLED, owed=not run.gone)
            await asyncio.to_thread(self._orders.discard, job)
        else:
            attempts = (await self._store.job(run.job_id)).attempts - 1
            await self._store.update_job(run.job_id, JobStatus.QUEUED, attempts=attempts)

    async def _serve(self) -> None:
        with contextlib.suppress(QueueClosed):
            while True:
                job, run = await self._jobs.next()
                await self._precedence.give_way()
                await self._work(job, run)
                self._jobs.run = None

    async def _work(self, job: Job, run: Run) -> None:
        try:
            with about_job(job):
                await self._work_on(job, run)
        except UnknownJob:
            await self._endings.forget(job)

    async def _work_on(self, job: Job, run: Run) -> None:
        try:
            job = await self._ledger.update(job, JobStatus.RUNNING)
            if await self._ended_unwanted(job, run):
                return
            painting = await self._easel.paint(job, run)
        except (UnknownJob, StoreError):
            raise
        except Exception as error:
            log.exception("Job %s failed.", job.id)
            await self._after_failure(job, run, error)
        else:
            await self._after_painting(job, run, painting)

    async def _after_failure(self, job: Job, run: Run, error: Exception) -> None:
        """Raises `EngineLost`, and then the job stays as at a crash, unless it took too long itself.

        So the next start begins it anew, three times at most.
        """
        lost: EngineLost | None = None
        try:
            await self._watchdog.after(error)
        except EngineLost as found:
            lost = found
        if not await self._ended_unwanted(job, run):
            if lost is None or isinstance(error, TookTooLong):
                await self._endings.end(job, JobStatus.FAILED, failure_reason(error))
            else:
                self._jobs.run = None  # or it would be left as one that was stopped in good order
        if lost is not None:
            raise lost

    async def _after_painting(self, job: Job, run: Run, painting: Painting) -> None:
        if await self._ended_unwanted(job, run):
            return
        if painting.stopped and not (run.enough and painting.is_there):
            await self._wait_again(job, run)
        else:
            log.info("Job %s painted in %.1f s.", job.id, painting.seconds)
            if not painting.stopped:
                pixels = painting.width * painting.height
                await self._estimates.record(job, pixels, painting.seconds, run.course)
            reduced_to = max(painting.width, painting.height) if painting.reduced else None
            job = await self._ledger.update(
                job, JobStatus.DELIVERING, result=result_name(job), reduced_to=reduced_to, attempts=1
            )
            await asyncio.to_thread(self._orders.discard_unfinished, job)
            if not await self._ended_unwanted(job, run):  # while all that was written
                self._background.start(self._endings.deliver(job))

    async def _ended_unwanted(self, job: Job, run: Run) -> bool:
        """End the job if it was cancelled or nobody can be reached; whether it was so."""
        is_unwanted = run.cancelled or run.gone
        if is_unwanted:
            await self._endings.end(job, JobStatus.CANCELLED, tell=not run.gone)
        return is_unwanted

    async def _wait_again(self, job: Job, run: Run) -> None:
        """It was stopped for no fault of its own: by the end of the bot, for somebody else's painting, or
        while the engine was away, so that there is nothing to deliver.
        """
        job = await self._ledger.update(job, JobStatus.QUEUED, attempts=job.attempts - 1)
        if not await self._ended_unwanted(job, run) and not self._jobs.is_stopping:
            self._jobs.put_back(job)
            self._news.retell(job)
