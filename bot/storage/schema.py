"""The tables of the store, and how a file of an older version becomes one of this."""

import contextlib
import sqlite3
from pathlib import Path

from bot.storage.data_folder import passes

APPLICATION_ID = 0x5374796C  # "Styl": marks the file as ours

# Of every connection. An accepted job is a promise that must survive a power cut: with synchronous NORMAL the
# last commits might not. What somebody wants forgotten is overwritten, not only taken off the list.
PRAGMAS = ("PRAGMA busy_timeout = 5000", "PRAGMA synchronous = FULL", "PRAGMA secure_delete = ON")

# Migration number n takes a file from version n to n + 1. Append only: what is released is never edited.
MIGRATIONS: list[tuple[str, ...]] = [
    (
        """
        CREATE TABLE jobs (
            id TEXT PRIMARY KEY,
            origin TEXT NOT NULL UNIQUE,
            chat_id INTEGER NOT NULL,
            user_id INTEGER NOT NULL,
            language TEXT NOT NULL,
            content TEXT NOT NULL,
            styles TEXT NOT NULL, -- JSON: a list of {preset, picture, weight}
            created_at REAL NOT NULL,
            reply_to INTEGER,
            as_file INTEGER NOT NULL,
            strength REAL,
            size INTEGER,
            quality TEXT,
            keep_colors INTEGER NOT NULL,
            status TEXT NOT NULL
                CHECK (status IN ('queued', 'running', 'delivering', 'done', 'failed', 'cancelled')),
            started_at REAL,
            finished_at REAL,
            attempts INTEGER NOT NULL,
            progress_message INTEGER,
            result TEXT,
            error TEXT
        )
        """,
        # Only open jobs are asked for by status, and they are few however many lie in the past.
        """
        CREATE INDEX open_jobs ON jobs (created_at)
            WHERE status IN ('queued', 'running', 'delivering')
        """,
        "CREATE INDEX jobs_of_person ON jobs (user_id, chat_id, created_at)",
        """
        CREATE TABLE dialogues (
            chat_id INTEGER NOT NULL,
            user_id INTEGER NOT NULL,
            state TEXT NOT NULL, -- JSON, see dialogue_json
            updated_at REAL NOT NULL,
            PRIMARY KEY (chat_id, user_id)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE people (
            user_id INTEGER PRIMARY KEY,
            language TEXT, -- chosen by hand; NULL: Telegram's
            settings TEXT NOT NULL DEFAULT '{}' -- JSON
        )
        """,
        """
        CREATE TABLE speeds (
            id INTEGER PRIMARY KEY,
            device TEXT NOT NULL,
            quality TEXT NOT NULL,
            pixels INTEGER NOT NULL,
            seconds REAL NOT NULL
        )
        """,
        "CREATE INDEX speeds_of_kind ON speeds (device, quality, id)",
    ),
    (
        "ALTER TABLE jobs ADD COLUMN sheet INTEGER NOT NULL DEFAULT 0",
        # A person's own presets: styles of theirs under a name, see own_presets.
        """
        CREATE TABLE own_presets (
            id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: buttons carry it
            user_id INTEGER NOT NULL,
            name TEXT NOT NULL,
            key TEXT NOT NULL, -- the name as it is compared
            styles TEXT NOT NULL, -- JSON, as in jobs
            created_at REAL NOT NULL,
            UNIQUE (user_id, key)
        )
        """,
        # What Telegram keeps of our own pictures, so that each is uploaded once. A file id is one bot's only.
        """
        CREATE TABLE uploads (
            bot_id INTEGER NOT NULL,
            key TEXT NOT NULL,
            file_id TEXT NOT NULL,
            PRIMARY KEY (bot_id, key)
        ) WITHOUT ROWID
        """,
    ),
    (
        """
        CREATE TABLE inbox (
            chat_id INTEGER NOT NULL,
            message_id INTEGER NOT NULL,
            user_id INTEGER NOT NULL,
            album TEXT, -- Telegram's id of it; NULL: a message of its own
            origin TEXT NOT NULL, -- as in jobs, without the number
            message TEXT, -- JSON, as Telegram has it; NULL: it was heard, and is known if it comes again
            tries INTEGER NOT NULL DEFAULT 0, -- how often hearing it was begun anew
            came_at REAL NOT NULL,
            PRIMARY KEY (chat_id, message_id)
        )
        """,
    ),
    ("ALTER TABLE jobs ADD COLUMN reduced_to INTEGER",),
    (
        "ALTER TABLE jobs ADD COLUMN owed INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX owed_jobs ON jobs (created_at) WHERE owed",
    ),
    (
        # What the bot's keepers decided about people. Not by user_id: somebody's /forget must not undo it.
        """
        CREATE TABLE verdicts (
            person_id INTEGER PRIMARY KEY,
            verdict TEXT NOT NULL CHECK (verdict IN ('allowed', 'banned')),
            decided_at REAL NOT NULL
        )
        """,
        "CREATE TABLE switches (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    ),
    (
        # All that people send is written down when it comes, not only pictures.
        """
        CREATE TABLE arrivals (
            origin TEXT PRIMARY KEY, -- as in jobs, without the number
            chat_id INTEGER NOT NULL,
            message_id INTEGER, -- NULL: the press of a button
            user_id INTEGER NOT NULL,
            album TEXT, -- Telegram's id of it; NULL: a message of its own
            body TEXT, -- JSON, the update as Telegram has it; NULL: it was heard, and is only known
            tries INTEGER NOT NULL DEFAULT 0, -- how often hearing it was begun anew
            came_at REAL NOT NULL
        )
        """,
        """
        INSERT OR IGNORE INTO arrivals
        SELECT origin, chat_id, message_id, user_id, album,
            iif(message IS NULL, NULL, json_object('update_id', 0, 'message', json(message))), 0, came_at
        FROM inbox ORDER BY rowid
        """,
        "DROP TABLE inbox",
        "CREATE INDEX arrivals_of_chat ON arrivals (chat_id, message_id)",
    ),
    (
        # Of people who wanted to be forgotten, for a day: see past_counts.
        "CREATE TABLE past_counts (name BLOB NOT NULL, at REAL NOT NULL)",
        "CREATE TABLE salts (id INTEGER PRIMARY KEY, salt BLOB NOT NULL)",
    ),
]


# What is wrong around a file that is well itself: it may pass, and until then trying again is right.
_REMEDIES = {
    sqlite3.SQLITE_FULL: "make room on its disk",
    sqlite3.SQLITE_IOERR: "make room on its disk, and look whether that is well",
    sqlite3.SQLITE_CANTOPEN: "make room on its disk, and let the bot write to its folder",
    sqlite3.SQLITE_READONLY: "let the bot write to it and to its folder",
    sqlite3.SQLITE_BUSY: "end the other program that uses it",
    sqlite3.SQLITE_LOCKED: "end the other program that uses it",
    sqlite3.SQLITE_NOMEM: "end other programs, or allow the bot more memory",
}


class StoreError(Exception):
    """The file cannot be used; the message is one sentence for the operator. The file is left as it is."""

    def __init__(self, message: str, *, may_pass: bool = False) -> None:
        """may_pass: nothing is wrong with the file itself, so that trying again later may help."""
        super().__init__(message)
        self.may_pass = may_pass


def check(path: Path) -> None:
    """Look at a file that is there, and change nothing. Raises StoreError."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            _check(connection, path)
    except sqlite3.Error as error:
        raise unusable(path, error) from error


def prepare(path: Path) -> None:
    """Make the file or check it, and bring it to this version in one transaction. Raises StoreError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, isolation_level=None)
    except OSError as error:
        raise StoreError(f"The database {path} cannot be opened: {error}.", may_pass=passes(error)) from error
    except sqlite3.Error as error:
        raise unusable(path, error, "opened") from error
    try:
        for pragma in PRAGMAS:
            connection.execute(pragma)
        _check(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")  # the file remembers it
        _migrate(connection)
    except sqlite3.Error as error:
        raise unusable(path, error) from error
    finally:
        connection.close()


def unusable(path: Path, error: sqlite3.Error, what: str = "used") -> StoreError:
    """Tells a full disk, say, from a file that is damaged."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without what SQLite adds to tell one from another
    remedy = _REMEDIES.get(code, "restore a backup or move it away")
    message = f"The database {path} cannot be {what} ({error}): {remedy}."
    return StoreError(message, may_pass=code in _REMEDIES)


def _check(connection: sqlite3.Connection, path: Path) -> None:
    verdict = " ".join(str(connection.execute("PRAGMA quick_check(1)").fetchone()[0]).split())
    if verdict != "ok":
        raise StoreError(f"The database {path} is damaged ({verdict}): restore a backup or move it away.")
    is_new = _number(connection, "SELECT count(*) FROM sqlite_master") == 0
    if not is_new and _number(connection, "PRAGMA application_id") != APPLICATION_ID:
        raise StoreError(f"The database {path} belongs to another program: choose another folder.")
    if _number(connection, "PRAGMA user_version") > len(MIGRATIONS):
        raise StoreError(f"The database {path} was written by a newer version of this bot: update the bot.")


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _migrate(connection: sqlite3.Connection) -> None:
    if _number(connection, "PRAGMA user_version") == len(MIGRATIONS):
        return  # nothing is written, so that a bot can start whose disk is full
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read only now: another one that opened the file at the same moment may have migrated it.
        for statements in MIGRATIONS[_number(connection, "PRAGMA user_version") :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
