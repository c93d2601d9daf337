"""What people send is written down, many messages at once, before Telegram is told that it was taken."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from telegram import Update
from telegram.error import RetryAfter
from telegram.request import BaseRequest

from bot.api.retries import UpdatesRequest
from bot.handlers.arrivals import Arrivals
from bot.handlers.service import origin_of_update
from bot.people.access import Access
from bot.settings import Settings
from bot.storage import inbox
from bot.storage.database import StoreError
from bot.store import Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path / "bot.sqlite3") as store:
        yield store


@pytest.fixture
async def access(store: Store, settings: Callable[..., Settings]) -> Access:
    access = Access(store, settings())
    await access.load()
    return access


@pytest.fixture
def arrivals(store: Store, access: Access) -> Arrivals:
    return Arrivals(store, access, in_batches=True)


def said(number: int) -> Update:
    """Somebody's words; `number` is the message's."""
    chat = {"id": 5, "type": "private", "first_name": "Anna"}
    user = {"id": 5, "is_bot": False, "first_name": "Anna"}
    message = {"message_id": number, "date": 1_700_000_000, "chat": chat, "from": user, "text": "hello"}
    return Update.de_json({"update_id": number, "message": message}, None)


def heard(arrivals: Arrivals) -> list[int]:
    """What is in the queue, by the message."""
    found = [arrivals.get_nowait() for _ in range(arrivals.qsize())]
    return [each.message.message_id for each in found if isinstance(each, Update) and each.message]


async def written(store: Store) -> int:
    return len(await inbox.left(store))


async def test_a_batch_is_written_down_as_a_whole_and_then_queued(store: Store, arrivals: Arrivals) -> None:
    for number in range(1, 251):
        await arrivals.put(said(number))
    assert arrivals.empty(), "what is not safe is not heard"
    await arrivals.settle()
    assert heard(arrivals) == list(range(1, 251))
    assert await written(store) == 250
    await arrivals.settle()
    assert arrivals.empty()


async def test_by_webhook_each_is_safe_when_it_is_taken(store: Store, access: Access) -> None:
    arrivals = Arrivals(store, access, in_batches=False)
    await asyncio.gather(*(arrivals.put(said(number)) for number in range(1, 31)))
    assert sorted(heard(arrivals)) == list(range(1, 31))
    assert await written(store) == 30


async def test_an_update_is_read_once_and_kept_as_it_came(store: Store, arrivals: Arrivals) -> None:
    raw = said(7).to_dict() | {"of_a_later_version": {"unknown": "to the library"}}
    stands_for_it = arrivals.read(raw)
    assert stands_for_it == {"update_id": 7}
    await arrivals.put(Update.de_json(stands_for_it, None))
    await arrivals.settle()
    assert heard(arrivals) == [7]
    assert [json.loads(left.update) for left in await inbox.left(store)] == [raw]


async def test_what_comes_twice_is_heard_once_in_one_batch_too(arrivals: Arrivals) -> None:
    for number in (1, 2, 1):
        await arrivals.put(said(number))
    await arrivals.settle()
    await arrivals.put(said(2))
    await arrivals.settle()
    assert heard(arrivals) == [1, 2]


async def test_what_cannot_be_written_down_is_heard_all_the_same(
    arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(inbox, "put_all", full)
    await arrivals.put(said(1))
    await arrivals.settle()
    assert heard(arrivals) == [1]


async def test_what_was_not_written_down_is_so_at_the_next_time(
    store: Store, arrivals: Arrivals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot is being stopped: the library asks once more for updates, to take what it has."""
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "put_all", lambda *_: asyncio.sleep(60))
        await arrivals.put(said(1))
        settling = asyncio.ensure_future(arrivals.settle())
        await asyncio.sleep(0.01)
        settling.cancel()
        await asyncio.gather(settling, return_exceptions=True)
    assert await written(store) == 0
    await arrivals.settle()
    assert await written(store) == 1


async def test_a_batch_is_safe_before_the_next_is_asked_for(store: Store, arrivals: Arrivals) -> None:
    class Way(BaseRequest):
        read_timeout = 5.0
        safe = 0

        async def initialize(self) -> None: ...

        async def shutdown(self) -> None: ...

        async def do_request(self, *_: Any, **__: Any) -> tuple[int, bytes]:
            self.safe = await written(store)
            return 200, b'{"ok": true, "result": []}'

    way = Way()
    await arrivals.put(said(1))
    await UpdatesRequest(way, before=arrivals.settle).do_request("https://telegram/getUpdates", "POST")
    assert way.safe == 1


async def test_what_waits_behind_others_is_not_heard_once_its_sender_was_forgotten(
    store: Store, arrivals: Arrivals
) -> None:
    first, second = said(1), said(2)
    for update in (first, second):
        await arrivals.put(update)
    await arrivals.settle()
    assert heard(arrivals) == [1, 2]
    arrivals.postponed.postpone(first, str(origin_of_update(first)), RetryAfter(0))
    heard_again: list[int] = []

    async def handle(number: int) -> None:
        heard_again.append(number)

    await arrivals.hear(second, handling := handle(2))
    handling.close()
    await store.write("DELETE FROM arrivals")
    assert [await arrivals.get(), await arrivals.get()] == [first, second]
    await arrivals.hear(second, handling := handle(2))
    handling.close()
    assert heard_again == []
