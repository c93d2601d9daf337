"""Whether new pictures are taken, and whether those that wait are painted: what the bot's keepers switch."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from enum import StrEnum

from bot.clock import now
from bot.fair_queue import FairQueue, Place, QueueFull, QueueRefusal
from bot.jobs import Job
from bot.people import past_counts
from bot.people.past_counts import COUNTED, PastCounts
from bot.people.quota import DAY, Entry, Quota
from bot.settings import Settings
from bot.storage.database import Database, execute


class Draining(QueueRefusal):
    """Nothing new is taken for a while."""


class Intake(StrEnum):
    """What becomes of the pictures that people send."""

    OPEN = "open"
    PAUSED = "paused"  # pictures are taken, and wait
    DRAINING = "draining"  # those that wait are painted, and no more are taken


class Places:
    """Places in the queue, kept for jobs while these are being written down; made by `Admission.places`."""

    def __init__(self, kept: Sequence[tuple[Job, Entry, Place]], refusal: QueueRefusal | None) -> None:
        self._kept = kept
        self.refusal = refusal  # of the job after those; None: there is none

    @property
    def jobs(self) -> list[Job]:
        """Those that there is a place for."""
        return [job for job, _, _ in self._kept]

    def take(self) -> None:
        """Put them into the queue: they are written down."""
        for job, entry, place in self._kept:
            place.put(job.id)
            entry.keep()


class Admission:
    """What must hold, beside room in the queue, for a job to be accepted."""

    def __init__(self, database: Database, settings: Settings, clock: Callable[[], float] = now) -> None:
        self.intake = Intake.OPEN
        self.line: frozenset[int] = frozenset()  # people whose photos wait for a place in the queue
        self._database = database
        self._admins = settings.bot_admins
        self._quota = Quota(settings.bot_max_jobs_per_hour, settings.bot_max_jobs_per_day)
        self._clock = clock
        self._past = PastCounts()

    async def load(self) -> None:
        """Learn the intake, and what was painted in the last day."""
        switched = await self._database.read("SELECT value FROM switches WHERE name = 'mode'")
        self.intake = Intake(switched[0]["value"]) if switched else Intake.OPEN
        query = f"SELECT user_id, created_at FROM jobs WHERE created_at > ? AND {COUNTED}"  # noqa: S608
        jobs = await self._database.read(f"{query} ORDER BY created_at", self._clock() - DAY)
        for job in jobs:
            self._count(job["user_id"], [job["created_at"]])
        self._past = await past_counts.load(self._database, self._clock())

    def counts(self, user_id: int) -> bool:
        """Whether this person may have so many pictures and no more."""
        return self._quota.has_limits and user_id not in self._admins

    async def recall(self, user_id: int) -> None:
        """Learn what a person had who wanted to be forgotten before the start."""
        if self.counts(user_id):
            self._count(user_id, await self._past.take(user_id))

    def _count(self, user_id: int, times: Iterable[float]) -> None:
        # Where the machine's clock was ahead and was set right, nobody waits longer than a day.
        self._quota.count(user_id, [min(at, self._clock()) for at in times])

    async def set_intake(self, intake: Intake) -> None:
        """From now on, and after a restart too."""
        query = "INSERT OR REPLACE INTO switches (name, value) VALUES ('mode', ?)"
        async with self._database.transaction() as connection:
            await execute(connection, query, intake.value)
        self.intake = intake

    def entry(self, job: Job) -> AbstractContextManager[Entry]:
        """Let a job in, to be kept once it is accepted. Raises `Draining` and `QuotaReached`."""
        return self._entry(job.user_id, job.created_at)

    @contextmanager
    def _entry(self, user_id: int, at: float) -> Iterator[Entry]:
        if self.intake is Intake.DRAINING:
            raise Draining("no pictures are taken now")
        if user_id in self._admins:
            yield Entry()
            return
        with self._quota.entry(user_id, at) as entry:
            yield entry

    def refusal(self, user_id: int, queue: FairQueue, *, sheet: bool) -> QueueRefusal | None:
        """For which a job of this person would be refused, were it first in line. Raises `QueueClosed`."""
        try:
            with self._entry(user_id, self._clock()), queue.reserve(user_id, later=sheet):
                return None
        except QueueRefusal as refusal:
            return refusal

    @contextmanager
    def places(
        self, jobs: Sequence[Job], queue: FairQueue, *, next_in_line: bool = False
    ) -> Iterator[Places]:
        """Keep places for the first of the jobs, as many as may come in; given back unless they are taken.

        While others stand in line, only those may who are next, and sheets, which have places of their own.
        Raises `QueueClosed`; a refusal is told by `Places.refusal`.
        """
        kept, refusal = [], None
        with ExitStack() as stack:
            for job in jobs:
                try:
                    entry = stack.enter_context(self.entry(job))
                    place = stack.enter_context(queue.reserve(job.user_id, later=job.sheet))
                    if not next_in_line and not job.sheet and self.line - {job.user_id}:
                        raise QueueFull("others stand in line")
                    kept.append((job, entry, place))
                except QueueRefusal as error:
                    refusal = error
                    break
            yield Places(kept, refusal)

    def give_back(self, job: Job) -> None:
        """The job was never begun."""
        self._quota.give_back(job.user_id, job.created_at)
