"""Messages with pictures, from their arrival until they were heard, and for a while after that by name only.

Telegram tells of a message until it is taken, perhaps twice, and then no more. Fetching its picture takes a
while, and collecting an album longer: whatever a crash leaves in here is heard at the next start.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from bot.store import Store, execute

MAX_TRIES = 2  # a message that was being heard at so many crashes is taken to have caused them


async def put(
    store: Store, chat_id: int, message_id: int, user_id: int, album: str | None, origin: str, message: str
) -> bool:
    """Keep a message, as JSON. False when it came before, and nothing is changed."""
    query = """
        INSERT INTO inbox (chat_id, message_id, user_id, album, origin, message, came_at)
        VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (chat_id, message_id) DO NOTHING RETURNING 1
    """
    values = chat_id, message_id, user_id, album, origin, message, time.time()
    async with store.transaction() as connection:
        return bool(await execute(connection, query, *values))


@asynccontextmanager
async def until_heard(
    store: Store, chat_id: int, message_ids: Sequence[int], is_stopping: Callable[[], bool]
) -> AsyncIterator[None]:
    """Within, the messages are heard. Afterwards they were, unless that failed because the bot stops."""
    try:
        yield
    except Exception:
        if not is_stopping():
            await set_heard(store, chat_id, message_ids)
        raise
    await set_heard(store, chat_id, message_ids)


async def left(store: Store) -> list[str]:
    """The messages to hear again, oldest first, without those that made a job before all was over."""
    album = "coalesce(album, origin)"
    made = f"""
        SELECT user_id, {album} FROM inbox
        WHERE EXISTS (SELECT 1 FROM jobs WHERE jobs.origin = inbox.origin || ':0')
    """  # noqa: S608
    heard = f"UPDATE inbox SET message = NULL WHERE tries >= ? OR (user_id, {album}) IN ({made})"  # noqa: S608
    async with store.transaction() as connection:
        await execute(connection, heard, MAX_TRIES)
        await execute(connection, "UPDATE inbox SET tries = tries + 1 WHERE message IS NOT NULL")
        query = "SELECT message FROM inbox WHERE message IS NOT NULL ORDER BY rowid"
        return [row["message"] for row in await execute(connection, query)]


async def forget_heard(store: Store, before: float) -> None:
    """Forget the names of messages that came before this time (unix seconds) and were heard."""
    async with store.transaction() as connection:
        await execute(connection, "DELETE FROM inbox WHERE message IS NULL AND came_at < ?", before)


async def set_heard(store: Store, chat_id: int, message_ids: Sequence[int]) -> None:
    """They were heard, or need not be."""
    query = "UPDATE inbox SET message = NULL WHERE chat_id = ? AND message_id = ?"
    async with store.transaction() as connection:
        for message_id in message_ids:
            await execute(connection, query, chat_id, message_id)
