"""Photos that the queue had no room for are offered to it again, until it takes them or nobody wants them."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from bot.conversation.conversation import Conversation
from bot.fair_queue import LaterFull, QueueClosed, QueueFull
from bot.people.person import Turns
from bot.queue.admission import Admission
from bot.store import Store

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0  # quotas run out without a sign


class KeptPhotos:
    """Offers them in rounds, those first that were kept first.

    Whoever is refused in a round for want of a place in the queue stands in line until the next, and nobody
    else is let into the queue meanwhile: what others send is kept, too, and so comes behind. As each round
    makes a new line, nobody stands in it who wants nothing any more.
    """

    def __init__(
        self,
        store: Store,
        conversation: Conversation,
        admission: Admission,
        turns: Turns,
        admits: Callable[[int], bool],
    ) -> None:
        """admits: whether a person may use the bot."""
        self._store = store
        self._conversation = conversation
        self._admission = admission
        self._turns = turns
        self._admits = admits

    async def offer_for_ever(self, freed: asyncio.Event) -> None:
        """Whenever a place in the queue was `freed`, and every few seconds."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY_SECONDS):
                    await freed.wait()
            freed.clear()
            try:
                await self.offer_all()
            except QueueClosed:
                return  # the bot is being stopped
            except Exception:
                log.exception("Photos that were kept could not be offered to the queue.")
                self._admission.line = frozenset()

    async def offer_all(self) -> None:
        """One round. Raises `QueueClosed` and `StoreError`."""
        line = set()
        for chat_id, user_id in await self._store.kept_for():
            if await self._must_wait(chat_id, user_id):
                line.add(user_id)
        self._admission.line = frozenset(line)

    async def _must_wait(self, chat_id: int, user_id: int) -> bool:
        """Offer one person's photos; whether there is no place for them.

        Nobody is waited for who is being answered, as a picture of theirs may take long to come: they are
        offered in the next round. What goes wrong for one must not end the round for all.
        """
        if self._turns.is_taken(chat_id, user_id):
            return False
        try:
            async with self._turns.of(chat_id, user_id):
                if not self._admits(user_id):
                    return False
                refusal = await self._conversation.offer_kept(chat_id, user_id)
                return isinstance(refusal, QueueFull) and not isinstance(refusal, LaterFull)
        except QueueClosed:
            raise
        except Exception:
            log.exception("What is kept for %d in chat %d could not be offered.", user_id, chat_id)
            return False
