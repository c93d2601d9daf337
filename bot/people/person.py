"""Who speaks, and whose turn it is: one person in one chat is served one thing after the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from telegram import Message, Update


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


def whose_turn(update: object) -> tuple[int, int]:
    """The chat of an update and who speaks there; 0 for none."""
    chat = update.effective_chat if isinstance(update, Update) else None
    return (chat.id if chat else 0), (speaker_of(update) or 0)


def is_group(chat_id: int) -> bool:
    """Whether it is a chat of many: Telegram gives those negative numbers."""
    return chat_id < 0


class Turns:
    """A lock for each person in each chat, that exists only while somebody wants it."""

    def __init__(self) -> None:
        self._locks: dict[tuple[int, int], tuple[asyncio.Lock, int]] = {}

    def is_taken(self, chat_id: int, user_id: int) -> bool:
        """Whether somebody would have to wait for this turn."""
        return (chat_id, user_id) in self._locks

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
