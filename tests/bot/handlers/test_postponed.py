"""What could not be heard for now waits in its order, and nobody waits for others."""

import asyncio

import pytest
from telegram import Update
from telegram.error import NetworkError, RetryAfter

from bot.handlers.postponed import Postponed, pause_after

AWAY = NetworkError("Bad Gateway")
LONG = 1000.0


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.handlers.postponed.SOONEST", LONG)


class Queue:
    """What is to be heard again, and the parts of an update's way that lie before it."""

    def __init__(self) -> None:
        self.again: asyncio.Queue[str] = asyncio.Queue()
        self.postponed = Postponed(lambda update: self.again.put_nowait(f"{update.update_id}"))

    def fails(self, number: int, trouble: NetworkError | RetryAfter = AWAY, chat: int = 5) -> None:
        self.postponed.postpone(said(number, chat), f"{number}", trouble)

    def waits(self, number: int, chat: int = 5) -> bool:
        return self.postponed.lines_up(said(number, chat), f"{number}")

    def comes(self, number: int, chat: int = 5) -> None:
        self.postponed.came(said(number, chat), f"{number}")

    def taken(self) -> list[str]:
        return [self.again.get_nowait() for _ in range(self.again.qsize())]


@pytest.fixture
async def queue() -> Queue:
    return Queue()


def said(number: int, chat: int) -> Update:
    who = {"id": chat, "type": "private", "first_name": "Anna", "is_bot": False}
    message = {"message_id": number, "date": 1_700_000_000, "chat": who, "from": who, "text": "hello"}
    return Update.de_json({"update_id": number, "message": message}, None)


async def test_it_is_heard_again_after_a_pause(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.handlers.postponed.SOONEST", 0.01)
    queue.fails(1)
    assert await asyncio.wait_for(queue.again.get(), 5) == "1"


def test_the_pauses_grow_with_the_trouble() -> None:
    assert [pause_after(AWAY, waited) for waited in (0.0, 10.0, 4000.0)] == [LONG, LONG, 2000.0]
    assert pause_after(RetryAfter(300), 4000.0) == 300


async def test_what_is_said_in_the_meantime_waits_behind_it_once(queue: Queue) -> None:
    queue.fails(1)
    assert queue.waits(2)
    assert not queue.waits(3, chat=6), "others do not wait"
    queue.comes(4)
    assert queue.taken() == ["1", "2"], "who says more is heard, what is older first"
    queue.fails(1)
    assert not queue.waits(2), "what fails again and again keeps nothing back for ever"
    assert not queue.waits(4)


async def test_while_telegram_wants_to_be_left_alone_all_wait(queue: Queue) -> None:
    queue.fails(1, RetryAfter(300))
    queue.comes(2)
    assert queue.waits(2)
    assert queue.taken() == []
    queue.fails(3, RetryAfter(0), chat=6)
    assert await asyncio.wait_for(queue.again.get(), 5) == "3"


async def test_what_waits_is_known_until_it_is_heard(queue: Queue) -> None:
    queue.fails(1)
    assert queue.postponed.knows("1")
    queue.postponed.forget("1")
    assert not queue.postponed.knows("1")
