"""Jobs as rows of the table `jobs`, and back."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

import aiosqlite

from bot.jobs import Job, JobStatus, JobStyle
from bot.storage.database import execute

COLUMNS = tuple(field.name for field in fields(Job))
# Word for word as in the index `open_jobs`, which SQLite would not use otherwise.
IS_OPEN = "status IN (" + ", ".join(f"'{status}'" for status in JobStatus if status.is_open) + ")"


def to_row(job: Job) -> dict[str, Any]:
    """What stands in each of the columns."""
    return {
        **{column: getattr(job, column) for column in COLUMNS},
        "styles": write_styles(job.styles),
        "status": job.status.value,
    }


def from_row(row: sqlite3.Row) -> Job:
    """The job back from a row of all columns."""
    values = {column: row[column] for column in COLUMNS}
    values["styles"] = read_styles(values["styles"])
    values["status"] = JobStatus(values["status"])
    for flag in ("as_file", "keep_colors", "sheet", "owed"):
        values[flag] = bool(values[flag])
    return Job(**values)


async def insert_job(connection: aiosqlite.Connection, job: Job) -> None:
    """Add a new job within a transaction."""
    columns, marks = ", ".join(COLUMNS), ", ".join(f":{column}" for column in COLUMNS)
    await execute(connection, f"INSERT INTO jobs ({columns}) VALUES ({marks})", to_row(job))  # noqa: S608


def write_styles(styles: Iterable[JobStyle]) -> str:
    """Styles as they stand in a column."""
    return json.dumps([asdict(style) for style in styles])


def read_styles(text: str) -> tuple[JobStyle, ...]:
    """Styles from a column."""
    return tuple(JobStyle(**style) for style in json.loads(text))


def pictures_of(styles: str) -> set[str]:
    """The names of the pictures that a column of styles mentions."""
    return {style.picture for style in read_styles(styles) if style.picture}


def files_of_jobs(rows: Iterable[sqlite3.Row]) -> frozenset[str]:
    """The names of the pictures and results that rows of jobs mention."""
    jobs = [from_row(row) for row in rows]
    return frozenset(file for job in jobs for file in (*job.pictures, job.result) if file)
