"""Who speaks, and one at a time: the updates of one person in one chat are handled in their order."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from telegram import Message, Update
from telegram.ext import BaseUpdateProcessor

from bot.callback_data import CancelJob, EnoughOfJob, decode
from bot.log_lines import about

AT_ONCE = 256  # people served at the same moment
NO_LIMIT = 2**31  # of updates that wait: whoever sends hundreds waits for themselves, in nobody's way


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a chat, and the language to speak with them."""

    chat_id: int
    user_id: int
    language: str
    message_id: int | None = None  # in a group: what they wrote, for answers to be seen as answers


def author_of(message: Message) -> int | None:
    """Who wrote it: a person's id, or that of the group or channel in whose name somebody did.

    Telegram gives all of those one and the same user, in all groups.
    """
    if message.sender_chat is not None:
        return message.sender_chat.id
    return message.from_user.id if message.from_user is not None else None


def speaker_of(update: object) -> int | None:
    """Who speaks or presses, as `author_of`; None for nobody."""
    if not isinstance(update, Update):
        return None
    message = update.message or update.edited_message
    if message is not None:
        return author_of(message)
    return update.effective_user.id if update.effective_user is not None else None


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
        chat = update.effective_chat if isinstance(update, Update) else None
        chat_id, user_id = chat.id if chat else 0, speaker_of(update) or 0
        since = time.monotonic()
        with about(chat=chat_id, user=user_id):
            if _cannot_wait(update):
                await self._hear(update, coroutine)
            else:
                await self._in_turn(chat_id, user_id, update, coroutine)
        self._on_handled(update, time.monotonic() - since)

    async def _in_turn(self, chat_id: int, user_id: int, update: object, coroutine: Awaitable[Any]) -> None:
        try:
            async with self._turns.of(chat_id, user_id), self._at_once:  # in this order: see `NO_LIMIT`
                await self._hear(update, coroutine)
        finally:
            if isinstance(coroutine, Coroutine):
                coroutine.close()  # the bot was stopped before its turn came

    async def initialize(self) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        """Nothing to do."""
