"""Takes jobs in and out of the queue, and sees that each comes to its end.

What is open stands in `bot.queue.open_jobs` and is written down by `bot.queue.ledger`; `bot.queue.studio` has
one after the other painted at `bot.queue.easel`, `bot.queue.endings` brings jobs to their ends, and
`bot.queue.news` tells those who wait.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum

from bot.background import Background
from bot.delivery import Delivery
from bot.dialogue_states import State
from bot.fair_queue import QueueRefusal
from bot.jobs import IllegalTransition, Job, JobStatus
from bot.log_lines import about_job
from bot.painting.estimates import Estimates
from bot.painting.orders import Orders
from bot.painting.painter import Painter
from bot.precedence import Precedence
from bot.queue.admission import Admission, Intake
from bot.queue.easel import Easel
from bot.queue.endings import Endings
from bot.queue.ledger import Ledger
from bot.queue.news import News
from bot.queue.open_jobs import OpenJobs
from bot.queue.outlook import JobView
from bot.queue.studio import Studio
from bot.queue.watchdog import Watchdog
from bot.storage.database import StoreError
from bot.store import Store, UnknownJob

log = logging.getLogger(__name__)


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
        jobs: OpenJobs,
        store: Store,
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
        self._jobs = jobs
        self._queue = jobs.queue
        self._store = store
        self._background = background
        self._admission = admission
        ledger = Ledger(jobs, store, background)
        self._endings = Endings(jobs, store, ledger, delivery, orders, admission, precedence, background)
        leave = self._endings.leave
        self._news = News(jobs, delivery, estimates, admission, precedence, background, leave)
        self._studio = Studio(
            jobs=jobs,
            store=store,
            ledger=ledger,
            endings=self._endings,
            news=self._news,
            easel=Easel(jobs, painter, delivery, orders, estimates, watchdog, background, leave),
            painter=painter,
            orders=orders,
            estimates=estimates,
            background=background,
            watchdog=watchdog,
            precedence=precedence,
            device=device,
            result_exists=result_exists,
        )

    # What handlers ask for

    async def enqueue(self, job: Job, state: State) -> bool:
        """Accept a job together with the dialogue's next state; False when it was accepted before.

        Raises `QueueRefusal` or `QueueClosed`, and then nothing has changed.
        """
        accepted, refusal = await self.enqueue_all([job], lambda _: state)
        if refusal is not None:
            raise refusal
        return accepted == 1

    async def enqueue_all(
        self, jobs: Sequence[Job], state_after: Callable[[int], State], *, next_in_line: bool = False
    ) -> tuple[int, QueueRefusal | None]:
        """Accept the first of a message's jobs, as many as there is room for, and the dialogue's next state.

        How many, and what refused the next. With none, which also means that they were accepted before,
        nothing has changed. next_in_line: see `Admission.places`. Raises `QueueClosed`.
        """
        await self._admission.recall(jobs[0].user_id)
        with self._admission.places(jobs, self._queue, next_in_line=next_in_line) as places:
            accepted = places.jobs
            if not accepted or not await self._store.accept(accepted, state_after(len(accepted))):
                return 0, places.refusal
            places.take()
        for job in accepted:
            self._jobs.keep(job)
        self._jobs.have_a_sheet_give_way()
        if next_in_line:  # where Telegram puts this chat off, the others in line do not wait for it
            self._background.start(self._announce(accepted), endless=True)
        else:
            await self._announce(accepted)
        return len(accepted), places.refusal

    async def refusal_of(self, user_id: int, *, sheet: bool) -> QueueRefusal | None:
        """What `enqueue_all` would tell this person, were they next in line. Raises `QueueClosed`."""
        await self._admission.recall(user_id)
        return self._admission.refusal(user_id, self._queue, sheet=sheet)

    async def _announce(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            with about_job(job):
                log.info("Job %s accepted from %d, %d waiting.", job.id, job.user_id, len(self._queue))
                if job.id in self._queue:  # else its turn has come while the others were announced
                    await self._news.announce(job)
        self._jobs.moved.set()  # others may have to wait longer, as people take turns

    async def cancel(self, job_id: str, user_id: int) -> Cancel:
        """Drop a waiting job, or stop the painting of a running one, if it is this person's."""
        job = self._open_job(job_id, user_id)
        if isinstance(job, Cancel):
            return job
        if self._queue.remove(job_id):
            with about_job(job):
                await self._endings.end(job, JobStatus.CANCELLED)
            return Cancel.STOPPED
        if (run := self._jobs.run_of(job_id)) is not None:
            run.cancelled = True
            run.stop.set()
            return Cancel.STOPPED
        return Cancel.OVER

    def enough(self, job_id: str, user_id: int) -> Cancel:
        """End a running job and deliver it as it is, if it is this person's."""
        job = self._open_job(job_id, user_id)
        if isinstance(job, Cancel):
            return job
        run = self._jobs.run_of(job_id)
        if run is None:
            return Cancel.OVER if job.status is JobStatus.DELIVERING else Cancel.TOO_EARLY
        if run.glimpse is None:
            return Cancel.TOO_EARLY
        run.enough = True
        run.stop.set()
        return Cancel.STOPPED

    def _open_job(self, job_id: str, user_id: int) -> Job | Cancel:
        """The job, if it is open and this person's; else what to tell them."""
        job = self._jobs.get(job_id)
        if job is None:
            return Cancel.OVER
        return job if job.user_id == user_id else Cancel.NOT_YOURS

    async def set_intake(self, intake: Intake) -> None:
        """Take new pictures or not, paint those that wait or not. What is being painted goes on."""
        await self._admission.set_intake(intake)
        self._keep_to_intake()
        self._news.retell_all()
        self._jobs.freed.set()

    def _keep_to_intake(self) -> None:
        if self._admission.intake is Intake.PAUSED:
            self._queue.pause()
        else:
            self._queue.resume()
            self._jobs.have_a_sheet_give_way()

    async def drop_chat(self, chat_id: int) -> None:
        """The bot was blocked, or thrown out: end all jobs of this chat, and forget what was to become one.

        The pictures of that go with the next sweeping.
        """
        await self._store.drop_dialogues(chat_id)
        for job in self._jobs.of_chat(chat_id):
            await self.cancel(job.id, job.user_id)

    async def move_chat(self, old_id: int, new_id: int) -> None:
        """A group has become a supergroup, with another id."""
        await self._store.move_chat(old_id, new_id)
        for job in self._jobs.of_chat(old_id):
            self._jobs.keep(replace(job, chat_id=new_id, reply_to=None, progress_message=None))

    async def drop_person(self, user_id: int, patience: float) -> None:
        """End all jobs of this person, and wait for as many seconds at most until they are over."""
        until = asyncio.get_running_loop().time() + patience
        with contextlib.suppress(TimeoutError):
            while mine := self._jobs.of_person(user_id):
                self._jobs.ended.clear()
                for job in mine:  # as long as that takes: half an ending would be none
                    await self.cancel(job.id, user_id)
                if any(self._jobs.get(job.id) for job in mine):
                    async with asyncio.timeout_at(until):
                        await self._jobs.ended.wait()

    async def change_language(self, user_id: int, language: str) -> None:
        """The person's open jobs are told in this language from now on. Raises `StoreError`."""
        for job in self._jobs.of_person(user_id):
            with contextlib.suppress(UnknownJob):
                await self._store.update_job(job.id, language=language)
            if (now := self._jobs.get(job.id)) is not None:  # as it is by now, or not open any more
                self._jobs.keep(replace(now, language=language))
                self._news.retell(now)

    async def views(self, chat_id: int, user_id: int) -> list[JobView]:
        """How this person's open jobs in this chat stand, oldest first."""
        return await self._news.views(chat_id, user_id)

    # Running

    async def start(self) -> None:
        """Take up what was left undone at the last stop, then begin to serve."""
        self._keep_to_intake()
        await self._studio.take_up(await self._store.open_jobs())
        for job in await self._store.owed_jobs():
            with about_job(job):
                self._background.start(self._endings.tell_again(job))
        self._background.start(self._studio.open(), vital=True, endless=True)  # at a stop nobody waits for it
        self._background.start(self._news.tell_the_waiting(), endless=True)

    def begin_to_stop(self) -> None:
        """Take and serve no more; the running job stops within a step, and its state is saved."""
        self._queue.close()
        self._jobs.moved.set()
        if self._jobs.run is not None:
            self._jobs.run.stop.set()

    async def stop(self, grace: float) -> None:
        """Be at the end, `grace` seconds after this at most; the running job goes back to the queue."""
        self.begin_to_stop()
        await self._background.stop(grace)
        if (run := self._jobs.run) is not None:  # its step took longer than the grace
            # What cannot be written down now the next start finds as it was, and takes up.
            with contextlib.suppress(IllegalTransition, UnknownJob, StoreError):
                await self._studio.leave(run)

    @property
    def is_stopping(self) -> bool:
        """Whether what goes wrong now goes wrong because the bot ends."""
        return self._jobs.is_stopping
