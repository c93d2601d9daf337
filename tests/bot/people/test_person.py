"""Turns: one person's updates in order, different people at once; and albums, which take their time."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from telegram import Chat, Message, Update, User

from bot.actions import PictureRef
from bot.background import Background
from bot.handlers.in_turn import AT_ONCE, InTurn
from bot.people.albums import Album, Albums
from bot.people.person import Person, Turns

ANNA = Person(1, 1, "en")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.people.albums.PATIENCE", 0.05)


async def test_one_person_is_served_in_order_and_others_meanwhile() -> None:
    turns, seen = Turns(), []
    gate = asyncio.Event()

    async def handle(user_id: int, name: str, *, waits: bool = False) -> None:
        async with turns.of(1, user_id):
            if waits:
                await gate.wait()
            seen.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(handle(1, "anna first", waits=True))
        group.create_task(handle(1, "anna second"))
        group.create_task(handle(1, "anna third"))
        group.create_task(handle(2, "boris"))
        await asyncio.sleep(0.01)
        assert seen == ["boris"]
        gate.set()
    assert seen == ["boris", "anna first", "anna second", "anna third"]
    assert turns._locks == {}, "nothing is kept of who was served"


async def test_a_turn_that_fails_or_is_given_up_lets_the_next_in() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="oops"):
        async with turns.of(1, 1):
            raise ValueError("oops")
    async with turns.of(1, 1):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), turns.of(1, 1):
                pass
    assert turns._locks == {}


async def test_hundreds_of_updates_of_one_person_are_in_nobodys_way() -> None:
    turn, seen = InTurn(Turns()), []
    gate, boris_served = asyncio.Event(), asyncio.Event()

    async def anna_is_served(number: int) -> None:
        await gate.wait()
        seen.append(number)

    async def boris_is_served() -> None:
        boris_served.set()

    flood = range(2 * AT_ONCE)
    async with asyncio.TaskGroup() as group:
        for number in flood:
            group.create_task(turn.process_update(words_of(1), anna_is_served(number)))
        await asyncio.sleep(0)
        group.create_task(turn.process_update(words_of(2), boris_is_served()))
        async with asyncio.timeout(5):
            await boris_served.wait()
        gate.set()
    assert seen == list(flood)


def words_of(user_id: int) -> Update:
    user, chat = User(user_id, "Somebody", is_bot=False), Chat(user_id, Chat.PRIVATE)
    return Update(1, message=Message(1, datetime.now(UTC), chat, from_user=user, text="hello"))


class Collected:
    """Albums that were complete, and a way to wait for them."""

    def __init__(self) -> None:
        self.albums: list[Album] = []
        self.came = asyncio.Event()

    async def __call__(self, album: Album) -> None:
        self.albums.append(album)
        self.came.set()


@pytest.fixture
async def collected() -> Collected:
    return Collected()


@pytest.fixture
async def albums(collected: Collected) -> Albums:
    return Albums(Background(), Turns(), collected)


def send(albums: Albums, number: int, group: str = "a", caption: str | None = None) -> Callable[[], None]:
    """A message of an album comes; the call that is returned ends the fetching of its picture."""
    album = albums.expect(ANNA, group, number, f"origin-{number}", caption)
    return lambda: albums.arrived(album, number, PictureRef(f"{number}.jpg", number))


async def test_an_album_is_complete_when_no_more_comes(albums: Albums, collected: Collected) -> None:
    for number in (2, 1, 3):
        send(albums, number, caption="/style ink" if number == 3 else None)()
        await asyncio.sleep(0.03)
        assert collected.albums == []
    await asyncio.wait_for(collected.came.wait(), 5)
    [album] = collected.albums
    assert [picture.file for picture in album.pictures] == ["1.jpg", "2.jpg", "3.jpg"]
    assert album.caption == "/style ink"
    assert album.origin == "origin-2"
    assert album.messages == [2, 1, 3]


async def test_an_album_waits_for_slow_pictures(albums: Albums, collected: Collected) -> None:
    done = send(albums, 1)
    await asyncio.sleep(0.2)
    assert collected.albums == []
    done()
    await asyncio.wait_for(collected.came.wait(), 5)


async def test_two_albums_do_not_mix(albums: Albums, collected: Collected) -> None:
    send(albums, 1, "a")()
    send(albums, 2, "b")()
    await asyncio.sleep(0.3)
    assert sorted(len(album.pictures) for album in collected.albums) == [1, 1]


@pytest.mark.parametrize("number", [1, 3])
async def test_a_picture_that_cannot_be_used_is_left_out(
    albums: Albums, collected: Collected, number: int
) -> None:
    album = albums.expect(ANNA, "a", number, "origin", None)
    albums.arrived(album, number, None)
    send(albums, 2)()
    await asyncio.wait_for(collected.came.wait(), 5)
    assert [picture.file for picture in collected.albums[0].pictures] == ["2.jpg"]
    assert collected.albums[0].lost_first == (1 if number == 1 else None)


async def test_background_ends_what_is_endless_at_once_and_gives_others_grace() -> None:
    background, ended = Background(), []

    async def endless() -> None:
        await asyncio.Event().wait()

    async def short() -> None:
        await asyncio.sleep(0.1)
        ended.append("short")

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("stubborn")

    background.start(endless(), endless=True)
    background.start(short())
    background.start(stubborn())
    await asyncio.sleep(0)
    await background.stop(0.3)
    assert ended == ["short", "stubborn"]


async def test_background_tells_of_what_breaks(caplog: pytest.LogCaptureFixture) -> None:
    background = Background()

    async def breaks(words: str) -> None:
        raise ValueError(words)

    background.start(breaks("a trifle"))
    background.start(breaks("the heart"), vital=True)
    error = await asyncio.wait_for(background.broken, 5)
    assert str(error) == "the heart"
    assert "a trifle" in caplog.text
