"""How many pictures those had in the last day who wanted to be forgotten: or `/forget` would undo quotas.

Kept are the times, under a name that a slow function makes of the person's number and a salt of this
database. When a day is over they are deleted, and the salt with the last of them. Whoever has the database
can find out whether somebody whom they suspect is among them; to try everybody takes a computer years.
"""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass, field

from aiosqlite import Connection

from bot.people.quota import DAY
from bot.storage.database import Database, execute

COUNTED = "(attempts > 0 OR status = 'queued')"  # of jobs, in SQL: those that cost something
_SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class PastCounts:
    """What is known of those who were forgotten before the start."""

    salt: bytes = b""
    times: dict[bytes, list[float]] = field(default_factory=dict)  # of their pictures, unix seconds, by name
    asked: set[int] = field(default_factory=set)  # after these people, whose names need not be made again

    async def take(self, user_id: int) -> list[float]:
        """When this person had pictures, the first time that somebody asks."""
        if not self.times or user_id in self.asked:
            return []
        name = await _name_of(user_id, self.salt)
        self.asked.add(user_id)  # not before: whoever asks meanwhile must not be told that there is nothing
        return self.times.pop(name, [])


@dataclass(frozen=True, slots=True)
class Alias:
    """The name of a person, and the salt that it was made with."""

    salt: bytes
    name: bytes


async def alias_of(database: Database, user_id: int) -> Alias:
    """With a new salt where there is none. For `keep`: to be made before others have to wait for it."""
    rows = await database.read("SELECT salt FROM salts")
    salt = rows[0]["salt"] if rows else secrets.token_bytes(_SALT_BYTES)
    return Alias(salt, await _name_of(user_id, salt))


async def keep(connection: Connection, user_id: int, alias: Alias, now: float) -> None:
    """Keep the times of a person's jobs, which are about to be deleted in the same transaction."""
    query = f"SELECT created_at FROM jobs WHERE user_id = ? AND created_at > ? AND {COUNTED}"  # noqa: S608
    jobs = await execute(connection, query, user_id, now - DAY)
    if not jobs:
        return
    query = "INSERT INTO salts (id, salt) VALUES (1, ?) ON CONFLICT (id) DO NOTHING"
    await execute(connection, query, alias.salt)
    salt = await _salt(connection)
    # Another one only where somebody else was the first to be forgotten at the same moment.
    name = alias.name if salt == alias.salt else await _name_of(user_id, salt)
    for job in jobs:
        await execute(connection, "INSERT INTO past_counts (name, at) VALUES (?, ?)", name, job["created_at"])


async def load(database: Database, now: float) -> PastCounts:
    """Those of the last day."""
    times: dict[bytes, list[float]] = {}
    async with database.transaction() as connection:
        query = "SELECT name, at FROM past_counts WHERE at > ?"
        for row in await execute(connection, query, now - DAY):
            times.setdefault(row["name"], []).append(row["at"])
        return PastCounts(await _salt(connection), times)


async def forget_old(database: Database, now: float) -> None:
    """Delete what counts no more, and what a clock that was wrong would have kept for long."""
    async with database.transaction() as connection:
        await execute(connection, "DELETE FROM past_counts WHERE at <= ? OR at > ?", now - DAY, now + DAY)
        await execute(connection, "DELETE FROM salts WHERE NOT EXISTS (SELECT 1 FROM past_counts)")


async def _salt(connection: Connection) -> bytes:
    rows = await execute(connection, "SELECT salt FROM salts")
    return rows[0]["salt"] if rows else b""


async def _name_of(user_id: int, salt: bytes) -> bytes:
    """Takes some hundredths of a second of a processor."""
    return await asyncio.to_thread(
        hashlib.scrypt, str(user_id).encode(), salt=salt, n=2**14, r=8, p=1, dklen=16
    )
