"""The folder of a bot's files: what lies in it, and that it belongs to one running bot alone.

Two would paint every job twice.
"""

import errno
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

log = logging.getLogger(__name__)

DATABASE = "bot.sqlite3"
PICTURES, RESULTS = "pictures", "results"
LOCK = "lock"

_PASSING = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EIO,
    errno.ENOMEM,
    errno.EMFILE,
    errno.ENFILE,
    errno.ESTALE,
    errno.ETIMEDOUT,
}


class FolderInUse(Exception):
    """Another bot works there; the message is one sentence for the operator."""


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
        _sign(file.fileno(), folder / LOCK)
        yield


def passes(error: OSError) -> bool:
    """Whether what keeps a file from being written may pass, so that trying again later may help."""
    return error.errno in _PASSING


def is_owned(folder: Path) -> bool | None:
    """Whether a bot works there now; None where no lock tells."""
    if sys.platform == "win32":
        return None
    try:
        with (folder / LOCK).open("rb") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


def _sign(file: int, path: Path) -> None:
    """Write our number into the lock, past Python's buffer, which would tell of a full disk twice."""
    try:
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
    except OSError as error:  # which names no file
        raise OSError(error.errno, error.strerror, str(path)) from error


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
