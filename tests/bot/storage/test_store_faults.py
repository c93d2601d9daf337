"""What the store withstands: many at once, cancelled callers, kills, full disks, files it cannot use."""

import asyncio
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from bot.actions import PictureRef
from bot.dialogue_states import HasContent, Idle, State
from bot.jobs import IllegalTransition, JobStatus, JobStyle, new_job_id
from bot.storage import schema
from bot.storage.database import StoreError
from bot.store import Store
from tests.bot.some_jobs import FULL_JOB, WAITING, a_job, add_job

RUNNING, FAILED, CANCELLED = JobStatus.RUNNING, JobStatus.FAILED, JobStatus.CANCELLED


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.sqlite3"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    async with Store(path) as opened:
        yield opened


async def test_many_at_once_do_not_mix(store: Store) -> None:
    async def person(user_id: int) -> None:
        for number in range(5):
            job = a_job(origin=f"{user_id}:{number}", user_id=user_id, chat_id=user_id)
            state = HasContent(PictureRef(f"{user_id}-{number}.jpg", number))
            assert await store.accept([job], state)
            assert await store.load_dialogue(user_id, user_id) == state
            assert not await store.accept([replace(job, id=new_job_id())], Idle())
            await store.update_job(job.id, RUNNING)
            await store.set_language(user_id, "en")
            await store.update_job(job.id, FAILED, error="x")

    await asyncio.gather(*(person(number) for number in range(20)))
    assert await store.open_jobs() == []
    for user_id in range(20):
        assert len(await store.jobs_of(user_id, open_only=False)) == 5


async def test_of_two_that_end_a_job_at_once_one_wins(store: Store) -> None:
    job = a_job()
    await add_job(store, job)
    ends = await asyncio.gather(
        *(store.update_job(job.id, status) for status in (CANCELLED, FAILED, CANCELLED, RUNNING)),
        return_exceptions=True,
    )
    assert (await store.job(job.id)).status is CANCELLED
    assert [isinstance(end, IllegalTransition) for end in ends] == [False, True, False, True]


async def test_two_stores_on_one_file_wait_for_each_other(path: Path) -> None:
    async with Store(path) as one, Store(path) as other:
        stores = [one, other] * 10
        jobs = [a_job(origin=str(number)) for number in range(20)]
        await asyncio.gather(*(add_job(store, job) for store, job in zip(stores, jobs, strict=True)))
        assert {job.id for job in await one.open_jobs()} == {job.id for job in jobs}


async def test_a_new_file_opened_many_times_at_once_is_made_once(path: Path) -> None:
    stores = [Store(path) for _ in range(6)]
    await asyncio.gather(*(store.open() for store in stores))
    await asyncio.gather(*(add_job(store, a_job(str(number))) for number, store in enumerate(stores)))
    assert len(await stores[0].open_jobs()) == 6
    await asyncio.gather(*(store.close() for store in stores))


STATEMENTS = 5  # of an acceptance: begin, look for it, insert, dialogue, commit


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("moment", range(1, STATEMENTS + 1))
async def test_a_caller_cancelled_at_any_moment_leaves_all_or_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, moment: int, twice: bool
) -> None:
    await store.save_dialogue(1, 2, WAITING)
    calls = 0

    def cancelling(method: Callable[..., Any], name: str) -> Callable[..., Any]:
        async def call(connection: aiosqlite.Connection, *arguments: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == moment or (twice and name == "rollback"):
                task = asyncio.current_task()
                assert task
                task.cancel()  # is felt once the statement is on its way to the file
            return await method(connection, *arguments)

        return call

    with monkeypatch.context() as patch:
        for name in ("execute_fetchall", "commit", "rollback"):
            patch.setattr(aiosqlite.Connection, name, cancelling(getattr(aiosqlite.Connection, name), name))
        with pytest.raises(asyncio.CancelledError):
            await asyncio.ensure_future(store.accept([a_job()], Idle()))
    assert calls > moment, "it was cancelled midway and took back what it had begun"
    async with store.transaction():
        pass  # a commit that nobody waits for any more has reached the file
    accepted, state = bool(await store.open_jobs()), await store.load_dialogue(1, 2)
    assert (accepted, state) == ((True, Idle()) if moment == STATEMENTS else (False, WAITING))
    assert await add_job(store, a_job(origin="next")), "the store goes on working"


async def test_an_opening_that_is_cancelled_leaves_no_thread(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cancelled(*_: Any) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(aiosqlite.Connection, "execute_fetchall", cancelled)
    before = set(threading.enumerate())
    with pytest.raises(asyncio.CancelledError):
        async with Store(path):
            pass
    started = [thread for thread in set(threading.enumerate()) - before if "connection" in thread.name]
    for thread in started:
        await asyncio.to_thread(thread.join, 5)
        assert not thread.is_alive()


async def test_closing_waits_for_what_is_under_way(path: Path) -> None:
    store = Store(path)
    await store.open()
    jobs = [a_job(origin=str(number)) for number in range(10)]
    adding = [asyncio.ensure_future(store.accept([job], Idle())) for job in jobs]
    await asyncio.sleep(0)
    await store.close()
    await store.close()
    assert await asyncio.gather(*adding) == [True] * 10
    with pytest.raises(StoreError, match="closed"):
        await store.open_jobs()


ACCEPTING = """
import asyncio, sys
from pathlib import Path
from bot.dialogue_states import HasContent
from bot.actions import PictureRef
from bot.jobs import Job, JobStyle
from bot.store import Store

async def main():
    async with Store(Path(sys.argv[1])) as store:
        for number in range(10**6):
            name = f"job{number}"
            job = Job(id=name, origin=name, chat_id=1, user_id=2, language="en", content="a.jpg",
                      styles=(JobStyle("ink"),), created_at=float(number))
            await store.accept([job], HasContent(PictureRef(name, number)))
            print(number, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_it_keeps_every_job_it_said_yes_to(path: Path, seed: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ACCEPTING, str(path)], stdout=subprocess.PIPE, text=True
    ) as bot:
        assert bot.stdout is not None
        said = [bot.stdout.readline() for _ in range(random.Random(seed).randint(1, 60))]
        bot.kill()
        said += bot.stdout.readlines()

    async def what_is_left() -> tuple[list[str], State]:
        async with Store(path) as store:
            return [job.id for job in await store.open_jobs()], await store.load_dialogue(1, 2)

    kept, state = asyncio.run(what_is_left())
    assert kept == [f"job{number}" for number in range(len(kept))]
    assert len(kept) - len(said) in (0, 1), "one more may be in the file whose yes was not heard"
    assert state == HasContent(PictureRef(kept[-1], len(kept) - 1))


async def test_a_commit_survives_a_power_cut(store: Store) -> None:
    """What cannot be tried here can be asked: synchronous FULL writes the log through at every commit."""
    async with store.transaction() as connection:
        assert (await connection.execute_fetchall("PRAGMA synchronous"))[0][0] == 2
        assert (await connection.execute_fetchall("PRAGMA journal_mode"))[0][0] == "wal"


# Files of other versions, and files that are none


def snapshot(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.parent.iterdir() if file.is_file()}


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


async def refuse(path: Path, reason: str) -> None:
    """Opening must fail with one sentence that names file and reason, and change nothing."""
    before = snapshot(path)
    with pytest.raises(StoreError, match=reason) as caught:
        async with Store(path):
            pass
    assert str(path) in str(caught.value)
    assert not caught.value.may_pass, "trying again would not help"
    assert "\n" not in str(caught.value)
    assert snapshot(path) == before


def version_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    connection.close()
    return version


def execute(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


async def test_an_older_file_is_brought_up_to_date_with_all_it_holds(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Store(path) as store:
        await add_job(store, FULL_JOB)
    first = len(schema.MIGRATIONS)
    newer = [("ALTER TABLE people ADD COLUMN mood TEXT",), ("CREATE TABLE moods (name TEXT)",)]
    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, *newer])
    async with Store(path) as store:
        assert await store.job(FULL_JOB.id) == FULL_JOB
    assert version_of(path) == first + 2
    execute(path, "SELECT mood FROM people", "SELECT name FROM moods")
    async with Store(path) as store:  # and not a second time
        assert await store.job(FULL_JOB.id) == FULL_JOB


async def test_a_file_of_the_first_version_keeps_its_jobs(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:1])
        schema.prepare(path)
    columns = "id, origin, chat_id, user_id, language, content, styles, created_at, as_file, keep_colors"
    execute(
        path,
        f"INSERT INTO jobs ({columns}, status, attempts) VALUES ('old', 'o', 1, 2, 'en', 'photo.jpg', "
        '\'[{"preset": "ink", "picture": null, "weight": 1.0}]\', 10.0, 0, 1, \'queued\', 0)',
    )
    async with Store(path) as store:
        [job] = await store.open_jobs()
    assert job == a_job("o", id="old", styles=(JobStyle(preset="ink"),), keep_colors=True)


async def test_a_migration_that_fails_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Store(path) as store:
        await add_job(store, FULL_JOB)
    version = version_of(path)
    with monkeypatch.context() as patch:
        broken = [("CREATE TABLE moods (name TEXT)", "CREATE NONSENSE")]
        patch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, *broken])
        await refuse(path, "syntax error")
    assert version_of(path) == version
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        execute(path, "SELECT * FROM moods")
    async with Store(path) as store:
        assert await store.job(FULL_JOB.id) == FULL_JOB


async def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    async with Store(path) as store:
        await add_job(store, FULL_JOB)
    execute(path, f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    await refuse(path, "newer version")


async def test_a_database_of_another_program_is_refused(path: Path) -> None:
    execute(path, "CREATE TABLE recipes (name TEXT)", "INSERT INTO recipes VALUES ('soup')")
    await refuse(path, "another program")


NO_DATABASES = {
    "a note": b"not a database, just a note" * 100,
    "the head of one": b"SQLite format 3\x00" + b"\x07" * 5000,
}


@pytest.mark.parametrize("content", list(NO_DATABASES.values()), ids=list(NO_DATABASES))
async def test_a_file_that_is_no_database_is_refused(path: Path, content: bytes) -> None:
    write(path, content)
    await refuse(path, "cannot be used")


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "near the head": lambda whole: whole[:3000] + b"\xff" * 5000 + whole[8000:],
    "in the middle": lambda whole: (
        whole[: len(whole) // 2] + b"\xff" * 5000 + whole[len(whole) // 2 + 5000 :]
    ),
    "cut short": lambda whole: whole[: len(whole) // 2],
}


@pytest.mark.parametrize("damage", list(DAMAGES.values()), ids=list(DAMAGES))
async def test_a_damaged_database_is_refused(path: Path, damage: Callable[[bytes], bytes]) -> None:
    async with Store(path) as store:
        for number in range(50):
            await add_job(store, a_job(origin=f"{number:>200}"))
    write(path, damage(snapshot(path)[path.name]))
    await refuse(path, r"damaged|malformed")


async def test_a_place_where_no_file_can_be_is_said(path: Path) -> None:
    write(path, b"in the way")
    for impossible in (path / "bot.sqlite3", path.parent):
        with pytest.raises(StoreError, match="cannot be opened"):
            async with Store(impossible):
                pass


async def test_the_folder_is_made_and_an_empty_file_is_a_new_one(tmp_path: Path) -> None:
    async with Store(tmp_path / "new" / "folder" / "bot.sqlite3") as store:
        assert await store.open_jobs() == []
    write(tmp_path / "empty.sqlite3", b"")
    async with Store(tmp_path / "empty.sqlite3") as store:
        assert await store.open_jobs() == []


def test_a_start_writes_nothing_into_a_file_that_is_up_to_date(path: Path) -> None:
    """For which a full disk would have no room."""
    schema.prepare(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # while which nobody else may write
        schema.prepare(path)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (sqlite3.SQLITE_FULL, "make room"),
        (sqlite3.SQLITE_IOERR_SHMSIZE, "make room"),
        (sqlite3.SQLITE_CANTOPEN, "make room"),
        (sqlite3.SQLITE_READONLY, "let the bot write"),
        (sqlite3.SQLITE_BUSY, "end the other program"),
    ],
)
def test_what_may_pass_is_told_from_damage(path: Path, code: int, remedy: str) -> None:
    """A database that is well must not be moved away for it."""
    error = sqlite3.OperationalError("words")
    error.sqlite_errorcode = code
    told = schema.unusable(path, error)
    assert told.may_pass
    assert remedy in str(told)
    assert "restore" not in str(told)


async def test_a_full_disk_is_said_and_loses_nothing(store: Store, path: Path) -> None:
    kept = a_job(origin="kept")
    await add_job(store, kept)
    async with store.transaction() as connection:
        pages = (await connection.execute_fetchall("PRAGMA page_count"))[0][0]
        await connection.execute_fetchall(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full") as raised:
        for number in range(100):
            await store.accept([a_job(origin=f"{number:>500}")], WAITING)
    assert raised.value.may_pass
    assert str(raised.value).endswith("make room on its disk.")
    jobs = await store.open_jobs()
    assert kept in jobs
    await store.update_job(kept.id, CANCELLED)
