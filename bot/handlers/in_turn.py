"""One at a time: the updates of one person in one chat are handled in their order."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.callback_data import decode
from bot.callbacks import CancelJob, EnoughOfJob
from bot.log_lines import about
from bot.people.person import Turns, whose_turn

AT_ONCE = 256  # people served at the same moment
NO_LIMIT = 2**31  # of updates that wait: whoever sends hundreds waits for themselves, in nobody's way


def _cannot_wait(update: object) -> bool:
    """Whether it ends a job: that is wanted now, not when the photo sent before it has been fetched."""
    query = update.callback_query if isinstance(update, Update) else None
    return query is not None and isinstance(decode(query.data), CancelJob | EnoughOfJob)


class InTurn(BaseUpdateProcessor):
    """Handles the updates of different people at once, those of one person one after the other."""

    __slots__ = ("_at_once", "_hear", "_on_handled", "_turns")

    def __init__(
        self,
        turns: Turns,
        on_handled: Callable[[object, float], None] = lambda *_: None,
        hear: Callable[[object, Awaitable[Any]], Awaitable[None]] = lambda _, handling: handling,
    ) -> None:
        """`on_handled` is told each update, and how many seconds it took; `hear` awaits its handling."""
        super().__init__(NO_LIMIT)
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._turns = turns
        self._on_handled = on_handled
        self._hear = hear

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        chat_id, user_id = whose_turn(update)
        since = time.monotonic()
        with about(chat=chat_id, user=user_id):
            try:
                if _cannot_wait(update):
                    await self._hear(update, coroutine)
                else:
                    await self._in_turn(chat_id, user_id, update, coroutine)
            finally:
                if isinstance(coroutine, Coroutine):
                    coroutine.close()  # it is not to be heard now, or the bot was stopped before its turn
        self._on_handled(update, time.monotonic() - since)

    async def _in_turn(self, chat_id: int, user_id: int, update: object, coroutine: Awaitable[Any]) -> None:
        async with self._turns.of(chat_id, user_id), self._at_once:  # in this order: see `NO_LIMIT`
            await self._hear(update, coroutine)

    async def initialize(self) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        """Nothing to do."""
