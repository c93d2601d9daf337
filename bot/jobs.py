"""A job: one photo to be painted, from the moment it is accepted until its owner has an answer.

            +---------------------------------+ (interrupted by a restart, or to be tried again)
            v                                 |
queued -> running -> delivering -> done       |
  |         |  +----------|-------------------+
  +---------+-------------+--> failed | cancelled
"""

import re
import secrets
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypedDict, Unpack

# Lower case only, so that two ids never name one file on a disk that ignores case; no 0, 1, l, o to misread.
ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
ID_LENGTH = 12


class JobStatus(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"  # being painted
    DELIVERING = "delivering"  # painted; the result is a file and is being sent
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether the job still owes its owner an answer."""
        return self in OPEN_STATUSES


OPEN_STATUSES = frozenset({JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.DELIVERING})


class Failure(StrEnum):
    """Why a job failed."""

    LOST = "lost"  # its photo or its painting
    STYLE = "style"  # there is no such style any more
    PICTURE = "picture"  # people's own: it cannot be opened
    MEMORY = "memory"
    DISK = "disk"
    TIME = "time"  # it took too long
    DELIVERY = "delivery"  # Telegram does not take it
    ENGINE = "engine"  # all else


# A queued job may fail before it runs (its photo is gone). A job found running at start-up goes back to
# queued, as does one that was being delivered and whose result file was lost. The three ends are final.
_NEXT: dict[JobStatus, frozenset[JobStatus]] = {
    JobStatus.QUEUED: frozenset({JobStatus.RUNNING, JobStatus.FAILED, JobStatus.CANCELLED}),
    JobStatus.RUNNING: frozenset(
        {JobStatus.QUEUED, JobStatus.DELIVERING, JobStatus.FAILED, JobStatus.CANCELLED}
    ),
    JobStatus.DELIVERING: frozenset(
        {JobStatus.QUEUED, JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED}
    ),
    JobStatus.DONE: frozenset(),
    JobStatus.FAILED: frozenset(),
    JobStatus.CANCELLED: frozenset(),
}


class IllegalTransition(ValueError):
    """A job cannot go from `before` to `after`, for instance because it was cancelled meanwhile."""

    def __init__(self, job_id: str, before: JobStatus, after: JobStatus) -> None:
        super().__init__(f"job {job_id} is {before} and cannot become {after}")
        self.job_id = job_id
        self.before = before
        self.after = after


@dataclass(frozen=True, slots=True)
class JobStyle:
    """One style of a job: a preset's name or a picture's file name, never both; else ValueError."""

    preset: str | None = None
    picture: str | None = None  # file name in the pictures folder
    weight: float = 1.0  # its share in a blend
    title: str | None = None  # what its owner calls a picture that they saved; None: it has no name

    def __post_init__(self) -> None:
        if bool(self.preset) == bool(self.picture):
            raise ValueError("a style is either a preset or a picture")
        if not 0 < self.weight < float("inf"):
            raise ValueError(f"the weight of a style must be above 0, not {self.weight}")


# Strength, in all the bot, is how much of the painting covers the photo, in percent. What the engine's
# options call so, how wild the style is, the bot leaves alone.
WHOLE = 100  # percent: all of the painting is shown, nothing of the photo


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What was said about how to paint, beside the styles; None leaves it to the person's settings."""

    size: int | None = None
    strength: float | None = None  # 0 to WHOLE
    keep_colors: bool | None = None
    sheet: bool = False  # each style on its own, small, all in one picture


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be painted, for whom, and how far it has come. Changes go through `changed`."""

    id: str  # from `new_job_id`: safe in a file name, a URL and callback data
    # What asked for it, for instance "chat:message" or a callback query's id, and a number where one asks for
    # several. Unique, so that an update that comes twice makes one job.
    origin: str
    chat_id: int
    user_id: int
    language: str  # that its owner is told about it in
    content: str  # file name in the pictures folder
    styles: tuple[JobStyle, ...]  # at least one
    created_at: float  # unix seconds
    reply_to: int | None = None  # message id of the photo
    as_file: bool = False  # the photo came as a document: the result goes back as one
    strength: float | None = None  # 0 to WHOLE; None: all of the painting is shown
    size: int | None = None  # long side in pixels; None: the operator's default
    quality: str | None = None  # draft, standard, best; None: the operator's default
    keep_colors: bool = False  # show the painting in the photo's colours
    sheet: bool = False  # each style on its own, small, all in one picture
    status: JobStatus = JobStatus.QUEUED
    started_at: float | None = None  # of the latest attempt
    finished_at: float | None = None
    attempts: int = 0  # how often painting was begun; once it is done, how often delivering was
    progress_message: int | None = None  # message id of the live progress
    result: str | None = None  # file name in the results folder
    reduced_to: int | None = None  # its long side in pixels, where memory did not suffice for the size wanted
    error: str | None = None  # a `Failure`
    owed: bool = False  # it ended without a painting, and its owner is still to be told

    def __post_init__(self) -> None:
        if not self.styles:
            raise ValueError("a job needs at least one style")

    @property
    def is_open(self) -> bool:
        """Whether its owner still waits for an answer."""
        return self.status.is_open

    @property
    def pictures(self) -> tuple[str, ...]:
        """The files of the pictures folder it needs: the photo, then its style pictures."""
        return (self.content, *(style.picture for style in self.styles if style.picture))

    @property
    def shown_strength(self) -> int:
        """How much of the painting is shown, in percent."""
        return WHOLE if self.strength is None else round(self.strength)

    @property
    def wishes(self) -> Wishes:
        """What it takes to see another painting as this one is shown."""
        return Wishes(strength=self.shown_strength, keep_colors=self.keep_colors)


class JobChanges(TypedDict, total=False):
    """What may change in a job beside its status."""

    language: str
    attempts: int
    strength: float | None
    keep_colors: bool
    progress_message: int | None
    result: str | None
    reduced_to: int | None
    error: str | None
    owed: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a job waits for."""

    people: int = 0  # other people who are served before it
    own: int = 0  # jobs of its own owner before it, the running one included
    seconds: float | None = None  # until it is ready; None: unknown
    paused: bool = False  # nothing is painted for now


def job_of_file(name: str) -> str:
    """The id that the file of a painting, of its checkpoint or of a sheet's cell is named after."""
    return re.split("[.-]", name, maxsplit=1)[0]


def new_job_id() -> str:
    """A new random id: 12 lower-case letters and digits, 60 bits."""
    # There are 32 letters, so each is as likely as the others.
    return "".join(ID_LETTERS[byte % len(ID_LETTERS)] for byte in secrets.token_bytes(ID_LENGTH))


def changed(job: Job, status: JobStatus | None, now: float, **changes: Unpack[JobChanges]) -> Job:
    """The job after a change, with its times and attempts kept in step. Raises `IllegalTransition`.

    The status it already has is no transition: only the other changes are made.
    """
    if status is None or status is job.status:
        return replace(job, **changes)
    if status not in _NEXT[job.status]:
        raise IllegalTransition(job.id, job.status, status)
    stamps: dict[str, Any] = {}
    if status is JobStatus.RUNNING:
        stamps = {"started_at": now, "attempts": job.attempts + 1}
    elif status is JobStatus.QUEUED:
        stamps = {"result": None, "reduced_to": None, "finished_at": None}
    elif not status.is_open:
        stamps = {"finished_at": now}
    return replace(job, status=status, **stamps, **changes)
