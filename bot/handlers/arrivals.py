"""Where updates come in: what people send is written down first, so that none is lost."""

import asyncio
import json
import logging
from collections.abc import Awaitable
from typing import Any, TypeVar

from telegram import Bot, Message, Update
from telegram.ext import filters

from bot.api.legible import Json
from bot.callback_data import decode
from bot.callbacks import ForgetMe
from bot.chat.first_signs import FirstSigns
from bot.handlers.addressed import SpokenTo, is_command
from bot.handlers.postponed import Postponed
from bot.handlers.service import origin_of_update
from bot.people.access import Access
from bot.people.albums import Albums
from bot.people.person import author_of, speaker_of
from bot.precedence import Precedence
from bot.storage import inbox
from bot.storage.database import StoreError
from bot.store import Store

log = logging.getLogger(__name__)
T = TypeVar("T")

PICTURES = filters.PHOTO | filters.Document.ALL | filters.Sticker.ALL
HEARD_PICTURES = filters.UpdateType.MESSAGE & PICTURES & SpokenTo()  # those that `on_picture` is called with
HEARD = filters.UpdateType.MESSAGE & SpokenTo()
MANY = 1000  # albums to remember

AlbumKey = tuple[int, int, str]  # chat, speaker, and Telegram's id of it


class Arrivals(asyncio.Queue[object]):
    """The updates to handle. What has entered it counts as received: Telegram tells of it no more."""

    def __init__(
        self, store: Store, access: Access, *, in_batches: bool, precedence: Precedence | None = None
    ) -> None:
        """in_batches: `settle` is called after each batch; otherwise each update is settled by itself."""
        super().__init__()
        self.unheard: set[str] = set()  # see `Service.unheard`
        self.postponed = Postponed(self.put_nowait)
        self._bot: Bot | None = None
        self._signs: FirstSigns | None = None
        self._albums: Albums | None = None
        self._store = store
        self._access = access
        self._precedence = precedence or Precedence()
        self._in_batches = in_batches
        self._read: dict[int, tuple[Update, str]] = {}  # by number: those that `put` will be called for
        self._coming: list[tuple[Update, str | None]] = []  # not written down yet; with their JSON, if known
        self._settling = asyncio.Lock()
        self._again: set[str] = set()  # origins of what was left at the last stop
        self._spoken_to: dict[AlbumKey, None] = {}  # albums with a picture that is for the bot, oldest first

    def connect(self, bot: Bot, signs: FirstSigns, albums: Albums) -> None:
        """Connect the bot, which is made after this.

        `signs` are for what must wait for an answer; in `albums` pictures wait for each other.
        """
        self._bot, self._signs, self._albums = bot, signs, albums

    def read(self, raw: Json) -> Json:
        """Read an update. What is returned stands for it: for the library, which would read it once more."""
        number = int(raw["update_id"])
        self._read[number] = Update.de_json(raw, self._bot), json.dumps(raw)
        return {"update_id": number}

    async def put(self, item: object) -> None:
        """Take an update in. It is queued once it is written down, which `settle` is for."""
        if not isinstance(item, Update):
            await super().put(item)
            return
        known = self._read.pop(item.update_id, None)
        self._coming.append(known or (item, None))
        if not self._in_batches:
            await self.settle()

    async def settle(self) -> None:
        """Write down what has come, all at once, and queue what of it is new.

        Where updates come in batches this is for the caller to do, before the next batch is asked for: by
        that Telegram is told that it need not keep this one.
        """
        async with self._settling:
            if not self._coming:
                return
            coming = [(update, self._arrival_of(update, body)) for update, body in self._coming]
            arrivals = [arrival for _, arrival in coming if arrival is not None]
            with self._precedence.first():
                new = await self._write(inbox.put_all(self._store, arrivals)) if arrivals else set()
            del self._coming[: len(coming)]  # not before, in case that this is cancelled
        for update, arrival in coming:
            # What cannot be written down is heard all the same.
            if arrival is None or new is None or arrival.origin in new:
                self._queue_it(update, arrival)
            if arrival is not None and new is not None:
                new.discard(arrival.origin)  # it may be in there twice

    def put_again(self, update: Update) -> None:
        """Queue what was left at the last stop, and so is known."""
        origin = origin_of_update(update)
        if origin is not None:
            self._again.add(origin)
            self.put_nowait(update)

    async def hear(self, update: object, handling: Awaitable[Any]) -> None:
        """Handle an update, and remember that it was heard.

        Pictures are remembered where they are handled: an album is not heard before all of it is there.
        """
        origin = origin_of_update(update) if isinstance(update, Update) else None
        try:
            if isinstance(update, Update) and not await self._is_its_turn(update, origin):
                return
            if isinstance(update, Update) and update.message is not None:  # a press waits for nobody
                await self._precedence.give_way()
            await handling
        finally:
            if self._signs is not None and origin is not None:
                self._signs.answered(origin)
        if origin is None or origin in self.unheard:
            self.unheard.discard(origin or "")
            return
        if isinstance(update, Update) and _album_of(update.message) is None:
            self.postponed.forget(origin)
        if isinstance(update, Update) and (HEARD_PICTURES.check_update(update) or self._is_collected(update)):
            return
        await self._write(inbox.set_heard(self._store, origin))

    async def _is_its_turn(self, update: Update, origin: str | None) -> bool:
        """False where it waits behind others that are postponed, or need not be heard any more."""
        if origin is None:
            return not self.postponed.takes_edit(update)
        has_waited = self.postponed.has_waited(origin)
        if self.postponed.lines_up(update, origin):
            return False  # and not tried, either
        if origin in self._again:
            self._again.discard(origin)
            self.postponed.recall(origin)
            await self._write(inbox.trying(self._store, origin))
        elif has_waited and await self._write(inbox.is_left(self._store, origin)) is False:
            self.postponed.forget(origin)
            return _asks_to_be_forgotten(update)  # a press that is not kept either, and wants an answer
        return True

    def _queue_it(self, update: Update, arrival: inbox.Arrival | None) -> None:
        if arrival is not None:
            self.postponed.came(update, arrival.origin)
        # Of an album in a group, the picture that is for the bot is enough.
        if self._signs is not None and arrival is not None and HEARD.check_update(update):
            assert arrival.message_id is not None
            self._signs.expect(arrival.origin, arrival.chat_id, arrival.message_id)
        self.put_nowait(update)

    def _is_collected(self, update: Update) -> bool:
        """Whether it is a picture that waits for the others of its album, to be heard with them."""
        message, key = update.message, _album_of(update.message)
        if message is None or key is None or self._albums is None:
            return False
        return self._albums.collects(*key, message.message_id)  # a film is not: nobody waits for that

    def _arrival_of(self, update: Update, body: str | None) -> inbox.Arrival | None:
        try:
            return self._arrival(update, body)
        except Exception:  # of an odd one: whatever waits for updates must not end by it
            log.exception("An update could not be written down.")
            return None

    def _arrival(self, update: Update, body: str | None) -> inbox.Arrival | None:
        """What to write down; None for what is not meant for the bot, or comes from strangers."""
        message, query = update.message, update.callback_query
        origin, speaker = origin_of_update(update), speaker_of(update)
        if origin is None or speaker is None or not self._access.admits(speaker):
            return None
        if query is not None:
            chat_id = query.message.chat.id if query.message else speaker
            return inbox.Arrival(origin, chat_id, speaker, body or update.to_json())
        if message is None or not self._is_for_us(update, message):
            return None
        body = body or update.to_json()
        return inbox.Arrival(
            origin, message.chat_id, speaker, body, message.message_id, message.media_group_id
        )

    def _is_for_us(self, update: Update, message: Message) -> bool:
        """In a group, one picture of an album names the bot: those that follow are for it all the same."""
        key = _album_of(message)
        if not HEARD.check_update(update) and not is_command(message):
            return key is not None and (key in self._spoken_to or self._is_open(key))
        if key is not None:
            self._spoken_to[key] = None
            if len(self._spoken_to) > MANY:
                del self._spoken_to[next(iter(self._spoken_to))]
        return True

    def _is_open(self, key: AlbumKey) -> bool:
        return self._albums is not None and self._albums.holds(*key)

    async def _write(self, writing: Awaitable[T]) -> T | None:
        try:
            return await writing
        except StoreError as error:
            log.error("What arrived could not be written down: %s", error)
            return None


def _album_of(message: Message | None) -> AlbumKey | None:
    speaker = author_of(message) if message is not None else None
    if message is None or speaker is None or message.media_group_id is None:
        return None
    return message.chat_id, speaker, message.media_group_id


def _asks_to_be_forgotten(update: Update) -> bool:
    query = update.callback_query
    return query is not None and decode(query.data) == ForgetMe(sure=True)
