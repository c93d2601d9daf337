"""A first sign that a message has arrived, where the words of an answer have to wait: a reaction on it.

Telegram's limit of 30 a second, which is why words wait when many people write at once, is one for messages
(https://core.telegram.org/bots/faq#broadcasting-to-users), and a reaction is none. It stays where it is: it
goes on being true, and taking it away would be one more call for everybody.
"""

import asyncio
import logging
from collections import Counter

from telegram import Bot
from telegram.error import TelegramError

from bot.background import Background
from bot.chat.reactions import QUEUED
from bot.precedence import Precedence

log = logging.getLogger(__name__)

SIGN_SECONDS = 0.5  # an answer that comes sooner needs no sign
CROWD = 15  # unanswered messages that cannot all be answered in that time: who comes now gets a sign at once
MOST_IN_CHAT = 3  # unanswered messages that get one; who sends more knows already
LONGEST_SECONDS = 5.0  # for giving it; a later one would come after the words


class FirstSigns:
    """Knows which messages were not answered yet."""

    def __init__(self, bot: Bot, background: Background, precedence: Precedence) -> None:
        self._bot = bot
        self._background = background
        self._precedence = precedence
        self._unanswered: dict[str, tuple[int, asyncio.TimerHandle | None]] = {}  # by origin: chat and alarm
        self._in_chat: Counter[int] = Counter()

    def expect(self, origin: str, chat_id: int, message_id: int) -> None:
        """A message has come, and is safe; `origin` names it. It gets a sign unless `answered` comes soon."""
        if origin in self._unanswered:
            return
        alarm = None
        if self._in_chat[chat_id] < MOST_IN_CHAT:
            delay = 0.0 if len(self._unanswered) >= CROWD else SIGN_SECONDS
            alarm = asyncio.get_running_loop().call_later(delay, self._give, chat_id, message_id)
        self._in_chat[chat_id] += 1
        self._unanswered[origin] = chat_id, alarm

    def answered(self, origin: str) -> None:
        """It was, or needs no answer."""
        if origin not in self._unanswered:
            return
        chat_id, alarm = self._unanswered.pop(origin)
        if alarm is not None:
            alarm.cancel()
        self._in_chat[chat_id] -= 1
        if not self._in_chat[chat_id]:
            del self._in_chat[chat_id]

    @property
    def is_crowd(self) -> bool:
        """Whether people in so many chats wait to be answered that all else had better wait too."""
        return len(self._in_chat) >= CROWD

    def _give(self, chat_id: int, message_id: int) -> None:
        self._background.start(self._react(chat_id, message_id), endless=True)

    async def _react(self, chat_id: int, message_id: int) -> None:
        try:
            with self._precedence.first():
                async with asyncio.timeout(LONGEST_SECONDS):
                    await self._bot.set_message_reaction(chat_id, message_id, QUEUED)
        except (TelegramError, TimeoutError) as error:  # a chat without reactions, a message that is gone
            log.info("No first sign in chat %d: %s", chat_id, error)
