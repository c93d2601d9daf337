"""How a log record becomes a line, and the ids that tell which job, chat and person it is about.

>>> with about(job="abc", chat=5, user=5):
...     log.info("Painting.")          # ... Painting. [job=abc chat=5 user=5]

The ids follow the work wherever it goes: into what it awaits, what it starts beside itself, and the painting
thread, so that the engine's own lines name the job too.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from bot.jobs import Job

LINE = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
NO_IDS: Mapping[str, object] = {}

_ids: ContextVar[Mapping[str, object]] = ContextVar("ids", default=NO_IDS)


class LogFormat(StrEnum):
    """How lines are written."""

    TEXT = "text"
    JSON = "json"


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """Within, every line tells these ids, beside those that it tells already."""
    before = _ids.set({**_ids.get(), **ids})
    try:
        yield
    finally:
        _ids.reset(before)


@contextmanager
def about_job(job: Job) -> Iterator[None]:
    """Within, every line tells this job, its chat and its owner."""
    with about(job=job.id, chat=job.chat_id, user=job.user_id):
        yield


class AddIds(logging.Filter):
    """Gives a record the ids of whoever logs it. Put it on a handler: it runs in the thread that logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.ids = _ids.get()
        return True


class TextLines(logging.Formatter):
    """Lines to read: the ids stand behind the message."""

    def __init__(self) -> None:
        super().__init__(LINE)

    def formatMessage(self, record: logging.LogRecord) -> str:
        told = " ".join(f"{name}={value}" for name, value in _ids_of(record).items())
        return super().formatMessage(record) + (f" [{told}]" if told else "")


class JsonLines(logging.Formatter):
    """One JSON object a line, for programs to read: time (UTC), level, logger, message, ids, error."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_ids_of(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = self.formatStack(record.stack_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def formatter(form: LogFormat) -> logging.Formatter:
    """What writes lines of this form."""
    return JsonLines() if form is LogFormat.JSON else TextLines()


def _ids_of(record: logging.LogRecord) -> Mapping[str, object]:
    ids: Mapping[str, object] = getattr(record, "ids", NO_IDS)
    return ids
