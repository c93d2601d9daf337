"""Backups: of a database that is being written to, restored by copying; refused clearly, never half there."""

import asyncio
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.dialogue_states import Idle
from bot.operation.backup import BackupError, back_up
from bot.storage.schema import StoreError, prepare
from bot.store import Store
from tests.bot.some_jobs import FULL_JOB, a_job, add_job


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "data" / "bot.sqlite3"


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


async def test_a_backup_made_while_the_bot_writes_is_a_whole_database(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite3"
    async with Store(database) as store:
        await add_job(store, FULL_JOB)
        stop = asyncio.Event()
        accepted = 0

        async def work() -> None:
            nonlocal accepted
            while not stop.is_set():
                await store.accept([a_job(origin=f"{accepted:>900}")], Idle())
                accepted += 1

        working = asyncio.create_task(work())
        while accepted < 50:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        before = accepted
        size = await asyncio.to_thread(back_up, database, target)
        assert size == target.stat().st_size
        stop.set()
        await working
    assert names(tmp_path) == ["backup.sqlite3", "data"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    restored = tmp_path / "restored" / "bot.sqlite3"
    restored.parent.mkdir()
    target.rename(restored)
    async with Store(restored) as store:
        assert await store.job(FULL_JOB.id) == FULL_JOB
        jobs = [job for job in await store.open_jobs() if job.id != FULL_JOB.id]
    assert before <= len(jobs) <= accepted
    assert [int(job.origin) for job in jobs] == list(range(len(jobs))), "all up to one moment, none after it"


BUSY = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA synchronous = OFF")
for number in range(500_000):
    connection.execute("UPDATE uploads SET file_id = ? WHERE bot_id = 1 AND key = '1'", (str(number),))
    if number == 100:
        print("busy", flush=True)
"""


def test_a_backup_comes_to_an_end_while_much_is_written(database: Path, tmp_path: Path) -> None:
    """SQLite begins one anew whenever somebody writes between two portions of it."""
    prepare(database)
    with closing(sqlite3.connect(database)) as connection:
        numbers = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT 20000)"
        fill = f"INSERT INTO uploads {numbers} SELECT 1, n, hex(zeroblob(500)) FROM numbers"
        connection.execute(fill)
        connection.commit()
    with subprocess.Popen([sys.executable, "-c", BUSY, str(database)], stdout=subprocess.PIPE) as busy:
        assert busy.stdout is not None
        busy.stdout.readline()
        back_up(database, tmp_path / "backup.sqlite3")
        assert busy.poll() is None, "it did not wait until all was written"
        busy.kill()


async def test_an_earlier_backup_is_replaced_whole_or_stays(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite3"
    async with Store(database) as store:
        back_up(database, target)
        await add_job(store, FULL_JOB)
        back_up(database, target)
    async with Store(target) as store:
        assert await store.job(FULL_JOB.id) == FULL_JOB
    whole = target.read_bytes()
    cut_short(database)
    with pytest.raises(BackupError):
        back_up(database, target)
    assert target.read_bytes() == whole
    assert names(tmp_path) == ["backup.sqlite3", "data"]


async def test_what_cannot_be_backed_up_is_said(database: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no database"):
        back_up(database, tmp_path / "backup.sqlite3")
    async with Store(database):
        pass
    with pytest.raises(BackupError, match="itself"):
        back_up(database, database)
    with pytest.raises(BackupError, match="is a folder"):
        back_up(database, tmp_path)
    with pytest.raises(BackupError, match="No such file or directory"):
        back_up(database, tmp_path / "nowhere" / "backup.sqlite3")
    other = tmp_path / "other.sqlite3"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(BackupError, match="not this bot's"):
        back_up(other, tmp_path / "backup.sqlite3")
    with pytest.raises(StoreError, match="another program"):
        await Store(other).open()
