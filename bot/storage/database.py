"""One SQLite file: its connections and transactions. What is in it, its callers know.

Every transaction is whole: a caller cancelled in the midst of one leaves the file as it was. A committed
change survives a power cut.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiosqlite

from bot.storage.schema import PRAGMAS, StoreError, prepare, unusable

__all__ = ["Database", "StoreError", "count_changes", "execute"]


class Database:
    """The SQLite file at `path`, opened by `open` or `async with`, which raise StoreError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = asyncio.Lock()  # statements of two transactions must not mix on the one connection
        self._connection: aiosqlite.Connection | None = None
        self._reading: aiosqlite.Connection | None = None  # sees what was committed, and waits for nobody

    async def open(self) -> None:
        """Open or create the file, check it and bring it up to date. Raises StoreError; deletes nothing."""
        await asyncio.to_thread(prepare, self.path)
        try:
            connection = await _connect(self.path, *PRAGMAS)
            try:
                self._reading = await _connect(self.path, *PRAGMAS, "PRAGMA query_only = ON")
            except BaseException:
                await connection.close()
                raise
        except sqlite3.Error as error:
            raise unusable(self.path, error) from error
        self._connection = connection

    @property
    def is_open(self) -> bool:
        """Whether it can be used. May be read from any thread."""
        return self._connection is not None

    async def close(self) -> None:
        """Write all to the file and close it. Harmless when closed."""
        async with self._lock:  # after what is under way
            connections, self._connection, self._reading = (self._reading, self._connection), None, None
            for connection in connections:  # the writing one last: it tidies up the journal
                if connection is not None:
                    await connection.close()

    async def write_out(self) -> None:
        """Leave nothing in the journal beside the file, where deleted rows may still be read."""
        async with self._lock:
            if self._connection is not None:
                await self._connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def read(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """The rows of one query, by what is committed; beside all writing. Raises StoreError."""
        if self._reading is None:
            raise StoreError("The database is closed.")
        try:
            return await execute(self._reading, query, *values)
        except sqlite3.Error as error:
            raise unusable(self.path, error) from error

    async def write(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """A transaction of one statement, at a third of the cost; its rows. Raises StoreError."""
        async with self.alone() as connection:
            return await execute(connection, query, *values)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        """All that is executed within happens, or nothing of it does. Raises StoreError."""
        async with self.alone() as connection:
            try:
                # Inside the `try`: when cancelled here, BEGIN happens all the same and must be taken back.
                await connection.execute_fetchall("BEGIN IMMEDIATE")
                yield connection
                await connection.commit()
            except BaseException:
                await connection.rollback()
                raise

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[aiosqlite.Connection]:
        """The connection, with nobody else writing; each statement is a transaction. Raises StoreError."""
        async with self._lock:
            if self._connection is None:
                raise StoreError("The database is closed.")
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise unusable(self.path, error) from error


async def _connect(path: Path, *pragmas: str) -> aiosqlite.Connection:
    # Transactions begin where we say, not where the driver guesses.
    connection = await aiosqlite.connect(path, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        for pragma in pragmas:
            await connection.execute_fetchall(pragma)
    except BaseException:
        await connection.close()  # its thread would keep the program alive
        raise
    return connection


async def execute(connection: aiosqlite.Connection, query: str, *values: Any) -> list[sqlite3.Row]:
    """Run a statement within a transaction; `values` are its parameters, or one mapping of them."""
    named = len(values) == 1 and isinstance(values[0], Mapping)
    return list(await connection.execute_fetchall(query, values[0] if named else values))


async def count_changes(connection: aiosqlite.Connection) -> int:
    """How many rows the last statement changed."""
    return int((await execute(connection, "SELECT changes() AS count"))[0]["count"])
