"""The folder of a bot's files: what lies in it, and that it belongs to one running bot alone.

Two would paint every job twice.
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

from bot.settings import Settings

log = logging.getLogger(__name__)

DATABASE = "bot.sqlite3"
PICTURES, RESULTS = "pictures", "results"
LOCK = "lock"


class FolderInUse(Exception):
    """Another bot works there; the message is one sentence for the operator."""


def folder_of(settings: Settings) -> Path:
    """Where the bot that runs on these settings keeps its files."""
    return settings.bot_data_dir if settings.bot_token.get_secret_value() else sandbox_folder(settings)


def sandbox_folder(settings: Settings) -> Path:
    """Where it does so when it talks to a sandbox, apart from the real bot's."""
    return settings.bot_data_dir / "sandbox"


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Within, the folder is ours alone. Raises `FolderInUse` and OSError.

    The lock is the kernel's, on an open file: however a bot ends, it leaves none behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a+", encoding="utf-8") as file:
        if not _lock(file.fileno()):
            file.seek(0)
            owner = file.read(32).strip() or "?"
            raise FolderInUse(
                f"Another bot (process {owner}) works in {folder}: "
                "stop it, or give this one a folder of its own in BOT_DATA_DIR."
            )
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _lock(file: int) -> bool:
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # some network disks know no locks
        log.warning("The data folder cannot be locked (%s): take care that one bot uses it.", error.strerror)
    return True
