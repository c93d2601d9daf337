"""Tells those who wait how they stand: when they come, and whenever the queue moves."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import islice

from bot.background import Background
from bot.delivery import Delivery, Gone
from bot.jobs import Job
from bot.log_lines import about_job
from bot.painting.estimates import Estimates
from bot.precedence import Precedence
from bot.queue.admission import Admission, Intake
from bot.queue.open_jobs import OpenJobs
from bot.queue.outlook import JobView, look

log = logging.getLogger(__name__)

NEWS_SECONDS = 5.0  # between two rounds of telling the waiting how the queue moves
STALE_SECONDS = 60.0  # after which a time that was told is no longer true
NEWS_AT_ONCE = 100  # told in a round: about as many as Telegram lets a bot say beside its answers


class News:
    """Knows what each who waits was told last, and says only what is new to them."""

    def __init__(
        self,
        jobs: OpenJobs,
        delivery: Delivery,
        estimates: Estimates,
        admission: Admission,
        precedence: Precedence,
        background: Background,
        leave: Callable[[int], Awaitable[None]],
    ) -> None:
        """leave: ends what waits in a chat in which nobody hears us."""
        self._jobs = jobs
        self._delivery = delivery
        self._estimates = estimates
        self._admission = admission
        self._precedence = precedence
        self._background = background
        self._leave = leave
        self._told: dict[str, tuple[int, int]] = {}  # the people and own jobs before each that waits

    async def views(self, chat_id: int, user_id: int) -> list[JobView]:
        """How this person's open jobs in this chat stand, oldest first."""
        mine = [job for job in self._jobs.of_chat(chat_id) if job.user_id == user_id]
        return [await self._view(job) for job in sorted(mine, key=lambda job: job.created_at)]

    async def announce(self, job: Job) -> bool:
        """Say how a waiting job stands; False where that had to be left unsaid for now."""
        try:
            # Nothing is awaited between `put` and this lock, so the painter's first words come after these.
            async with self._delivery.lock(job):
                return await self._say_how_it_stands(job)
        except Gone:
            await self._leave(job.chat_id)
            return True

    def retell_all(self) -> None:
        """What all were told is no longer true, though as many are before them as before."""
        self._told.clear()
        self._jobs.moved.set()

    def retell(self, job: Job) -> None:
        """What the owner of this job was told is no longer true: it was painted meanwhile, or they speak
        another language now.
        """
        self._told.pop(job.id, None)
        self._jobs.moved.set()

    async def tell_the_waiting(self) -> None:
        """Whenever the queue moves: who waits is told, unless as many are before them as before.

        While it does not, the next ones are told once a minute how long it still takes.
        """
        while True:
            await self._wait_for_news()
            self._jobs.moved.clear()
            found = self._with_news()
            if len(found) > NEWS_AT_ONCE:
                self._jobs.moved.set()  # the others in the next round; their turn is far
            for job in found[:NEWS_AT_ONCE]:
                await self._precedence.give_way()
                # Beside each other: where Telegram puts one chat off, the others are told all the same.
                self._background.start(self._tell(job), endless=True)
            await asyncio.sleep(NEWS_SECONDS)

    async def _wait_for_news(self) -> None:
        try:
            async with asyncio.timeout(STALE_SECONDS):
                await self._jobs.moved.wait()
        except TimeoutError:
            for job in islice(self._jobs.waiting_in_order(), NEWS_AT_ONCE):
                self._told.pop(job.id, None)

    async def _tell(self, job: Job) -> None:
        """What goes wrong with one must not silence the news of all others."""
        if job.id not in self._jobs.queue:
            return  # its turn has come meanwhile
        with about_job(job):
            try:
                is_spoken_of = self._delivery.lock(job).locked()  # by what was begun in an earlier round, say
                if is_spoken_of or self._delivery.must_wait(job) or not await self.announce(job):
                    self._jobs.moved.set()  # in the next round
            except Exception:
                log.exception("Job %s: its owner was not told how it stands.", job.id)

    def _with_news(self) -> list[Job]:
        """The waiting jobs that have not as many before them as their owners were told; in one pass."""
        told, self._told = self._told, {}  # those that wait no more are left out
        found, owners = [], Counter[int]()
        is_counted = False  # the job that is being painted, before the first that waits for it
        for job in self._jobs.waiting_in_order():
            running = None if is_counted else self._jobs.painted_before(job)
            if running is not None:
                owners[running.user_id] += 1
                is_counted = True
            if job.id in told:
                self._told[job.id] = told[job.id]
            if told.get(job.id) != (len(owners) - (job.user_id in owners), owners[job.user_id]):
                found.append(job)
            owners[job.user_id] += 1
        return found

    async def _say_how_it_stands(self, job: Job) -> bool:
        is_next = self._jobs.run is None and self._jobs.queue.position(job.id) in {1, None}
        if is_next and self._admission.intake is not Intake.PAUSED:
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

    async def _view(self, job: Job) -> JobView:
        waits = job.id in self._jobs.queue
        view = await look(job, waits, self._jobs.ahead(job), self._jobs.run, self._estimates)
        if view.waiting is not None and self._admission.intake is Intake.PAUSED:
            return replace(view, waiting=replace(view.waiting, paused=True))
        return view
