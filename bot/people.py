"""Who speaks, and one at a time: the updates of one person in one chat are handled in their order."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.callback_data import CancelJob, EnoughOfJob, decode
from bot.log_lines import about

AT_ONCE = 256  # updates in hand, of all people together


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a chat, and the language to speak with them."""

    chat_id: int
    user_id: int
    language: str
    message_id: int | None = None  # in a group: what they wrote, for answers to be seen as answers


def is_group(chat_id: int) -> bool:
    """Whether it is a chat of many: Telegram gives those negative numbers."""
    return chat_id < 0


class Turns:
    """A lock for each person in each chat, that exists only while somebody wants it."""

    def __init__(self) -> None:
        self._locks: dict[tuple[int, int], tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def of(self, chat_id: int, user_id: int) -> AsyncIterator[None]:
        """First come, first served."""
        key = chat_id, user_id
        lock, waiting = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = lock, waiting + 1
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks.pop(key)
            if waiting > 1:
                self._locks[key] = lock, waiting - 1


def _cannot_wait(update: object) -> bool:
    """Whether it ends a job: that is wanted now, not when the photo sent before it has been fetched."""
    query = update.callback_query if isinstance(update, Update) else None
    return query is not None and isinstance(decode(query.data), CancelJob | EnoughOfJob)


class InTurn(BaseUpdateProcessor):
    """Handles the updates of different people at once, those of one person one after the other."""

    __slots__ = ("_hear", "_on_handled", "_turns")

    def __init__(
        self,
        turns: Turns,
        on_handled: Callable[[object, float], None] = lambda *_: None,
        hear: Callable[[object, Awaitable[Any]], Awaitable[None]] = lambda _, handling: handling,
    ) -> None:
        """`on_handled` is told each update, and how many seconds it took; `hear` awaits its handling."""
        super().__init__(AT_ONCE)
        self._turns = turns
        self._on_handled = on_handled
        self._hear = hear

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        chat = update.effective_chat if isinstance(update, Update) else None
        user = update.effective_user if isinstance(update, Update) else None
        chat_id, user_id = chat.id if chat else 0, user.id if user else 0
        since = time.monotonic()
        with about(chat=chat_id, user=user_id):
            if _cannot_wait(update):
                await self._hear(update, coroutine)
            else:
                await self._in_turn(chat_id, user_id, update, coroutine)
        self._on_handled(update, time.monotonic() - since)

    async def _in_turn(self, chat_id: int, user_id: int, update: object, coroutine: Awaitable[Any]) -> None:
        try:
            async with self._turns.of(chat_id, user_id):
                await self._hear(update, coroutine)
        finally:
            if isinstance(coroutine, Coroutine):
                coroutine.close()  # the bot was stopped before its turn came

    async def initialize(self) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        """Nothing to do."""
