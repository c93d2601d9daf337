"""What those who wait are told of the queue, by a worker with a painter of our own."""

import asyncio
from typing import Any

import pytest

from bot.dialogue_states import Idle
from bot.painting.painter import Glimpse
from bot.queue import news
from bot.queue.admission import Intake
from bot.queue.outlook import JobView, look
from bot.sandbox import Person, Sandbox
from bot.storage.database import StoreError
from bot.worker import Worker
from tests.bot.conftest import NewJob
from tests.bot.easel_painter import EaselPainter
from tests.bot.end_to_end.chat import says


@pytest.fixture
def painter() -> EaselPainter:
    return EaselPainter()


@pytest.fixture(autouse=True)
def quick_news(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.queue.news.NEWS_SECONDS", 0.1)


async def test_waiting_people_hear_of_the_queue(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    boris: Person,
    sandbox: Sandbox,
    new_job: NewJob,
) -> None:
    clara = sandbox.person(first_name="Clara")
    for person in (anna, boris, clara):
        await worker.enqueue(await new_job(person), Idle())
    await clara.wait_for(says("2 people before you"))
    (await painter.work(1)).finish()
    await clara.wait_for(says("1 person before you. Ready in about"))
    (await painter.work(2)).finish()
    await clara.wait_for(says("Mixing the paint"))


async def test_while_nothing_moves_the_time_that_is_left_is_told(
    worker: Worker, painter: EaselPainter, anna: Person, boris: Person, new_job: NewJob, monkeypatch
) -> None:
    monkeypatch.setattr(news, "STALE_SECONDS", 0.1)
    for person in (anna, boris):
        await worker.enqueue(await new_job(person), Idle())
    waiting = await boris.wait_for(says("1 person before you."))
    assert "Ready" not in waiting.words.text, "nobody knows yet"
    (await painter.work(1)).on_glimpse(Glimpse(0.5, 100, None))
    await boris.wait_for(says("1 person before you. Ready in about"))


async def test_who_waits_hears_of_a_break_and_of_its_end(
    worker: Worker, painter: EaselPainter, anna: Person, boris: Person, new_job: NewJob
) -> None:
    for person in (anna, boris):
        await worker.enqueue(await new_job(person), Idle())
    await painter.work(1)
    await boris.wait_for(says("1 person before you"))
    await worker.set_intake(Intake.PAUSED)
    await boris.wait_for(says("I am taking a break"))
    await worker.set_intake(Intake.OPEN)
    await boris.wait_for(says("1 person before you"))


async def test_in_a_group_each_is_told_of_their_own_jobs(
    worker: Worker, anna: Person, boris: Person, sandbox: Sandbox, new_job: NewJob
) -> None:
    family = sandbox.group("Family", [anna, boris])
    jobs = {person.user_id: await new_job(person, chat_id=family.id) for person in (anna, boris)}
    for job in jobs.values():
        await worker.enqueue(job, Idle())
    for user_id, job in jobs.items():
        assert [view.job.id for view in await worker.views(family.id, user_id)] == [job.id]


async def test_what_goes_wrong_with_one_does_not_silence_the_news(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    boris: Person,
    sandbox: Sandbox,
    new_job: NewJob,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clara = sandbox.person(first_name="Clara")
    for person in (anna, boris, clara):
        await worker.enqueue(await new_job(person), Idle())
    await clara.wait_for(says("2 people before you"))
    failed = asyncio.Event()

    async def broken(*arguments: Any) -> JobView:
        monkeypatch.setattr(news, "look", look)
        failed.set()
        raise StoreError("The disk is full.")

    monkeypatch.setattr(news, "look", broken)
    (await painter.work(1)).finish()
    await asyncio.wait_for(failed.wait(), 10)
    (await painter.work(2)).finish()
    await clara.wait_for(says("Mixing the paint"))


async def test_a_chat_that_telegram_puts_off_does_not_silence_the_news_of_others(
    worker: Worker, painter: EaselPainter, anna: Person, boris: Person, sandbox: Sandbox, new_job: NewJob
) -> None:
    clara, dora = sandbox.person(first_name="Clara"), sandbox.person(first_name="Dora")
    for person in (anna, boris, clara, dora):
        await worker.enqueue(await new_job(person), Idle())
    await dora.wait_for(says("3 people"))
    sandbox.hold(100, clara.chat)
    (await painter.work(1)).finish()
    await dora.wait_for(says("2 people"))
    (await painter.work(2)).finish()
    await dora.wait_for(says("1 person"))


async def test_where_not_all_can_hear_at_once_they_do_one_after_the_other(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    boris: Person,
    sandbox: Sandbox,
    new_job: NewJob,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.queue.news.NEWS_AT_ONCE", 1)
    waiting = [boris, sandbox.person(first_name="Clara"), sandbox.person(first_name="Dora")]
    for person in (anna, *waiting):
        await worker.enqueue(await new_job(person), Idle())
    await waiting[2].wait_for(says("3 people before you"))
    (await painter.work(1)).finish()
    await waiting[1].wait_for(says("1 person before you"))
    await waiting[2].wait_for(says("2 people before you"))
