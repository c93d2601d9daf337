"""A file that is touched for as long as the event loop turns: how a container knows that its bot is well."""

import asyncio
import logging
import time
from pathlib import Path

log = logging.getLogger(__name__)

NAME = "heartbeat"
EVERY_SECONDS = 15.0
LONGEST_SILENCE = 60.0  # seconds


async def beat_for_ever(folder: Path) -> None:
    """Touch the file now and every fifteen seconds; a full disk is no reason to stop."""
    while True:
        try:
            await asyncio.to_thread((folder / NAME).touch)
        except OSError as error:
            log.warning("%s cannot be touched: %s", folder / NAME, error.strerror)
        await asyncio.sleep(EVERY_SECONDS)


def seconds_since_beat(folder: Path) -> float | None:
    """How long ago the bot of this folder was last known to be well; None: it never was."""
    try:
        return time.time() - (folder / NAME).stat().st_mtime
    except OSError:
        return None
