"""Copies the database to a file, whole and consistent, also while the bot runs.

In it are the jobs, the dialogues and what people have set. The pictures are not: they lie in folders beside
it, and but for people's own presets they are deleted after a day anyway.
"""

import os
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.storage.schema import APPLICATION_ID


class BackupError(Exception):
    """There is no backup; the message is one sentence for the operator. What was there before still is."""


def back_up(database: Path, target: Path) -> int:
    """Write a copy of the database to `target`, in whose place nothing half-written is ever seen; its bytes.

    Raises `BackupError`.
    """
    if not database.is_file():
        raise BackupError(f"There is no database {database} to back up.")
    if target.is_dir():
        raise BackupError(f"{target} is a folder: give the file a name of its own.")
    if target.exists() and target.samefile(database):
        raise BackupError(f"{target} is the database itself.")
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        _copy(database, part)
        size = part.stat().st_size
        part.replace(target)
        return size
    except sqlite3.Error as error:
        raise BackupError(f"{database} cannot be copied to {target}: {error}.") from error
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)


def _copy(database: Path, part: Path) -> None:
    # Made here, for its owner's eyes only: there are people's ids in it.
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with (
        closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(part, isolation_level=None)) as copy,
    ):
        if source.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise BackupError(f"{database} is not this bot's database.")
        # In one step: between two, whatever the bot writes makes SQLite begin anew, for ever while there is
        # much to do. The bot may write meanwhile, as the journal is a WAL.
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a journal beside it
        verdict = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if verdict != "ok":
            raise BackupError(f"{database} is damaged ({verdict}): restore an earlier backup.")
    with part.open("rb+") as file:
        os.fsync(file.fileno())
