"""What was done lately, in numbers."""

from dataclasses import dataclass

from bot.storage.database import Database


@dataclass(frozen=True, slots=True)
class Lately:
    """The jobs that came since some time."""

    people: int
    done: int
    failed: int
    cancelled: int
    painting: float | None  # seconds that one took, in the mean; None: none was painted
    longest: float | None  # seconds from acceptance to the end


async def lately(database: Database, since: float) -> Lately:
    """Those that were accepted since then (unix seconds)."""
    query = """
        SELECT count(DISTINCT user_id) AS people,
            coalesce(sum(status = 'done'), 0) AS done,
            coalesce(sum(status = 'failed'), 0) AS failed,
            coalesce(sum(status = 'cancelled'), 0) AS cancelled,
            avg(finished_at - started_at) FILTER (WHERE status = 'done') AS painting,
            max(finished_at - created_at) FILTER (WHERE status = 'done') AS longest
        FROM jobs WHERE created_at >= ?
    """
    rows = await database.read(query, since)
    return Lately(**dict(rows[0]))
