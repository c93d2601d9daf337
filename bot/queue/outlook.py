"""How an open job stands: how many are before it, how long it will take."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.jobs import Job, Waiting
from bot.painting.estimates import Estimates
from bot.painting.painter import Glimpse
from bot.queue.open_jobs import Run

TELLING = 0.1  # of a painting done: from here on its own speed can be told


@dataclass(frozen=True, slots=True)
class JobView:
    """How an open job stands."""

    job: Job
    waiting: Waiting | None = None  # while it waits
    glimpse: Glimpse | None = None  # while it is painted


async def look(job: Job, waits: bool, ahead: Sequence[Job], run: Run | None, estimates: Estimates) -> JobView:
    """`ahead` are the jobs before this one while it waits, the one that `run` is about included."""
    if waits:
        people, own = before(job, ahead)
        return JobView(job, waiting=Waiting(people, own, await _seconds(job, ahead, run, estimates)))
    is_painted = run is not None and run.job_id == job.id
    return JobView(job, glimpse=run.glimpse if is_painted and run else None)


def before(job: Job, ahead: Sequence[Job]) -> tuple[int, int]:
    """How many other people are ahead, and how many jobs of the job's own owner."""
    owners = [other.user_id for other in ahead]
    return len(set(owners) - {job.user_id}), owners.count(job.user_id)


async def _seconds(job: Job, ahead: Sequence[Job], run: Run | None, estimates: Estimates) -> float | None:
    """Until the job is ready; of the one being painted only the rest counts."""
    if run is None or run.glimpse is None or run.job_id not in {other.id for other in ahead}:
        return await estimates.seconds([*ahead, job])
    others = [*(other for other in ahead if other.id != run.job_id), job]
    queue = await estimates.seconds(others)
    if queue is None and run.glimpse.fraction >= TELLING:  # of a new bot: as long as the one being painted
        queue = len(others) * run.glimpse.remaining / max(1 - run.glimpse.fraction, TELLING)
    return None if queue is None else run.glimpse.remaining + queue
