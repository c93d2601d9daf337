"""Albums, which take their time."""

import asyncio
from collections.abc import Callable

import pytest

from bot.actions import PictureRef
from bot.background import Background
from bot.people.albums import Album, Albums, Part
from bot.people.person import Person, Turns

ANNA = Person(1, 1, "en")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.people.albums.PATIENCE", 0.05)


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
async def turns() -> Turns:
    return Turns()


@pytest.fixture
async def albums(turns: Turns, collected: Collected) -> Albums:
    return Albums(Background(), turns, collected)


def send(albums: Albums, number: int, group: str = "a", caption: str | None = None) -> Callable[[], None]:
    """A message of an album comes; the call that is returned ends the fetching of its picture."""
    album = albums.add(ANNA, group, Part(number, f"origin-{number}", 1000.0 + number, caption))
    return lambda: albums.arrived(album, number, PictureRef(f"{number}.jpg", number))


async def test_an_album_is_complete_when_no_more_comes(albums: Albums, collected: Collected) -> None:
    for number in (2, 1, 3):
        send(albums, number, caption="/style ink" if number == 3 else None)()
        await asyncio.sleep(0.03)
        assert collected.albums == []
    await asyncio.wait_for(collected.came.wait(), 5)
    [album] = collected.albums
    assert [picture.file for picture in album.pictures] == ["1.jpg", "2.jpg", "3.jpg"]
    assert album.words == ["/style ink"]
    assert album.origin == "origin-2"
    assert album.written == 1002.0
    assert album.messages == [2, 1, 3]


async def test_an_album_waits_for_slow_pictures(albums: Albums, collected: Collected) -> None:
    done = send(albums, 1)
    await asyncio.sleep(0.2)
    assert collected.albums == []
    done()
    await asyncio.wait_for(collected.came.wait(), 5)


async def test_an_album_waits_for_pictures_whose_turn_has_not_come(
    albums: Albums, turns: Turns, collected: Collected
) -> None:
    """They are there, but what their sender wrote in between is still being answered."""

    async def next_picture() -> None:
        async with turns.of(ANNA.chat_id, ANNA.user_id):
            send(albums, 2)()

    send(albums, 1, caption="/style ink")()
    async with turns.of(ANNA.chat_id, ANNA.user_id):
        coming = asyncio.create_task(next_picture())
        await asyncio.sleep(0.3)
        assert collected.albums == []
    await coming
    await asyncio.wait_for(collected.came.wait(), 5)
    await asyncio.sleep(0.3)
    [album] = collected.albums
    assert [picture.file for picture in album.pictures] == ["1.jpg", "2.jpg"]


async def test_two_albums_do_not_mix(albums: Albums, collected: Collected) -> None:
    send(albums, 1, "a")()
    send(albums, 2, "b")()
    await asyncio.sleep(0.3)
    assert sorted(len(album.pictures) for album in collected.albums) == [1, 1]


@pytest.mark.parametrize("number", [1, 3])
async def test_a_picture_that_cannot_be_used_is_left_out(
    albums: Albums, collected: Collected, number: int
) -> None:
    album = albums.add(ANNA, "a", Part(number, "origin", 1000.0))
    albums.arrived(album, number, None)
    send(albums, 2)()
    await asyncio.wait_for(collected.came.wait(), 5)
    assert [picture.file for picture in collected.albums[0].pictures] == ["2.jpg"]
    assert collected.albums[0].lost_first == (1 if number == 1 else None)


async def test_an_album_answers_what_one_of_its_messages_does(albums: Albums, collected: Collected) -> None:
    for number in (1, 2, 3):
        part = Part(number, "origin", 1000.0, is_answer=number == 2)
        albums.arrived(albums.add(ANNA, "a", part), number, PictureRef(f"{number}.jpg", number))
    await asyncio.wait_for(collected.came.wait(), 5)
    assert collected.albums[0].is_answer
