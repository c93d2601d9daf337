"""The folders of pictures: what is kept, what is refused, what is swept away."""

import asyncio
import errno
import os
import stat
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from bot.actions import PictureRef
from bot.api.downloads import content_of
from bot.dialogue_states import HasContent, Idle
from bot.jobs import JobStatus
from bot.people.sweeper import sweep
from bot.sandbox import Person
from bot.storage.examiners import Examiners
from bot.storage.pictures import _AT_ONCE, Pictures
from bot.store import Store
from styler import PictureError, PictureReason
from styler.images import PictureInfo
from tests.bot.conftest import StartBot
from tests.bot.easel_painter import until
from tests.bot.end_to_end.chat import picture
from tests.bot.some_jobs import a_job, add_job


def age(file: Path, hours: float) -> None:
    then = time.time() - hours * 3600
    os.utime(file, (then, then))


async def test_a_picture_is_kept_under_a_name_of_ours(pictures: Pictures) -> None:
    name = await pictures.keep(picture(200, 150, format="PNG"))
    assert name.endswith(".png")
    assert pictures.picture_path(name).read_bytes() == picture(200, 150, format="PNG")
    assert await pictures.size(name) == (200, 150)
    assert [file.name for file in pictures.picture_path(name).parent.iterdir()] == [name]
    assert await pictures.keep(picture()) != await pictures.keep(picture())


@pytest.mark.skipif(sys.platform == "win32", reason="it opens no folders")
async def test_a_kept_picture_survives_a_power_cut(
    pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be tried here can be seen: first the file is written through, then its name."""
    folder, written = pictures.picture_path("x").parent, list[tuple[bool, list[str]]]()
    fsync = os.fsync

    def look(number: int) -> None:
        names = [file.name for file in folder.iterdir()]
        written.append((os.path.samestat(os.fstat(number), folder.stat()), names))
        fsync(number)

    monkeypatch.setattr(os, "fsync", look)
    name = await pictures.keep(picture())
    (is_folder, before), (is_folder_after, after) = written
    assert not is_folder
    assert name not in before
    assert is_folder_after
    assert after == [name]


@pytest.mark.skipif(sys.platform == "win32", reason="it opens no folders")
@pytest.mark.parametrize("number", [errno.EINVAL, errno.EBADF, errno.ENOTSUP, errno.EIO])
async def test_a_disk_that_cannot_keep_names_takes_pictures_and_a_broken_one_does_not(
    number: int, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def refuse(opened: int) -> None:
        if stat.S_ISDIR(os.fstat(opened).st_mode):
            raise OSError(number, os.strerror(number))
        fsync(opened)

    monkeypatch.setattr(os, "fsync", refuse)
    if number == errno.EIO:
        with pytest.raises(OSError, match=os.strerror(number)):
            await pictures.keep(picture())
    else:
        assert pictures.picture_path(await pictures.keep(picture())).exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", PictureReason.EMPTY),
        (b"nothing to see", PictureReason.NOT_AN_IMAGE),
        (picture()[:2000], PictureReason.TRUNCATED),
        (picture(400, 10, format="PNG"), PictureReason.TOO_SMALL),
        (picture(2000, 20, format="PNG"), PictureReason.TOO_NARROW),
    ],
)
async def test_a_bad_picture_leaves_no_trace(
    pictures: Pictures, content: bytes, reason: PictureReason
) -> None:
    with pytest.raises(PictureError) as raised:
        await pictures.keep(content)
    assert raised.value.reason is reason
    assert list(pictures.picture_path("x").parent.iterdir()) == []


class Heavy(bytes):
    """Bytes of which it is known when nobody holds them any more."""

    alive = 0

    def __del__(self) -> None:
        Heavy.alive -= 1


async def test_pictures_that_wait_to_be_examined_wait_on_the_disk(
    start_bot: StartBot, anna: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many may wait, and each may be of 20 MB."""

    async def heavy(*arguments: Any) -> bytes:
        Heavy.alive += 1
        return Heavy(await content_of(*arguments))

    async def only_the_file_is_left() -> bool:
        written = [file for file in (tmp_path / "data" / "pictures").iterdir() if file.stat().st_size]
        return len(written) == 1 and Heavy.alive == 0

    monkeypatch.setattr("bot.handlers.fetching.content_of", heavy)
    monkeypatch.setattr("bot.storage.pictures._AT_ONCE", 0)  # nobody's turn comes
    async with start_bot():
        await anna.send_photo(picture())
        await until(only_the_file_is_left)


class Patient(Examiners):
    """Looks at pictures until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = threading.Event()
        self.looked_at: set[Path] = set()
        self.most = 0

    def examine(self, path: Path) -> PictureInfo:
        self.looked_at.add(path)
        self.most = max(self.most, len(self.looked_at))
        self.may_go_on.wait(60)
        self.looked_at.remove(path)
        return PictureInfo(200, 150, "JPEG")


async def test_few_pictures_are_examined_at_once(tmp_path: Path) -> None:
    examiners = Patient()
    pictures = Pictures(tmp_path, examiners)
    pictures.make_folders()

    async def no_more_are_let_in() -> bool:
        return pictures._examining.locked() and len(examiners.looked_at) == _AT_ONCE

    keeping = asyncio.gather(*(pictures.keep(picture()) for _ in range(_AT_ONCE + 1)))
    try:
        await until(no_more_are_let_in)
    finally:
        examiners.may_go_on.set()
    assert len(set(await keeping)) == _AT_ONCE + 1
    assert examiners.most == _AT_ONCE <= 2, "each may take gigabytes"


async def test_deleting(pictures: Pictures) -> None:
    name = await pictures.keep(picture())
    await pictures.size(name)
    await pictures.delete(name)
    await pictures.delete(name)
    assert not pictures.picture_path(name).exists()
    with pytest.raises(PictureError):
        await pictures.size(name)


async def test_a_result_that_is_gone_is_none(pictures: Pictures) -> None:
    assert await pictures.result("none.jpg") is None
    pictures.result_path("one.jpg").write_bytes(b"painting")
    assert await pictures.result("one.jpg") == b"painting"


async def test_the_sweeper_takes_what_is_old_and_not_needed(pictures: Pictures, store: Store) -> None:
    old, young, waiting, queued, forgotten = [await pictures.keep(picture()) for _ in range(5)]
    for name in (old, waiting, queued, forgotten):
        age(pictures.picture_path(name), 30)
    pictures.result_path("old.jpg").write_bytes(b"painting")
    age(pictures.result_path("old.jpg"), 30)
    await store.save_dialogue(1, 2, HasContent(PictureRef(waiting, 5)))
    await add_job(store, a_job(origin="queued", content=queued))
    done = a_job(origin="done", content=forgotten)
    await add_job(store, done)
    await store.update_job(done.id, JobStatus.CANCELLED)

    await sweep(store, pictures, 24 * 3600)

    left = {file.name for file in pictures.picture_path(old).parent.iterdir()}
    assert left == {young, waiting, queued}
    assert await pictures.result("old.jpg") is None


async def test_the_sweeper_leaves_what_is_gone_on_from(pictures: Pictures, store: Store) -> None:
    """However long it waits: for other people's jobs, for an engine, for the bot to be started."""
    waiting, over = a_job("waiting", sheet=True), a_job("over")
    for job in (waiting, over):
        await add_job(store, job)
    await store.update_job(over.id, JobStatus.FAILED)
    kept = [f"{waiting.id}-1.png", f"{waiting.id}.checkpoint"]
    for name in (*kept, f"{over.id}-1.png", f"{over.id}.checkpoint"):
        pictures.result_path(name).write_bytes(b"half a painting")
        age(pictures.result_path(name), 30)
    await sweep(store, pictures, 24 * 3600)
    assert sorted(file.name for file in pictures.result_path("x").parent.iterdir()) == sorted(kept)


async def test_the_sweeper_forgets_dialogues_nobody_touched(tmp_path: Path, pictures: Pictures) -> None:
    async with Store(tmp_path / "old.sqlite3", clock=lambda: time.time() - 30 * 3600) as store:
        name = await pictures.keep(picture())
        age(pictures.picture_path(name), 30)
        await store.save_dialogue(1, 2, HasContent(PictureRef(name, 5)))
        await sweep(store, pictures, 24 * 3600)
        assert await store.load_dialogue(1, 2) == Idle()
    assert not pictures.picture_path(name).exists()
