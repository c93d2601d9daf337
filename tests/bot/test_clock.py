"""The machine's clock is set while the bot runs: nothing is deleted early, nothing kept for ever."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import clock
from bot.background import Background
from bot.people import sweeper
from bot.people.sweeper import sweep, sweep_for_ever
from bot.sandbox import Person
from bot.settings import Settings
from bot.storage.pictures import Pictures
from bot.store import Store
from tests.bot.conftest import StartBot
from tests.bot.end_to_end.chat import is_question, picture, result_of

DAY = 24 * 3600.0


@pytest.mark.parametrize("jump", [10 * DAY, -10 * DAY])
async def test_a_photo_that_waits_survives_a_clock_that_is_set(
    bot: Background,
    settings: Callable[..., Settings],
    anna: Person,
    pictures: Pictures,
    monkeypatch: pytest.MonkeyPatch,
    jump: float,
) -> None:
    await anna.send_photo(picture(), "/style ink")
    await result_of(anna)
    photo = await anna.send_photo(picture())
    question = await anna.wait_for(is_question)
    clock.settle()
    wall = time.time
    monkeypatch.setattr(time, "time", lambda: wall() + jump)
    async with Store(settings().bot_data_dir / "bot.sqlite3") as store:
        await sweep(store, pictures, DAY)
        assert len(await store.jobs_of(anna.user_id, open_only=False)) == 1
    await anna.press(question, "1. Starry Night")
    assert (await result_of(anna, after=photo)).reply_to is photo


async def test_on_a_machine_that_is_behind_a_picture_answers_the_question(
    start_bot: StartBot, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though by Telegram's clock, which dates the picture, the photo has waited for hours."""
    behind = clock._Clock()
    behind.settle()
    behind._start -= 2 * 3600
    monkeypatch.setattr(clock, "_CLOCK", behind)
    async with start_bot():
        photo = await anna.send_photo(picture())
        await anna.wait_for(is_question)
        await anna.send_photo(picture(color="olive"))
        assert (await result_of(anna)).reply_to is photo


def test_no_jump_is_felt_and_time_goes_on() -> None:
    """In a program of its own, whose wall clock jumps."""
    code = """
import time
from bot import clock
from bot.people import sweeper
before, wall = clock.now(), time.time
assert abs(before - wall()) < 1
clock.settle()
for jump in (1e6, -1e6):
    time.time = lambda: wall() + jump
    time.sleep(0.05)
    after = clock.now()
    assert 0.05 <= after - before < 30, after - before
    before = after
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_machine_that_starts_in_the_past_is_told_the_time() -> None:
    """Forwards it is believed, until it is settled; a clock that is set back at its start is not."""
    code = """
import time
wall = time.time
time.time = lambda: 0.0
from bot import clock
from bot.people import sweeper
assert 0 <= clock.now() < 30
time.time = wall
assert abs(clock.now() - wall()) < 1
time.time = lambda: wall() - 1e6
assert abs(clock.now() - wall()) < 1
clock.settle()
time.time = lambda: wall() + 1e6
assert abs(clock.now() - wall()) < 1
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


async def test_nothing_is_swept_away_before_the_time_is_known(
    store: Store, pictures: Pictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "data" / "pictures" / "photo.jpg"
    file.write_bytes(picture())
    os.utime(file, (0, 0))
    settled = asyncio.Event()
    monkeypatch.setattr(sweeper, "settle", settled.set)
    sweeping = asyncio.get_running_loop().create_task(sweep_for_ever(store, pictures, DAY))
    await asyncio.sleep(0.2)
    assert file.exists()
    assert not settled.is_set()
    sweeping.cancel()
    monkeypatch.setattr(sweeper, "SETTLING_SECONDS", 0.01)
    sweeping = asyncio.get_running_loop().create_task(sweep_for_ever(store, pictures, DAY))
    while file.exists():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert settled.is_set()
    sweeping.cancel()


async def test_a_file_of_the_future_is_swept_in_its_time(
    pictures: Pictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "data" / "pictures" / "photo.jpg"
    file.write_bytes(picture())
    os.utime(file, (clock.now() + 10 * DAY,) * 2)
    assert await pictures.old_files(DAY) == frozenset()
    monkeypatch.setattr("bot.storage.pictures.now", lambda: clock.now() + DAY - 60)
    assert await pictures.old_files(DAY) == frozenset()
    monkeypatch.setattr("bot.storage.pictures.now", lambda: clock.now() + DAY + 60)
    assert await pictures.old_files(DAY) == {"photo.jpg"}
