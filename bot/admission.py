"""Whether new pictures are taken, and whether those that wait are painted: what the bot's keepers switch."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from bot.fair_queue import QueueRefusal
from bot.jobs import Job
from bot.quota import DAY, Entry, Quota
from bot.settings import Settings
from bot.store import Store, execute


class Draining(QueueRefusal):
    """Nothing new is taken for a while."""


class Mode(StrEnum):
    """How the bot works now."""

    OPEN = "open"
    PAUSED = "paused"  # pictures are taken, and wait
    DRAINING = "draining"  # those that wait are painted, and no more are taken


class Admission:
    """What must hold, beside room in the queue, for a job to be accepted."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.mode = Mode.OPEN
        self._store = store
        self._admins = settings.bot_admins
        self._quota = Quota(settings.bot_max_jobs_per_hour, settings.bot_max_jobs_per_day)
        self._clock = clock

    async def load(self) -> None:
        """Learn the mode, and what was painted in the last day."""
        async with self._store.transaction() as connection:
            modes = await execute(connection, "SELECT value FROM switches WHERE name = 'mode'")
            query = """
                SELECT user_id, created_at FROM jobs
                WHERE created_at > ? AND (attempts > 0 OR status = 'queued') ORDER BY created_at
            """
            jobs = await execute(connection, query, self._clock() - DAY)
        self.mode = Mode(modes[0]["value"]) if modes else Mode.OPEN
        for job in jobs:
            self._quota.count(job["user_id"], job["created_at"])

    async def set_mode(self, mode: Mode) -> None:
        """From now on, and after a restart too."""
        query = "INSERT OR REPLACE INTO switches (name, value) VALUES ('mode', ?)"
        async with self._store.transaction() as connection:
            await execute(connection, query, mode.value)
        self.mode = mode

    @contextmanager
    def entry(self, job: Job) -> Iterator[Entry]:
        """Let a job in, to be kept once it is accepted. Raises `Draining` and `QuotaReached`."""
        if self.mode is Mode.DRAINING:
            raise Draining("no pictures are taken now")
        if job.user_id in self._admins:
            yield Entry()
            return
        with self._quota.entry(job.user_id, job.created_at) as entry:
            yield entry

    def give_back(self, job: Job) -> None:
        """The job was never begun."""
        self._quota.give_back(job.user_id, job.created_at)
