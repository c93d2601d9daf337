"""Our questions about photos, to be taken away once the photo is in work, however they were answered."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable

from telegram import Bot
from telegram.error import TelegramError

log = logging.getLogger(__name__)

MOST = 10_000  # photos; the questions about older ones stay, and their buttons still work
LONGEST_SECONDS = 5.0  # for taking one away: what that person says next waits for it


class OpenQuestions:
    """Known since the start of the bot only: after that, questions stay and still work as well."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        # By chat, person and photo: in a group two may be asked about one.
        self._messages: OrderedDict[tuple[int, int, int], set[int]] = OrderedDict()

    def remember(self, chat_id: int, user_id: int, photo: int, message_id: int) -> None:
        """This message asks that person what to do with that photo."""
        self._messages.setdefault((chat_id, user_id, photo), set()).add(message_id)
        while len(self._messages) > MOST:
            self._messages.popitem(last=False)

    async def take_away(self, chat_id: int, user_id: int, photo: int) -> None:
        """Delete what that person was asked about that photo: it is in work."""
        for message_id in self._messages.pop((chat_id, user_id, photo), ()):
            await until_gone(self._bot.delete_message(chat_id, message_id))


async def until_gone(deleting: Awaitable[object]) -> None:
    """Wait, not for long, until a question is deleted. It does no harm if not: its buttons are then stale."""
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            await deleting
    except (TelegramError, TimeoutError, TypeError) as error:  # which the library calls what is inaccessible
        log.info("A question could not be taken away: %s", error)
