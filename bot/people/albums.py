"""Telegram sends an album as single messages that nothing ends: waits until no more come."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from telegram import Update
from telegram.error import TelegramError

from bot.actions import PictureRef
from bot.background import Background
from bot.people.person import Person, Turns

PATIENCE = 1.5  # seconds after the last sibling


@dataclass(frozen=True, slots=True)
class Part:
    """A message of an album, but for its picture, which takes a while to fetch."""

    message_id: int
    origin: str
    written: float  # unix seconds
    caption: str | None = None
    is_answer: bool = False  # to another message


@dataclass(slots=True)
class Album:
    """What has come of an album so far."""

    person: Person
    origin: str  # of the message that came first
    written: float  # unix seconds, the same
    is_answer: bool = False  # any of its messages is one
    messages: list[int] = field(default_factory=list)  # all that came, fetched or not
    pictures: list[PictureRef] = field(default_factory=list)
    captions: dict[int, str] = field(default_factory=dict)  # by the message they stand below
    updates: list[Update] = field(default_factory=list)  # those messages, to be heard again
    trouble: TelegramError | None = None  # a picture of it could not be fetched now
    refused: list[int] = field(default_factory=list)  # messages whose pictures cannot be used
    news: asyncio.Event = field(default_factory=asyncio.Event)  # something came
    arriving: int = 0  # messages whose picture is being fetched

    @property
    def words(self) -> list[str]:
        """Its captions, in the order of its pictures."""
        return [
            self.captions[message_id] for message_id in sorted(self.captions) if self.captions[message_id]
        ]

    @property
    def lost_first(self) -> int | None:
        """The message that comes first in it, where its picture cannot be used."""
        first = min(self.messages)
        return first if first in self.refused else None


OnComplete = Callable[[Album], Awaitable[None]]


class Albums:
    """Collects the messages of each album until no more of them come."""

    def __init__(self, background: Background, turns: Turns, on_complete: OnComplete) -> None:
        self._background = background
        self._turns = turns
        self._on_complete = on_complete
        self._open: dict[tuple[int, int, str], Album] = {}

    def add(self, person: Person, group_id: str, part: Part) -> Album:
        """A message of an album came; `arrived` must follow."""
        key = person.chat_id, person.user_id, group_id
        if key not in self._open:
            self._open[key] = Album(person, part.origin, part.written)
            # Ended at once when the bot stops: the messages are heard again at its next start.
            self._background.start(self._wait(key), endless=True)
        album = self._open[key]
        album.messages.append(part.message_id)
        album.captions[part.message_id] = part.caption or ""
        album.is_answer = album.is_answer or part.is_answer
        album.arriving += 1
        album.news.set()
        return album

    def is_open(self, person: Person, group_id: str) -> bool:
        """Whether more pictures of this album are waited for."""
        return self.holds(person.chat_id, person.user_id, group_id)

    def holds(self, chat_id: int, user_id: int, group_id: str) -> bool:
        """The same, by numbers."""
        return (chat_id, user_id, group_id) in self._open

    def collects(self, chat_id: int, user_id: int, group_id: str, message_id: int) -> bool:
        """Whether this message is one of an album that is waited for."""
        album = self._open.get((chat_id, user_id, group_id))
        return album is not None and message_id in album.messages

    def recaption(self, person: Person, group_id: str, message_id: int, caption: str | None) -> None:
        """A caption of an open album was changed while its pictures come."""
        self._open[person.chat_id, person.user_id, group_id].captions[message_id] = caption or ""

    def arrived(self, album: Album, message_id: int, picture: PictureRef | None) -> None:
        """A message's picture was fetched, or could not be used."""
        album.arriving -= 1
        album.news.set()
        if picture is None:
            album.refused.append(message_id)
        else:
            album.pictures.append(picture)

    async def _wait(self, key: tuple[int, int, str]) -> None:
        album, is_complete = self._open[key], False
        while not is_complete:
            while await _more_comes(album):
                pass
            async with self._turns.of(album.person.chat_id, album.person.user_id):
                # Siblings that had come already waited for the same turn, before this.
                is_complete = not album.news.is_set()
                if is_complete:
                    del self._open[key]
                    album.pictures.sort(key=lambda picture: picture.message_id)  # some overtake others
                    await self._on_complete(album)


async def _more_comes(album: Album) -> bool:
    album.news.clear()
    try:
        async with asyncio.timeout(None if album.arriving else PATIENCE):
            await album.news.wait()
    except TimeoutError:
        return False
    return True
