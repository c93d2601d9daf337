"""What must survive a restart: jobs, dialogues, people. Other modules keep tables of their own beside them.

Every method is one transaction: it either happened or did not.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Unpack

from bot import dialogue_states
from bot.clock import now
from bot.dialogue_states import State
from bot.jobs import Job, JobChanges, JobStatus, changed, job_of_file
from bot.storage.database import execute
from bot.storage.dialogue_json import from_json
from bot.storage.dialogues import Dialogues, move_dialogues, put_dialogue
from bot.storage.job_rows import COLUMNS, IS_OPEN, from_row, insert_job, pictures_of, to_row


class UnknownJob(LookupError):
    """There is no job of that id."""


class Store(Dialogues):
    """The tables of jobs and people, beside that of dialogues. Every method raises StoreError."""

    def __init__(
        self,
        path: Path,
        clock: Callable[[], float] = now,
        on_change: Callable[[Job | None, Job], None] = lambda *_: None,
    ) -> None:
        """`on_change` is told of each new job (None, job) and each change (before, after), once stored."""
        super().__init__(path, clock)
        self._on_change = on_change

    # Jobs

    async def accept(self, jobs: Sequence[Job], state: State) -> bool:
        """Store the new jobs of one update and the dialogue's state after them: all of it or nothing.

        False, and nothing is changed, when an origin has made a job before: the update came twice.
        """
        origins = json.dumps([job.origin for job in jobs])
        known = "SELECT 1 FROM jobs WHERE origin IN (SELECT value FROM json_each(?))"
        async with self.transaction() as connection:
            if await execute(connection, known, origins):
                return False
            for job in jobs:
                await insert_job(connection, job)
            await put_dialogue(connection, jobs[0].chat_id, jobs[0].user_id, state, self._clock())
        for job in jobs:
            self._on_change(None, job)
        return True

    async def has_made_job(self, origin: str) -> bool:
        """Whether this origin has made a job before, ended or not."""
        return bool(await self.made_jobs([origin]))

    async def made_jobs(self, origins: Sequence[str]) -> frozenset[str]:
        """Those of the origins that have made a job before, ended or not."""
        query = "SELECT origin FROM jobs WHERE origin IN (SELECT value FROM json_each(?))"
        return frozenset(row["origin"] for row in await self.read(query, json.dumps(list(origins))))

    async def update_job(
        self, job_id: str, status: JobStatus | None = None, **changes: Unpack[JobChanges]
    ) -> Job:
        """Change a job as it now stands in the file, and return it.

        Raises IllegalTransition (somebody else ended it meanwhile: leave it) and UnknownJob.
        """
        async with self.alone() as connection:  # so it stands still from the first statement to the other
            before = _job(await execute(connection, "SELECT * FROM jobs WHERE id = ?", job_id), job_id)
            job = changed(before, status, self._clock(), **changes)
            assignments = ", ".join(f"{column} = :{column}" for column in COLUMNS)
            await execute(connection, f"UPDATE jobs SET {assignments} WHERE id = :id", to_row(job))  # noqa: S608
        self._on_change(before, job)
        return job

    async def job(self, job_id: str) -> Job:
        """The job of that id. Raises UnknownJob."""
        return _job(await self.read("SELECT * FROM jobs WHERE id = ?", job_id), job_id)

    async def open_jobs(self) -> list[Job]:
        """The jobs that owe their owners an answer, to be restored into the queue in this order.

        First those that a restart interrupted, for they have been served before; then the queued ones by age.
        """
        order = "status = 'queued', created_at, rowid"
        rows = await self.read(f"SELECT * FROM jobs WHERE {IS_OPEN} ORDER BY {order}")  # noqa: S608
        return [from_row(row) for row in rows]

    async def owed_jobs(self) -> list[Job]:
        """The jobs that ended without a painting and whose owners are still to be told, oldest first."""
        rows = await self.read("SELECT * FROM jobs WHERE owed ORDER BY created_at, rowid")
        return [from_row(row) for row in rows]

    async def jobs_of(self, user_id: int, chat_id: int | None = None, *, open_only: bool = True) -> list[Job]:
        """The jobs of one person, in one chat or in all, oldest first."""
        where = "user_id = ? AND (? IS NULL OR chat_id = ?)" + (f" AND {IS_OPEN}" if open_only else "")
        query = f"SELECT * FROM jobs WHERE {where} ORDER BY created_at, rowid"  # noqa: S608
        return [from_row(row) for row in await self.read(query, user_id, chat_id, chat_id)]

    async def jobs_of_photo(self, user_id: int, chat_id: int, photo: int | None) -> list[Job]:
        """What this person had made of the photo in that message, oldest first."""
        jobs = await self.jobs_of(user_id, chat_id, open_only=False)
        return [job for job in jobs if job.reply_to == photo]

    async def latest_job(self, user_id: int, *, own_style: bool = False) -> Job | None:
        """The painting that this person asked for last, in any chat; own_style: with a style of theirs."""
        pictured = (
            "EXISTS (SELECT 1 FROM json_each(styles) WHERE json_extract(value, '$.picture') IS NOT NULL)"
        )
        where = "user_id = ? AND NOT sheet" + (f" AND {pictured}" if own_style else "")
        query = f"SELECT * FROM jobs WHERE {where} ORDER BY created_at DESC, rowid DESC LIMIT 1"  # noqa: S608
        rows = await self.read(query, user_id)
        return from_row(rows[0]) if rows else None

    async def move_chat(self, old_id: int, new_id: int) -> None:
        """A group has another id now; the ids of its messages mean nothing there."""
        async with self.transaction() as connection:
            moved = "chat_id = ?, reply_to = NULL, progress_message = NULL"
            await execute(connection, f"UPDATE jobs SET {moved} WHERE chat_id = ?", new_id, old_id)  # noqa: S608
            await move_dialogues(connection, old_id, new_id)

    async def forget_jobs(self, before: float) -> None:
        """Forget the jobs that ended before this time (unix seconds)."""
        async with self.transaction() as connection:
            await execute(connection, f"DELETE FROM jobs WHERE NOT {IS_OPEN} AND finished_at < ?", before)  # noqa: S608

    # Files

    async def referenced_files(self, among: frozenset[str], done_since: float) -> frozenset[str]:
        """Those of the pictures and results that are needed: never sweep these.

        Needed by an open job, one that was done since then (unix seconds), a dialogue or an own preset. Such
        a job needs what is there of its painting, too.
        """
        if not among:
            return frozenset()
        of_jobs: dict[str, set[str]] = {}
        for file in among:
            of_jobs.setdefault(job_of_file(file), set()).add(file)
        recent = f"{IS_OPEN} OR (status = 'done' AND finished_at >= ? AND result IS NOT NULL)"
        needed: set[str] = set()
        async with self.transaction() as connection:  # after what is being written, as in `is_referenced`
            # Row by row, as there may be many.
            query = f"SELECT id, content, styles, result FROM jobs WHERE {recent}"  # noqa: S608
            async with connection.execute(query, (done_since,)) as jobs:
                async for job in jobs:
                    needed |= among & {job["content"], job["result"], *pictures_of(job["styles"])}
                    needed |= of_jobs.get(job["id"], set())
            async with connection.execute("SELECT state FROM dialogues") as states:
                async for row in states:
                    needed |= among.intersection(dialogue_states.files(from_json(row["state"])))
            async with connection.execute("SELECT styles FROM own_presets") as presets:
                async for row in presets:
                    needed |= among & pictures_of(row["styles"])
        return frozenset(needed)

    async def is_referenced(self, file: str, besides: str = "") -> bool:
        """Whether a dialogue, an own preset, an open job or one whose painting is kept mentions it.

        besides: a job's id, which does not count.
        """
        mentioned = "instr({}, :quoted) > 0"
        jobs = (
            f"id != :besides AND ({IS_OPEN} OR result IS NOT NULL) "
            f"AND (content = :file OR result = :file OR {mentioned.format('styles')})"
        )
        query = (
            f"SELECT EXISTS (SELECT 1 FROM jobs WHERE {jobs}) OR "  # noqa: S608
            f"EXISTS (SELECT 1 FROM own_presets WHERE {mentioned.format('styles')}) OR "
            f"EXISTS (SELECT 1 FROM dialogues WHERE {mentioned.format('state')}) AS found"
        )
        # Quoted as it stands in the JSON columns.
        values = {"file": file, "quoted": json.dumps(file), "besides": besides}
        async with self.transaction() as connection:  # after what is being written: it may mention the file
            return bool((await execute(connection, query, values))[0]["found"])

    # People

    async def language(self, user_id: int) -> str | None:
        """The language a person chose by hand; None: use Telegram's."""
        rows = await self.read("SELECT language FROM people WHERE user_id = ?", user_id)
        return rows[0]["language"] if rows else None

    async def set_language(self, user_id: int, language: str | None) -> None:
        """Remember the language a person chose; None: Telegram's again."""
        async with self.transaction() as connection:
            query = """
                INSERT INTO people (user_id, language) VALUES (?, ?)
                ON CONFLICT (user_id) DO UPDATE SET language = excluded.language
            """
            await execute(connection, query, user_id, language)


def _job(rows: list[sqlite3.Row], job_id: str) -> Job:
    if not rows:
        raise UnknownJob(f"there is no job {job_id}")
    return from_row(rows[0])
