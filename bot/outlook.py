"""How an open job stands: how many are before it, how long it will take."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.estimates import Estimates
from bot.executor import Glimpse
from bot.jobs import Job


@dataclass(slots=True)
class Run:
    """The painting that is under way."""

    job_id: str
    stop: threading.Event = field(default_factory=threading.Event)  # read by the painting thread
    cancelled: bool = False  # by its owner
    gone: bool = False  # its owner can no longer be reached
    glimpse: Glimpse | None = None


@dataclass(frozen=True, slots=True)
class JobView:
    """How an open job stands."""

    job: Job
    waits: bool
    ahead: int = 0  # jobs before it, the running one included, while it waits
    wait: float | None = None  # seconds until it is ready, while it waits; None: unknown
    glimpse: Glimpse | None = None  # while it is painted


async def look(
    job: Job, waits: bool, ahead: Sequence[Job], painted: Job | None, run: Run | None, estimates: Estimates
) -> JobView:
    """`ahead` are the waiting jobs before this one, `painted` the job that `run` is about."""
    if not waits:
        own = run is not None and run.job_id == job.id
        return JobView(job, waits=False, glimpse=run.glimpse if own and run else None)
    glimpse = run.glimpse if run else None
    if painted is None:
        rest: float | None = 0.0
    elif glimpse is not None:
        rest = glimpse.remaining
    else:
        rest = await estimates.seconds([painted])
    waiting = await estimates.seconds([*ahead, job])
    wait = None if rest is None or waiting is None else rest + waiting
    return JobView(job, waits=True, ahead=len(ahead) + (painted is not None), wait=wait)
