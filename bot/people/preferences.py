"""What a person wants of every painting, remembered until they change it."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from bot.jobs import WHOLE
from bot.storage.database import Database, execute


@dataclass(frozen=True, slots=True)
class Preferences:
    """As a job has them; None: what the operator has set, and a painting that is shown whole."""

    size: int | None = None  # long side in pixels
    quality: str | None = None  # draft, standard, best
    strength: float | None = None  # 0 to WHOLE
    keep_colors: bool = False
    send_as_file: bool = False


async def preferences_of(database: Database, user_id: int) -> Preferences:
    """What this person chose; what was never chosen, or cannot be read, is as usual."""
    found = await database.read("SELECT settings FROM people WHERE user_id = ?", user_id)
    return _read(found[0]["settings"]) if found else Preferences()


async def remember(database: Database, user_id: int, preferences: Preferences) -> None:
    """Keep what this person chose."""
    query = """
        INSERT INTO people (user_id, settings) VALUES (?, ?)
        ON CONFLICT (user_id) DO UPDATE SET settings = excluded.settings
    """
    async with database.transaction() as connection:
        await execute(connection, query, user_id, json.dumps(asdict(preferences)))


def _read(text: str) -> Preferences:
    try:
        written: dict[str, Any] = dict(json.loads(text))
    except (ValueError, TypeError):
        return Preferences()
    known = {field.name: written[field.name] for field in fields(Preferences) if field.name in written}
    preferences = Preferences(**known)
    return preferences if _is_sound(preferences) else Preferences()


def _is_sound(preferences: Preferences) -> bool:
    size, strength = preferences.size, preferences.strength
    return (
        (size is None or (isinstance(size, int) and size > 0))
        and (preferences.quality is None or isinstance(preferences.quality, str))
        and (strength is None or (isinstance(strength, int | float) and 0 <= strength <= WHOLE))
        and isinstance(preferences.keep_colors, bool)
        and isinstance(preferences.send_as_file, bool)
    )
