"""Where updates come in: messages with pictures are written down first, so that none is lost."""

import asyncio
import logging

from telegram import Update
from telegram.ext import filters

from bot import inbox
from bot.access import Access
from bot.handlers.groups import SpokenTo
from bot.handlers.service import origin_of
from bot.store import Store, StoreError

log = logging.getLogger(__name__)

PICTURES = filters.PHOTO | filters.Document.ALL | filters.Sticker.ALL
HEARD_PICTURES = filters.UpdateType.MESSAGE & PICTURES & SpokenTo()  # those that `on_picture` is called with


class Arrivals(asyncio.Queue[object]):
    """The updates to handle. What has entered it counts as received: Telegram tells of it no more."""

    def __init__(self, store: Store, access: Access) -> None:
        super().__init__()
        self._store = store
        self._access = access

    async def put(self, item: object) -> None:
        """Queue an update. A message with a picture is written down first, and only queued if it is new."""
        if isinstance(item, Update) and HEARD_PICTURES.check_update(item) and not await self._is_new(item):
            return
        await super().put(item)

    async def _is_new(self, update: Update) -> bool:
        message, user = update.message, update.effective_user
        if message is None or user is None or not self._access.admits(user.id):
            return True
        origin, album = origin_of(message), message.media_group_id
        try:
            return await inbox.put(
                self._store, message.chat_id, message.message_id, user.id, album, origin, message.to_json()
            )
        except StoreError as error:
            log.error("A message could not be written down: %s", error)
            return True
