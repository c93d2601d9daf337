"""The table `dialogues`: what is open with one person in one chat."""

from collections.abc import Callable
from pathlib import Path

import aiosqlite

from bot.clock import now
from bot.dialogue_states import Idle, State, kept, without_messages
from bot.storage.database import Database, count_changes, execute
from bot.storage.dialogue_json import MAY_KEEP_SOMETHING, from_json, to_json


class Dialogues(Database):
    """The database with its dialogues. Every method is one transaction, and raises StoreError."""

    def __init__(self, path: Path, clock: Callable[[], float] = now) -> None:
        super().__init__(path)
        self._clock = clock

    async def load_dialogue(self, chat_id: int, user_id: int) -> State:
        """The dialogue's state; Idle when there is none."""
        query = "SELECT state FROM dialogues WHERE chat_id = ? AND user_id = ?"
        rows = await self.read(query, chat_id, user_id)
        return from_json(rows[0]["state"]) if rows else Idle()

    async def dialogue_touched(self, chat_id: int, user_id: int) -> float | None:
        """When the dialogue was last saved (unix seconds); None when there is none."""
        query = "SELECT updated_at FROM dialogues WHERE chat_id = ? AND user_id = ?"
        rows = await self.read(query, chat_id, user_id)
        return rows[0]["updated_at"] if rows else None

    async def touch_dialogue(self, chat_id: int, user_id: int) -> None:
        """The person was reminded of what is open; nothing of it changes."""
        query = "UPDATE dialogues SET updated_at = ? WHERE chat_id = ? AND user_id = ?"
        await self.write(query, self._clock(), chat_id, user_id)

    async def kept_for(self) -> list[tuple[int, int]]:
        """Chat and person of each dialogue that keeps what the queue had no room for, the longest first."""
        # Those that keep nothing, which are many, are not even read.
        query = f"SELECT chat_id, user_id, state, updated_at FROM dialogues WHERE {MAY_KEEP_SOMETHING}"  # noqa: S608
        found = []
        for row in await self.read(query):
            # What an older bot kept has no time of its own.
            times = [one.since or row["updated_at"] for one in kept(from_json(row["state"]))]
            if times:
                found.append((min(times), row["chat_id"], row["user_id"]))
        return [(chat_id, user_id) for _, chat_id, user_id in sorted(found)]

    async def save_dialogue(self, chat_id: int, user_id: int, state: State) -> None:
        """Keep the state; Idle leaves no trace."""
        async with self.transaction() as connection:
            await put_dialogue(connection, chat_id, user_id, state, self._clock())

    async def drop_dialogues(self, chat_id: int) -> None:
        """Nobody in this chat can be reached any more."""
        await self.write("DELETE FROM dialogues WHERE chat_id = ?", chat_id)

    async def expire_dialogues(self, before: float, promised_before: float) -> int:
        """Drop the dialogues that nobody touched since `before` (unix seconds); how many there were.

        Those that keep what somebody was promised a painting of are dropped since `promised_before`.
        """
        query = f"DELETE FROM dialogues WHERE updated_at < iif({MAY_KEEP_SOMETHING}, ?, ?)"  # noqa: S608
        async with self.transaction() as connection:
            await execute(connection, query, promised_before, before)
            return await count_changes(connection)


async def put_dialogue(
    connection: aiosqlite.Connection, chat_id: int, user_id: int, state: State, at: float
) -> None:
    """Keep a state within a transaction, at this time (unix seconds); Idle leaves no trace."""
    if isinstance(state, Idle):
        query = "DELETE FROM dialogues WHERE chat_id = ? AND user_id = ?"
        await execute(connection, query, chat_id, user_id)
        return
    query = "INSERT OR REPLACE INTO dialogues (chat_id, user_id, state, updated_at) VALUES (?, ?, ?, ?)"
    await execute(connection, query, chat_id, user_id, to_json(state), at)


async def move_dialogues(connection: aiosqlite.Connection, old_id: int, new_id: int) -> None:
    """All of a chat, within a transaction; the ids of messages mean nothing in the new one."""
    rows = await execute(connection, "SELECT user_id, state FROM dialogues WHERE chat_id = ?", old_id)
    query = "UPDATE OR REPLACE dialogues SET chat_id = ?, state = ? WHERE chat_id = ? AND user_id = ?"
    for row in rows:
        state = to_json(without_messages(from_json(row["state"])))
        await execute(connection, query, new_id, state, old_id, row["user_id"])
