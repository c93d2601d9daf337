"""What is written down about open jobs, so that a crash loses none of them."""

import asyncio
import logging
from typing import Unpack

from bot.background import Background
from bot.jobs import Job, JobChanges, JobStatus
from bot.queue.open_jobs import OpenJobs
from bot.storage.database import StoreError
from bot.store import Store

log = logging.getLogger(__name__)

WRITE_SECONDS = 5.0  # between two attempts to write to a disk that is full


class Ledger:
    """Writes as often as it takes: a full disk is made room on some day.

    Of a file that is damaged nothing more can be hoped: the bot ends, and its next start says what to do.
    """

    def __init__(self, jobs: OpenJobs, store: Store, background: Background) -> None:
        self._jobs = jobs
        self._store = store
        self._background = background

    async def update(self, job: Job, status: JobStatus, **changes: Unpack[JobChanges]) -> Job:
        """Record it, and keep the open job as it is then. Raises as `record` does."""
        job = await self.record(job.id, status, **changes)
        self._jobs.keep(job)
        return job

    async def record(
        self, job_id: str, status: JobStatus | None = None, **changes: Unpack[JobChanges]
    ) -> Job:
        """Raises `UnknownJob` and `IllegalTransition`; `StoreError` only when the bot ends."""
        while True:
            try:
                return await self._store.update_job(job_id, status, **changes)
            except StoreError as error:
                if self._jobs.is_stopping:
                    raise
                if not error.may_pass:
                    self._background.give_up(error)
                    raise
                log.error("Job %s: %s Trying again in %g s.", job_id, error, WRITE_SECONDS)
                with self._jobs.unwritten():
                    await asyncio.sleep(WRITE_SECONDS)
