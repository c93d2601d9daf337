"""Dialogues on real SQLite files. How they go together with jobs and files is in `test_store.py`."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.actions import Enqueue, PictureRef
from bot.dialogue_states import HasContent, HasStyle, Idle, NoRoom, State
from bot.jobs import JobStyle
from bot.store import Store
from tests.bot.clocks import FakeClock
from tests.bot.some_jobs import WAITING


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


@pytest.mark.parametrize(
    "state",
    [
        WAITING,
        HasStyle((JobStyle(preset="ink"),)),
        NoRoom((Enqueue(PictureRef("a", 1), (JobStyle("ink"),)),)),
        NoRoom((Enqueue(PictureRef("a", 1), (JobStyle("ink"),), origin="1:1:0", since=1.5, language="ru"),)),
    ],
)
async def test_a_dialogue_goes_on_after_a_restart(path: Path, state: State) -> None:
    async with Store(path) as store:
        await store.save_dialogue(1, 2, WAITING)
        await store.save_dialogue(1, 2, state)
    async with Store(path) as store:
        # Of what is kept, some is known that makes no difference otherwise.
        assert repr(await store.load_dialogue(1, 2)) == repr(state)
        assert await store.load_dialogue(2, 1) == Idle()
        await store.save_dialogue(1, 2, Idle())
        assert await store.load_dialogue(1, 2) == Idle()


async def test_a_dialogue_that_cannot_be_read_begins_anew(path: Path, store: Store) -> None:
    await store.save_dialogue(1, 2, WAITING)
    with sqlite3.connect(path) as other:
        other.execute("UPDATE dialogues SET state = '{\"version\": 99}'")
    other.close()
    assert await store.load_dialogue(1, 2) == Idle()
    assert await store.referenced_files(frozenset({WAITING.content.file}), 0) == frozenset()


async def test_untouched_dialogues_expire(store: Store, clock: FakeClock) -> None:
    clock.now = 100.0
    await store.save_dialogue(1, 1, WAITING)
    await store.save_dialogue(1, 2, WAITING)
    clock.now = 200.0
    await store.save_dialogue(1, 2, HasStyle((JobStyle("ink"),)))
    assert await store.expire_dialogues(150.0, 50.0) == 1
    assert await store.load_dialogue(1, 1) == Idle()
    assert await store.load_dialogue(1, 2) != Idle()
    assert await store.expire_dialogues(150.0, 50.0) == 0


async def test_in_another_chat_the_ids_of_messages_mean_nothing(store: Store) -> None:
    def photo(message_id: int) -> PictureRef:
        return PictureRef("a", message_id)

    ink = (JobStyle("ink"),)
    states: list[tuple[State, State]] = [
        (NoRoom((Enqueue(photo(1), ink),)), NoRoom((Enqueue(photo(0), ink),))),
        (
            HasContent(photo(1), (Enqueue(photo(2), ink),), (photo(3),)),
            HasContent(photo(0), (Enqueue(photo(0), ink),), (photo(0),)),
        ),
        (HasStyle(ink), HasStyle(ink)),
    ]
    for user_id, (before, _) in enumerate(states):
        await store.save_dialogue(-1, user_id, before)
    await store.move_chat(-1, -2)
    for user_id, (_, after) in enumerate(states):
        assert await store.load_dialogue(-1, user_id) == Idle()
        assert await store.load_dialogue(-2, user_id) == after


async def test_what_was_promised_expires_later(store: Store, clock: FakeClock) -> None:
    promised = (Enqueue(PictureRef("a", 1), (JobStyle("ink"),)),)
    clock.now = 100.0
    await store.save_dialogue(1, 1, NoRoom(promised))
    await store.save_dialogue(1, 2, HasContent(PictureRef("b", 2), promised))
    assert await store.expire_dialogues(150.0, 50.0) == 0
    assert await store.expire_dialogues(250.0, 150.0) == 2
