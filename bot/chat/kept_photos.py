"""Photos that the queue had no room for are offered to it again, until it takes them or nobody wants them."""

import asyncio
import logging
from collections.abc import Callable

from bot.chat.conversation import Conversation
from bot.fair_queue import QueueClosed
from bot.people.person import Turns
from bot.store import Store

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0


async def offer_for_ever(
    store: Store, conversation: Conversation, turns: Turns, admits: Callable[[int], bool]
) -> None:
    """Again and again, those first whose photos were kept first. admits: whether a person may use the bot."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            for chat_id, user_id in await store.kept_for():
                if admits(user_id):
                    async with turns.of(chat_id, user_id):
                        await conversation.offer_kept(chat_id, user_id)
        except QueueClosed:
            return  # the bot is being stopped
        except Exception:
            log.exception("Photos that were kept could not be offered to the queue.")
