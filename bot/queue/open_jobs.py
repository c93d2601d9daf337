"""The jobs whose owners wait for an answer, the queue they stand in, and the painting that is under way."""

import asyncio
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.fair_queue import FairQueue
from bot.jobs import Job, JobStatus
from bot.painting.courses import Course
from bot.painting.painter import Glimpse

SLICE_SECONDS = 30.0  # for which others wait for a sheet


@dataclass(slots=True)
class Run:
    """The painting that is under way."""

    job_id: str
    stop: threading.Event = field(default_factory=threading.Event)  # read by the painting thread
    cancelled: bool = False  # by its owner
    enough: bool = False  # its owner likes it as it is
    gone: bool = False  # its owner can no longer be reached
    overdue: bool = False  # it took longer than a painting may
    over: bool = False  # nothing more will be seen of it
    sheet: bool = False  # it is painted while no other job waits
    has_slice: bool = False  # of the others' time, having waited for long
    yields: threading.Event = field(default_factory=threading.Event)  # one does: read by the painting thread
    course: Course = field(default_factory=Course)
    glimpse: Glimpse | None = None


class OpenJobs:
    """Every job from its acceptance until it is over, as it is now. Nothing is said or written down here."""

    def __init__(self, queue: FairQueue) -> None:
        self.queue = queue
        self.run: Run | None = None
        self.moved = asyncio.Event()  # the queue did
        self.ended = asyncio.Event()  # a job did
        self.freed = asyncio.Event()  # there may be room for what was refused
        self._jobs: dict[str, Job] = {}
        self._unwritten = 0  # changes that wait for room on the disk, say

    # How they change

    def keep(self, job: Job) -> None:
        """The job is open, and is so now."""
        self._jobs[job.id] = job

    async def next(self) -> tuple[Job, Run]:
        """Wait for the job whose turn it is, and begin its run. Raises `QueueClosed`."""
        job = self._jobs[await self.queue.get()]
        self.run = Run(job.id, sheet=job.sheet, has_slice=job.sheet and self.queue.must_hurry)
        if self.run.has_slice:
            asyncio.get_running_loop().call_later(SLICE_SECONDS, self._end_slice, self.run)
        self.moved.set()
        return job, self.run

    def have_a_sheet_give_way(self) -> None:
        """If one is being painted, to any other job that may be painted now; but its slice is its own."""
        run = self.run
        if run is not None and run.sheet and not run.has_slice and self.queue.must_hurry:
            run.yields.set()

    def _end_slice(self, run: Run) -> None:
        run.has_slice = False
        self.have_a_sheet_give_way()

    def put_back(self, job: Job) -> None:
        """Let a job that was accepted before wait, whether it ran or not."""
        self._jobs[job.id] = job
        self.queue.done(job.id)
        self.queue.restore(job.id, job.user_id, later=job.sheet)
        self.moved.set()

    def close(self, job: Job) -> None:
        """The job is over, and its place is free."""
        self.queue.done(job.id)
        if self._jobs.pop(job.id, None) is not None:
            self.freed.set()
        self.moved.set()
        self.ended.set()

    @contextmanager
    def unwritten(self) -> Iterator[None]:
        """Within, something about one of them waits to be written down."""
        self._unwritten += 1
        try:
            yield
        finally:
            self._unwritten -= 1

    # How they stand

    def get(self, job_id: str) -> Job | None:
        """The job, while its owner waits for an answer."""
        return self._jobs.get(job_id)

    def run_of(self, job_id: str) -> Run | None:
        """The painting of this job, if it is under way."""
        return self.run if self.run is not None and self.run.job_id == job_id else None

    def of_chat(self, chat_id: int) -> list[Job]:
        """Those of a chat, whoever in it wants them."""
        return [job for job in self._jobs.values() if job.chat_id == chat_id]

    def of_person(self, user_id: int) -> list[Job]:
        """Those of a person, in whatever chats."""
        return [job for job in self._jobs.values() if job.user_id == user_id]

    def in_order(self) -> list[Job]:
        """The job that is being painted, then those that wait."""
        return self._known([*([self.run.job_id] if self.run else []), *self.queue.order()])

    def waiting_in_order(self) -> list[Job]:
        """Those that wait, the next one first."""
        return self._known(self.queue.order())

    def ahead(self, job: Job) -> list[Job]:
        """The jobs that go before a waiting one: the one being painted, then those in the queue."""
        running = self.painted_before(job)
        return [*([running] if running else []), *self._known(self.queue.ahead(job.id))]

    def painted_before(self, job: Job) -> Job | None:
        """The job being painted, if a waiting one waits for it: nobody but a sheet waits for a sheet."""
        if self.run is None or (self.run.sheet and not job.sheet):
            return None
        return self._jobs.get(self.run.job_id)

    @property
    def waiting(self) -> int:
        """How many jobs wait to be painted. May be read from any thread."""
        return len(self.queue)

    @property
    def statuses(self) -> list[JobStatus]:
        """Those of the open jobs. May be read from any thread."""
        return [job.status for job in list(self._jobs.values())]

    @property
    def are_written(self) -> bool:
        """Whether all about them could be written down. May be read from any thread."""
        return not self._unwritten

    @property
    def is_stopping(self) -> bool:
        """Whether no more are taken or served, as the bot ends. May be read from any thread."""
        return self.queue.is_closed

    def _known(self, job_ids: Iterable[str]) -> list[Job]:
        return [self._jobs[job_id] for job_id in job_ids if job_id in self._jobs]
