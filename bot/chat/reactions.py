"""How a job stands, as a reaction on its photo: in a group that says it without a word."""

import asyncio
import logging

from telegram import Bot
from telegram.constants import ReactionEmoji
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.chat.live_message import Gone
from bot.jobs import Job

log = logging.getLogger(__name__)

QUEUED = ReactionEmoji.EYES
PAINTING = ReactionEmoji.MAN_TECHNOLOGIST
DONE = ReactionEmoji.PARTY_POPPER
LONGEST_SECONDS = 5.0  # for one: what waits behind it is worth more


class Reactions:
    """The bot's reactions on photos; each is set once."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._shown: dict[str, str] = {}  # by job

    async def show(self, job: Job, emoji: str) -> bool:
        """React to the job's photo; False where that cannot be: it must be said in words then.

        Raises `Gone`: the bot was thrown out.
        """
        if job.reply_to is None:
            return False
        if self._shown.get(job.id) == emoji:
            return True
        try:
            await self._react(job.chat_id, job.reply_to, emoji)
        except BadRequest as error:  # the photo was deleted, or the group allows no such reactions
            log.info("Job %s: no reaction: %s", job.id, error.message)
            return False
        except Forbidden as error:
            raise Gone(error.message) from error
        except (TelegramError, TimeoutError) as error:  # a passing trouble; the next one will be seen
            log.info("Job %s: no reaction now: %s", job.id, error)
            return True
        self._shown[job.id] = emoji
        return True

    async def take_away(self, job: Job) -> None:
        """Take the reaction back: no painting will come of this photo."""
        self._shown.pop(job.id, None)
        if job.reply_to is None:
            return
        try:
            await self._react(job.chat_id, job.reply_to, None)
        except (TelegramError, TimeoutError) as error:
            log.info("Job %s: its reaction stays: %s", job.id, error)

    def forget(self, job: Job) -> None:
        """Nothing more will be shown of it."""
        self._shown.pop(job.id, None)

    async def _react(self, chat_id: int, message_id: int, emoji: str | None) -> None:
        """Raises `TelegramError`, and `TimeoutError` where Telegram puts it off for long."""
        async with asyncio.timeout(LONGEST_SECONDS):
            await self._bot.set_message_reaction(chat_id, message_id, emoji)
