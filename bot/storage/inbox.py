"""What people send, from its arrival until it was heard, and for a while after that by name only.

Telegram tells of a message until it is taken, perhaps twice, and then no more. Fetching its picture takes a
while, collecting an album longer, and what somebody sends waits for their turn: whatever a crash leaves in
here is heard at the next start.
"""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.clock import now
from bot.storage.database import Database, execute
from bot.storage.dialogue_json import IS_NO_ROOM

AT_ONCE = 100  # rows that are written by one statement: SQLite takes 999 values, each has seven
MAX_TRIES = 4  # what was being heard anew at so many crashes is taken to have caused them


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message or a press. `origin` names it for good, as in jobs, without the number."""

    origin: str
    chat_id: int
    user_id: int
    update: str  # JSON, as Telegram has it
    message_id: int | None = None  # None: it is a press
    album: str | None = None  # Telegram's id of it; None: it came alone


@dataclass(frozen=True, slots=True)
class Left:
    """What was not heard to the end; of an album that is given up, one message."""

    update: str
    is_given_up: bool  # it seems to crash the bot, and has been taken out


async def put_all(database: Database, arrivals: Sequence[Arrival]) -> set[str]:
    """Keep what arrived, in this order; the origins of what was new."""
    new: set[str] = set()
    for first in range(0, len(arrivals), AT_ONCE):
        some = arrivals[first : first + AT_ONCE]
        rows = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(some))
        query = f"""
            INSERT INTO arrivals (origin, chat_id, message_id, user_id, album, body, came_at)
            VALUES {rows} ON CONFLICT (origin) DO NOTHING RETURNING origin
        """  # noqa: S608
        values = [
            value
            for one in some
            for value in (one.origin, one.chat_id, one.message_id, one.user_id, one.album, one.update, now())
        ]
        new |= {row["origin"] for row in await database.write(query, *values)}
    return new


async def trying(database: Database, origin: str) -> None:
    """What was left is being heard anew."""
    await database.write("UPDATE arrivals SET tries = tries + 1 WHERE origin = ?", origin)


async def crashes_nothing(database: Database, origins: Sequence[str]) -> None:
    """They could not be heard, and are to be heard anew, but nothing crashed meanwhile."""
    query = "UPDATE arrivals SET tries = 0 WHERE origin IN (SELECT value FROM json_each(?))"
    await database.write(query, json.dumps(list(origins)))


async def is_left(database: Database, origin: str) -> bool:
    """Whether it is still to be heard: its sender may have wanted to be forgotten meanwhile."""
    query = "SELECT 1 FROM arrivals WHERE origin = ? AND body IS NOT NULL"
    return bool(await database.read(query, origin))


async def set_heard(database: Database, origin: str) -> None:
    """It was heard; its name is kept, in case it comes again."""
    await database.write("UPDATE arrivals SET body = NULL WHERE origin = ?", origin)


@asynccontextmanager
async def until_heard(
    database: Database, chat_id: int, message_ids: Sequence[int], is_heard_again: Callable[[Exception], bool]
) -> AsyncIterator[None]:
    """Within, the messages are heard. Afterwards they were, unless that failed and they are heard again."""
    try:
        yield
    except Exception as error:
        if not is_heard_again(error):
            await set_messages_heard(database, chat_id, message_ids)
        raise
    await set_messages_heard(database, chat_id, message_ids)


async def left(database: Database) -> list[Left]:
    """What is to be heard again, oldest first, without what made all its jobs before all was over.

    Where some were refused, the person was perhaps not told: it is heard again, and makes no more jobs.
    """
    album = "coalesce(album, origin)"
    made = f"""
        SELECT user_id, {album} FROM arrivals
        WHERE EXISTS (SELECT 1 FROM jobs WHERE jobs.origin = arrivals.origin || ':0')
        AND NOT EXISTS (
            SELECT 1 FROM dialogues WHERE dialogues.chat_id = arrivals.chat_id
            AND dialogues.user_id = arrivals.user_id AND {IS_NO_ROOM}
        )
    """  # noqa: S608
    heard = f"UPDATE arrivals SET body = NULL WHERE (user_id, {album}) IN ({made})"  # noqa: S608
    async with database.transaction() as connection:
        await execute(connection, heard)
        query = f"""
            SELECT body, user_id, {album} AS album, max(tries) OVER (PARTITION BY user_id, {album}) AS tries
            FROM arrivals WHERE body IS NOT NULL ORDER BY rowid
        """  # noqa: S608
        rows = await execute(connection, query)
        given_up = {(row["user_id"], row["album"]): row["body"] for row in rows if row["tries"] >= MAX_TRIES}
        drop = f"UPDATE arrivals SET body = NULL WHERE user_id = ? AND {album} = ?"  # noqa: S608
        for user_id, name in given_up:
            await execute(connection, drop, user_id, name)
    heard_again = [Left(row["body"], False) for row in rows if row["tries"] < MAX_TRIES]
    return [*(Left(body, True) for body in given_up.values()), *heard_again]


async def forget_heard(database: Database, before: float) -> None:
    """Forget the names of what came before this time (unix seconds) and was heard."""
    async with database.transaction() as connection:
        await execute(connection, "DELETE FROM arrivals WHERE body IS NULL AND came_at < ?", before)


async def set_messages_heard(database: Database, chat_id: int, message_ids: Sequence[int]) -> None:
    """They were heard, or need not be."""
    query = """
        UPDATE arrivals SET body = NULL
        WHERE chat_id = ? AND message_id IN (SELECT value FROM json_each(?))
    """
    await database.write(query, chat_id, json.dumps(list(message_ids)))
