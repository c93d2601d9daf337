"""Who may use the bot: the operator's lists, and what the bot's keepers decided since."""

from enum import StrEnum

from bot.clock import now
from bot.settings import Settings
from bot.storage.database import Database, execute


class Verdict(StrEnum):
    """What was decided about somebody."""

    ALLOWED = "allowed"
    BANNED = "banned"


class Access:
    """Asked with every update, so it is kept in memory; what changes is in SQLite before it counts."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._verdicts: dict[int, Verdict] = {}
        self._told: set[int] = set()  # that they were shut out, since the start

    async def load(self) -> None:
        """Learn what was decided in earlier runs."""
        rows = await self._database.read("SELECT person_id, verdict FROM verdicts")
        self._verdicts = {row["person_id"]: Verdict(row["verdict"]) for row in rows}

    def is_admin(self, user_id: int) -> bool:
        """Whether this is one of the bot's keepers."""
        return user_id in self._settings.bot_admins

    def is_banned(self, user_id: int) -> bool:
        """Whether this person was shut out. A keeper cannot be."""
        return self._verdicts.get(user_id) is Verdict.BANNED and not self.is_admin(user_id)

    def admits(self, user_id: int) -> bool:
        """Whether this person may use the bot."""
        if self.is_admin(user_id):
            return True
        verdict = self._verdicts.get(user_id)
        invited = not self._settings.bot_allowed_users or user_id in self._settings.bot_allowed_users
        return verdict is Verdict.ALLOWED or (invited and verdict is None)

    def tell_once(self, user_id: int) -> bool:
        """Whether to tell this person that they are shut out: the first time it is asked, and never again."""
        is_news = user_id not in self._told
        self._told.add(user_id)
        return is_news

    @property
    def banned(self) -> list[int]:
        """Everybody who was shut out."""
        return sorted(user_id for user_id, verdict in self._verdicts.items() if verdict is Verdict.BANNED)

    async def decide(self, user_id: int, verdict: Verdict | None) -> None:
        """From now on that counts for this person; None: what counts for everybody."""
        async with self._database.transaction() as connection:
            await execute(connection, "DELETE FROM verdicts WHERE person_id = ?", user_id)
            if verdict is not None:
                query = "INSERT INTO verdicts (person_id, verdict, decided_at) VALUES (?, ?, ?)"
                await execute(connection, query, user_id, verdict.value, now())
        self._verdicts.pop(user_id, None)
        self._told.discard(user_id)
        if verdict is not None:
            self._verdicts[user_id] = verdict
