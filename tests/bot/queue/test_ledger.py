"""What cannot be written down: tried again where it may pass, and the end of the bot where it may not."""

import asyncio
import sqlite3
from typing import Any

import pytest

from bot.background import Background
from bot.fair_queue import FairQueue
from bot.jobs import Job, JobStatus
from bot.queue.ledger import Ledger
from bot.queue.open_jobs import OpenJobs
from bot.storage.database import StoreError
from bot.storage.schema import unusable
from bot.store import Store
from tests.bot.some_jobs import a_job, add_job
from tests.patience import PATIENCE


@pytest.fixture
async def job(store: Store) -> Job:
    made = a_job()
    await add_job(store, made)
    return made


def failing(store: Store, code: int, times: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have writing fail so many times, as SQLite says it; what was tried to be written."""
    really, tried = store.update_job, list[str]()

    async def update(job_id: str, *arguments: Any, **changes: Any) -> Job:
        tried.append(job_id)
        if len(tried) > times:
            return await really(job_id, *arguments, **changes)
        error = sqlite3.DatabaseError("words")
        error.sqlite_errorcode = code
        raise unusable(store.path, error)

    monkeypatch.setattr(store, "update_job", update)
    return tried


@pytest.mark.parametrize(
    "code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY]
)
async def test_what_may_pass_is_tried_again_until_it_has(
    store: Store, job: Job, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, background, waited = OpenJobs(FairQueue(2, 10)), Background(), list[bool]()

    async def wait(_: float) -> None:
        waited.append(jobs.are_written)

    tried = failing(store, code, 3, monkeypatch)
    monkeypatch.setattr("bot.queue.ledger.asyncio.sleep", wait)
    job = await Ledger(jobs, store, background).record(job.id, JobStatus.RUNNING)
    assert job.status is JobStatus.RUNNING
    assert len(tried) == 4
    assert waited == [False] * 3, "so that /readyz tells it"
    assert jobs.are_written
    assert not background.broken.done()


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CORRUPT_INDEX, sqlite3.SQLITE_NOTADB])
async def test_a_damaged_file_ends_the_bot(
    store: Store, job: Job, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which would wait for ever, and seem to be well. Its next start refuses the file with its remedy."""
    background = Background()
    tried = failing(store, code, 100, monkeypatch)
    with pytest.raises(StoreError, match="restore a backup"):
        async with asyncio.timeout(PATIENCE):
            await Ledger(OpenJobs(FairQueue(2, 10)), store, background).record(job.id, JobStatus.RUNNING)
    assert len(tried) == 1
    assert isinstance(await background.broken, StoreError)


async def test_a_bot_that_ends_does_not_wait_for_room(
    store: Store, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = OpenJobs(FairQueue(2, 10))
    tried = failing(store, sqlite3.SQLITE_FULL, 100, monkeypatch)
    jobs.queue.close()
    with pytest.raises(StoreError):
        await Ledger(jobs, store, Background()).record(job.id, JobStatus.CANCELLED)
    assert len(tried) == 1
