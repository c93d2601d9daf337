"""Where updates come in: what people send is written down first, so that none is lost."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, TypeVar

from telegram import Update
from telegram.ext import filters

from bot import inbox
from bot.access import Access
from bot.handlers.groups import SpokenTo
from bot.handlers.service import origin_of_update
from bot.store import Store, StoreError

log = logging.getLogger(__name__)
T = TypeVar("T")

PICTURES = filters.PHOTO | filters.Document.ALL | filters.Sticker.ALL
HEARD_PICTURES = filters.UpdateType.MESSAGE & PICTURES & SpokenTo()  # those that `on_picture` is called with


HEARD = filters.UpdateType.MESSAGE & SpokenTo()


class Arrivals(asyncio.Queue[object]):
    """The updates to handle. What has entered it counts as received: Telegram tells of it no more."""

    def __init__(self, store: Store, access: Access) -> None:
        super().__init__()
        self.unheard: set[str] = set()  # see `Service.unheard`
        self._store = store
        self._access = access
        self._again: set[str] = set()  # origins of what was left at the last stop

    async def put(self, item: object) -> None:
        """Queue an update. What people send is written down first, and only queued if it is new."""
        try:
            is_new = not isinstance(item, Update) or await self._is_new(item)
        except Exception:  # of an odd one: whatever waits for updates must not end by it
            log.exception("An update could not be written down.")
            is_new = True
        if is_new:
            await super().put(item)

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
        if origin is not None and origin in self._again:
            self._again.discard(origin)
            await self._write(inbox.trying(self._store, origin))
        await handling
        if isinstance(update, Update) and HEARD_PICTURES.check_update(update):
            return
        if origin is not None and origin not in self.unheard:
            await self._write(inbox.set_heard(self._store, origin))

    async def _is_new(self, update: Update) -> bool:
        """False for what was written down before. What cannot be written down is heard all the same."""
        arrival = self._arrival(update)
        return arrival is None or await self._write(inbox.put(self._store, arrival)) is not False

    def _arrival(self, update: Update) -> inbox.Arrival | None:
        """What to write down; None for what is not meant for the bot, or comes from strangers."""
        message, query, user = update.message, update.callback_query, update.effective_user
        origin = origin_of_update(update)
        if origin is None or user is None or not self._access.admits(user.id):
            return None
        if query is not None:
            chat_id = query.message.chat.id if query.message else user.id
            return inbox.Arrival(origin, chat_id, user.id, update.to_json())
        if message is None or not HEARD.check_update(update):
            return None
        return inbox.Arrival(
            origin, message.chat_id, user.id, update.to_json(), message.message_id, message.media_group_id
        )

    async def _write(self, writing: Awaitable[T]) -> T | None:
        try:
            return await writing
        except StoreError as error:
            log.error("What arrived could not be written down: %s", error)
            return None
