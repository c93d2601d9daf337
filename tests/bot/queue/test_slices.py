"""Sheets whose turn comes before that of others have a slice of their time."""

import asyncio

import pytest

from bot.fair_queue import FairQueue
from bot.queue.open_jobs import OpenJobs
from tests.bot.easel_painter import until
from tests.bot.some_jobs import a_job


async def test_a_sheet_for_which_others_wait_yields_after_a_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.queue.open_jobs.SLICE_SECONDS", 0.01)
    jobs = OpenJobs(FairQueue(9, 9, later_after=1))
    for job in (a_job("sheet", sheet=True), a_job("first"), a_job("second")):
        jobs.put_back(job)
    job, _ = await jobs.next()
    assert job.origin == "first"
    job, run = await jobs.next()
    assert job.origin == "sheet"
    assert run.has_slice

    async def yields() -> bool:
        return run.yields.is_set()

    await until(yields)


async def test_a_sheet_for_which_nobody_waits_has_none() -> None:
    jobs = OpenJobs(FairQueue(9, 9, later_after=1))
    jobs.put_back(a_job("sheet", sheet=True))
    _, run = await jobs.next()
    assert not run.has_slice
    await asyncio.sleep(0)
    assert not run.yields.is_set()
