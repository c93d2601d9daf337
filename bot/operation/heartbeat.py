"""A file that is touched for as long as the event loop turns: how a container knows that its bot is well."""

import asyncio
import logging
import os
from pathlib import Path

from bot.clock import seconds
from bot.storage.data_folder import is_owned

log = logging.getLogger(__name__)

NAME = "heartbeat"
EVERY_SECONDS = 15.0
LONGEST_SILENCE = 60.0  # seconds


async def beat_for_ever(folder: Path) -> None:
    """Touch the file now and every fifteen seconds; a full disk is no reason to stop."""
    while True:
        try:
            await asyncio.to_thread(beat, folder)
        except OSError as error:
            log.warning("%s cannot be touched: %s", folder / NAME, error.strerror)
        await asyncio.sleep(EVERY_SECONDS)


def beat(folder: Path) -> None:
    """Touch the file. Its time is that of a clock which nobody sets, and so a day of 1970. Raises OSError."""
    (folder / NAME).touch()
    os.utime(folder / NAME, (seconds(), seconds()))


def is_well(folder: Path) -> bool:
    """Whether the bot of this folder runs, and has lately given a sign of life."""
    return fault_of(folder) is None


def fault_of(folder: Path) -> str | None:
    """Why the bot of this folder is not well, a sentence; None: it is."""
    silence = seconds_since_beat(folder)
    if silence is None:
        return "The bot has not run since this machine was started."
    if is_owned(folder) is False:
        return "The bot does not run."
    if silence > LONGEST_SILENCE:
        return f"The bot gave its last sign of life {silence:.0f} s ago."
    return None


def seconds_since_beat(folder: Path) -> float | None:
    """How long ago the bot of this folder was last known to be well.

    None: it was not since the machine was started.
    """
    try:
        silence = seconds() - (folder / NAME).stat().st_mtime
    except OSError:
        return None
    return silence if silence >= 0 else None
