"""How long paintings took, and will take: the table `speeds`."""

from math import log
from statistics import median

from bot.storage.database import Database, execute

KEPT_SPEEDS = 200  # per device and quality
NEAR_SPEEDS = 9  # how many of them an estimate rests on


async def record_speed(database: Database, device: str, quality: str, pixels: int, seconds: float) -> None:
    """Remember how long a picture of so many pixels took; the latest 200 of a kind are kept."""
    if pixels <= 0 or seconds <= 0:
        raise ValueError("a speed needs pixels and seconds above 0")
    forget = """
        DELETE FROM speeds WHERE device = :device AND quality = :quality AND id NOT IN (
            SELECT id FROM speeds WHERE device = :device AND quality = :quality
            ORDER BY id DESC LIMIT :kept
        )
    """
    async with database.transaction() as connection:
        query = "INSERT INTO speeds (device, quality, pixels, seconds) VALUES (?, ?, ?, ?)"
        await execute(connection, query, device, quality, pixels, seconds)
        await execute(connection, forget, {"device": device, "quality": quality, "kept": KEPT_SPEEDS})


async def estimate(database: Database, device: str, quality: str, pixels: int) -> float | None:
    """How many seconds a picture of so many pixels takes, by those measured; None when none was.

    By the median time per pixel of the measurements nearest in size: one slow hour spoils nothing.
    """
    query = "SELECT pixels, seconds FROM speeds WHERE device = ? AND quality = ? ORDER BY id DESC"
    rows = await database.read(query, device, quality)
    if not rows or pixels <= 0:
        return None
    near = sorted(rows, key=lambda row: abs(log(row["pixels"] / pixels)))[:NEAR_SPEEDS]
    return pixels * float(median(row["seconds"] / row["pixels"] for row in near))
