"""A disk that is full, or may only be read: a small file system of our own, where one may be mounted."""

import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from bot.jobs import JobStatus
from bot.operation.backup import BackupError, back_up
from bot.sandbox import Person
from bot.settings import Settings
from bot.storage import schema
from bot.store import Store
from tests.bot.end_to_end.chat import PAINTED, is_painting, is_result, result_of, says
from tests.bot.kills.customers import a_picture
from tests.bot.kills.program import REAL, STUB, Program

SIZE = 4_000_000  # bytes of the disk
RED, BLUE = (200, 40, 40), (40, 40, 200)


def mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mount("-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)):
        pytest.skip("nothing may be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
async def bot(disk: Path, settings: Callable[..., Settings], tmp_path: Path) -> AsyncIterator[Program]:
    async with Program(settings(bot_data_dir=disk / "data"), log=tmp_path / "log", PACE="1.0") as program:
        yield program


def fill(disk: Path) -> Path:
    """Leave no room at all."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return filler


def fragments(disk: Path) -> list[str]:
    """Files that were not written to the end."""
    return [file.name for file in disk.rglob("*") if file.name.endswith(".part")]


async def test_a_full_disk_is_said_and_passes(bot: Program, disk: Path, anna: Person) -> None:
    (disk / "data").mkdir()
    await bot.start()
    await anna.send_text("/start")
    await anna.wait_for(says(""), PAINTED)
    filler = fill(disk)
    await anna.send_photo(a_picture(RED), "/style ink")
    await anna.wait_for(says("Something went wrong on my side"), PAINTED)
    assert fragments(disk) == []
    filler.unlink()
    photo = await anna.send_photo(a_picture(BLUE), "/style ink")
    assert (await result_of(anna)).reply_to is photo
    bot.terminate()
    assert await bot.ended() == 0


async def test_a_disk_that_is_full_when_the_painting_is_ready(bot: Program, disk: Path, anna: Person) -> None:
    """Its owner is told, or it is delivered after all: when there is room again, whichever it is."""
    (disk / "data").mkdir()
    await bot.start()
    await anna.send_photo(a_picture(RED), "/style ink")
    await anna.wait_for(is_painting, PAINTED)
    filler = fill(disk)
    await bot.says("Trying again in")
    assert bot.is_running
    filler.unlink()
    await anna.wait_for(says("no room to keep", "🖼"), PAINTED)
    await anna.send_photo(a_picture(BLUE), "/style ink")
    await anna.wait_for(is_result, PAINTED)
    bot.terminate()
    assert await bot.ended() == 0
    assert fragments(disk) == []
    async with Store(bot.folder / "bot.sqlite3") as store:
        ends = [job.status for job in await store.jobs_of(anna.user_id, open_only=False)]
        assert set(ends) <= {JobStatus.DONE, JobStatus.FAILED}
        assert len(ends) == 2


async def test_a_disk_that_may_only_be_read_is_said_at_the_start(bot: Program, disk: Path) -> None:
    (disk / "data").mkdir()
    assert mount("-o", "remount,ro", str(disk))
    await bot.start()
    assert await bot.ended() == 2
    assert bot.words().splitlines()[-1] == f"{disk}/data/lock cannot be written: Read-only file system."
    assert "Traceback" not in bot.words()


@pytest.mark.parametrize("what", [STUB, REAL], ids=["stub", "real"])
async def test_a_disk_that_is_full_at_the_start_is_said_and_tried_again(
    disk: Path, settings: Callable[..., Settings], tmp_path: Path, what: tuple[str, ...]
) -> None:
    """Nothing is wrong with the database, and with status 1 systemd begins the bot anew."""
    (disk / "data").mkdir()
    log = tmp_path / "log"
    async with Program(settings(bot_data_dir=disk / "data"), what, log, PACE="1.0") as bot:
        schema.prepare(bot.folder / "bot.sqlite3")
        filler = fill(disk)
        await bot.start()
        assert await bot.ended() == 1
        assert "cannot be written" in bot.words()
        assert "None cannot be" not in bot.words()
        assert "No space left on device" in bot.words()
        assert "move it away" not in bot.words()
        assert "Traceback" not in bot.words()
        filler.unlink()
        await bot.start()
        await bot.is_ready()


async def test_no_half_of_a_backup_is_left_on_a_full_disk(disk: Path, tmp_path: Path) -> None:
    async with Store(tmp_path / "bot.sqlite3"):
        fill(disk)
        with pytest.raises(BackupError, match=r"full|No space left"):
            back_up(tmp_path / "bot.sqlite3", disk / "backup.sqlite3")
    assert fragments(disk) == [] and not (disk / "backup.sqlite3").exists()
