"""The file ids of our own pictures, so that each is uploaded once in a bot's life, not once a start."""

from bot.storage.database import Database, execute


class Uploads:
    """The table `uploads`. A file id is good for one bot only, so each has its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def file_id(self, bot_id: int, key: str) -> str | None:
        """What Telegram called the picture; it may have forgotten it meanwhile."""
        query = "SELECT file_id FROM uploads WHERE bot_id = ? AND key = ?"
        rows = await self._database.read(query, bot_id, key)
        return str(rows[0]["file_id"]) if rows else None

    async def remember(self, bot_id: int, key: str, file_id: str) -> None:
        """Keep what Telegram calls the picture now."""
        query = "INSERT OR REPLACE INTO uploads (bot_id, key, file_id) VALUES (?, ?, ?)"
        async with self._database.transaction() as connection:
            await execute(connection, query, bot_id, key, file_id)
