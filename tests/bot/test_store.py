"""The store on real SQLite files: what it keeps. What it withstands is in `test_store_faults.py`."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.actions import PictureRef
from bot.dialogue_states import HasContent, Idle, State
from bot.jobs import IllegalTransition, JobStatus, JobStyle
from bot.storage.database import execute
from bot.storage.dialogue_json import to_json
from bot.storage.job_rows import write_styles
from bot.store import Store, UnknownJob
from tests.bot.clocks import FakeClock
from tests.bot.some_jobs import FULL_JOB, WAITING, a_job, add_job

RUNNING, DELIVERING = JobStatus.RUNNING, JobStatus.DELIVERING
DONE, FAILED, CANCELLED = JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.sqlite3"


@pytest.fixture
async def store(path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    async with Store(path, clock.time) as opened:
        yield opened


# Jobs


async def test_a_job_comes_back_whole_after_a_restart(path: Path) -> None:
    plain = a_job()
    async with Store(path) as store:
        assert await add_job(store, FULL_JOB)
        assert await add_job(store, plain)
    async with Store(path) as store:
        assert await store.job(FULL_JOB.id) == FULL_JOB
        assert await store.job(plain.id) == plain


async def test_accepting_stores_job_and_dialogue_together(store: Store) -> None:
    await store.save_dialogue(1, 2, WAITING)
    job = a_job()
    assert await store.accept([job], Idle())
    assert await store.job(job.id) == job
    assert await store.load_dialogue(1, 2) == Idle()


async def test_an_update_that_comes_twice_makes_one_job(store: Store) -> None:
    first, again = a_job(origin="1:1"), a_job(origin="1:1")
    assert await store.accept([first], Idle())
    await store.save_dialogue(1, 2, WAITING)
    assert not await store.accept([again], Idle())
    assert await store.load_dialogue(1, 2) == WAITING, "the dialogue has gone on meanwhile"
    assert [job.id for job in await store.open_jobs()] == [first.id]
    await store.update_job(first.id, CANCELLED)
    assert not await store.accept([again], Idle()), "not even when the first has ended"


async def test_a_failing_acceptance_leaves_neither_job_nor_dialogue(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(state: State) -> str:
        raise OSError("no memory")

    monkeypatch.setattr("bot.storage.dialogues.to_json", broken)
    with pytest.raises(OSError, match="no memory"):
        await store.accept([a_job()], WAITING)
    assert await store.open_jobs() == []
    assert await store.load_dialogue(1, 2) == Idle()


async def test_a_job_lives_its_life_in_the_file(store: Store, clock: FakeClock) -> None:
    job = a_job()
    await add_job(store, job)
    clock.now = 20.0
    await store.update_job(job.id, RUNNING, progress_message=77)
    clock.now = 30.0
    await store.update_job(job.id, DELIVERING, result="out.jpg")
    clock.now = 40.0
    done = await store.update_job(job.id, DONE)
    assert done == await store.job(job.id)
    assert done == replace(
        job,
        status=DONE,
        started_at=20.0,
        finished_at=40.0,
        attempts=1,
        progress_message=77,
        result="out.jpg",
    )


async def test_whoever_ends_a_job_first_wins(store: Store) -> None:
    job = a_job()
    await add_job(store, job)
    await store.update_job(job.id, RUNNING)
    cancelled = await store.update_job(job.id, CANCELLED)
    with pytest.raises(IllegalTransition) as caught:
        await store.update_job(job.id, DELIVERING, result="out.jpg")
    assert caught.value.before is CANCELLED
    assert await store.job(job.id) == cancelled, "nothing of the refused change remains"
    told = await store.update_job(job.id, progress_message=3)
    assert (told.status, told.progress_message) == (CANCELLED, 3)


async def test_an_unknown_job_is_said_to_be_unknown(store: Store) -> None:
    with pytest.raises(UnknownJob):
        await store.job("nobody")
    with pytest.raises(UnknownJob):
        await store.update_job("nobody", RUNNING)


async def test_one_jobs_change_leaves_the_others_alone(store: Store) -> None:
    first, second = a_job("1:1"), a_job("1:2")
    await add_job(store, first)
    await add_job(store, second)
    await store.update_job(first.id, RUNNING)
    assert await store.job(second.id) == second


async def test_after_a_restart_the_interrupted_come_first_then_the_oldest(path: Path) -> None:
    async with Store(path) as store:
        for name, created in [("late", 50), ("early", 10), ("painted", 40), ("running", 30), ("ended", 5)]:
            await add_job(store, a_job(origin=name, id=name, created_at=float(created)))
        for name in ("running", "painted", "ended"):
            await store.update_job(name, RUNNING)
        await store.update_job("painted", DELIVERING, result="painted.jpg")
        await store.update_job("ended", FAILED, error="out-of-memory")
    async with Store(path) as store:
        assert [job.id for job in await store.open_jobs()] == ["running", "painted", "early", "late"]


async def test_jobs_of_the_same_moment_keep_the_order_they_came_in(store: Store) -> None:
    names = [f"job{number}" for number in random.Random(1).sample(range(100), 30)]
    for name in names:
        await add_job(store, a_job(origin=name, id=name, created_at=10.0))
    assert [job.id for job in await store.open_jobs()] == names


async def test_open_jobs_are_found_by_their_index(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many lie in the past."""
    queries, read = [], store.read

    async def listen(query: str, *values: Any) -> Any:
        queries.append(query)
        return await read(query, *values)

    monkeypatch.setattr(store, "read", listen)
    await store.open_jobs()
    [query] = queries
    plan = [row["detail"] for row in await read(f"EXPLAIN QUERY PLAN {query}")]
    assert "SCAN jobs USING INDEX open_jobs" in plan


async def test_the_jobs_of_a_person(store: Store) -> None:
    for name, chat, user in [("mine", 1, 2), ("elsewhere", 9, 2), ("theirs", 1, 3), ("ended", 1, 2)]:
        await add_job(store, a_job(origin=name, id=name, chat_id=chat, user_id=user))
    await store.update_job("ended", CANCELLED)
    assert [job.id for job in await store.jobs_of(2)] == ["mine", "elsewhere"]
    assert [job.id for job in await store.jobs_of(2, 1)] == ["mine"]
    assert [job.id for job in await store.jobs_of(2, 1, open_only=False)] == ["mine", "ended"]
    assert await store.jobs_of(4) == []


# Files, people


FILES = frozenset({"a.jpg", "b.jpg", "c.jpg", "r.png", "x.jpg"})


async def test_files_are_needed_while_a_job_or_a_dialogue_is_open(store: Store, clock: FakeClock) -> None:
    job = a_job(content="a.jpg", styles=(JobStyle("ink"), JobStyle(picture="b.jpg")))
    await store.accept([job], HasContent(PictureRef("c.jpg", 1)))
    assert await store.referenced_files(FILES, 0) == {"a.jpg", "b.jpg", "c.jpg"}
    await store.update_job(job.id, RUNNING)
    await store.update_job(job.id, DELIVERING, result="r.png")
    assert await store.referenced_files(FILES, 0) == {"a.jpg", "b.jpg", "c.jpg", "r.png"}
    clock.now = 200.0
    await store.update_job(job.id, DONE)
    await store.save_dialogue(1, 2, Idle())
    assert await store.referenced_files(FILES, 200.0) == {"a.jpg", "b.jpg", "r.png"}, (
        "for the buttons under it"
    )
    assert await store.referenced_files(FILES, 200.5) == frozenset()
    assert [await store.is_referenced(name) for name in ("a.jpg", "b.jpg", "r.png")] == [True] * 3
    assert not await store.is_referenced("c.jpg")
    assert not await store.is_referenced("a.jpg", besides=job.id)
    await store.update_job(job.id, result=None)
    assert await store.referenced_files(FILES, 0) == frozenset(), "its owner deleted it"
    assert not await store.is_referenced("a.jpg"), "of the other paintings, that is, none is kept"


async def test_what_there_is_of_an_open_jobs_painting_is_needed(store: Store) -> None:
    job, over = a_job("open"), a_job("over")
    beginnings = frozenset(f"{job.id}{end}" for end in ("-1.png", "-12.png", ".checkpoint", ".jpg"))
    for each in (job, over):
        await add_job(store, each)
    await store.update_job(over.id, CANCELLED)
    others = {f"{over.id}.checkpoint", f"{over.id}-1.png", f"x{job.id}.jpg"}
    assert await store.referenced_files(beginnings | others, 0) == beginnings


async def test_the_latest_painting_of_a_person(store: Store) -> None:
    assert await store.latest_job(2) is None
    own = a_job("1", chat_id=1, styles=(JobStyle("ink"), JobStyle(picture="b.jpg")), created_at=1.0)
    latest = a_job("2", chat_id=5, created_at=2.0)
    for job in (own, latest, a_job("3", user_id=3, created_at=3.0), a_job("4", sheet=True, created_at=4.0)):
        await add_job(store, job)
    assert await store.latest_job(2) == latest
    assert await store.latest_job(2, own_style=True) == own
    assert await store.latest_job(3, own_style=True) is None


async def test_a_file_is_not_taken_for_another(store: Store) -> None:
    await store.accept(
        [a_job(content="long.jpg", styles=(JobStyle(picture="стиль.jpg"),))],
        HasContent(PictureRef("x.jpg", 1)),
    )
    assert await store.is_referenced("стиль.jpg")
    assert await store.is_referenced("x.jpg")
    for name in ("ong.jpg", "long.jp", "иль.jpg", ".jpg", "%", ""):
        assert not await store.is_referenced(name), name


async def mention(store: Store, file: str) -> None:
    """In a person's own preset."""
    async with store.transaction() as connection:
        query = "INSERT INTO own_presets (user_id, name, key, styles, created_at) VALUES (2, 'x', 'x', ?, 0)"
        await execute(connection, query, write_styles([JobStyle(picture=file)]))


async def test_files_are_needed_while_an_own_preset_has_them(store: Store) -> None:
    await mention(store, "a.jpg")
    assert await store.referenced_files(FILES, 0) == {"a.jpg"}
    assert [await store.is_referenced(name) for name in ("a.jpg", "b.jpg")] == [True, False]


async def test_a_file_is_needed_by_what_is_being_written_too(store: Store) -> None:
    async with store.transaction() as connection:
        asked = asyncio.gather(store.is_referenced("a.jpg"), store.referenced_files(FILES, 0))
        await asyncio.sleep(0)
        await store.read("SELECT 1")  # whoever looks at what is there already has seen it by now
        await execute(
            connection,
            "INSERT INTO dialogues VALUES (1, 2, ?, 0)",
            to_json(HasContent(PictureRef("a.jpg", 1))),
        )
    assert await asked == [True, {"a.jpg"}]


async def test_a_language_is_remembered_per_person(path: Path) -> None:
    async with Store(path) as store:
        assert await store.language(1) is None
        await store.set_language(1, "ru")
        await store.set_language(2, "en")
        await store.set_language(2, None)
    async with Store(path) as store:
        assert [await store.language(person) for person in (1, 2, 3)] == ["ru", None, None]
