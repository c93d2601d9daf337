"""Whose job is painted next: round robin between people, first come first served within a person.

People with waiting jobs stand in a rotation. The one at its head is served one job, then goes to its end;
who has no job left leaves it, and a newcomer joins at its end. So nobody waits for more than one job of
each other person per job of their own, however many the others have sent. `position`, `ahead` and `order`
follow this same rule.

Jobs that were put in for `later` have a rotation of their own, which moves while the other is empty, and once
whenever `later_after` jobs of the other went before it: so they wait for long, but not for ever. They take no
place from the others either, having as many of their own.

The queue lives in one event loop and holds ids only: it knows neither the jobs' rows nor who paints them.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager

from bot.rotation import Rotation

LATER_AFTER = 8  # jobs


class QueueRefusal(Exception):
    """The queue takes no job from this person now. Nothing was changed."""


class QueueFull(QueueRefusal):
    """There are as many jobs of this rank as the queue may hold, running ones included."""


class LaterFull(QueueFull):
    """The same of jobs for later: for others there may be room."""


class UserLimitReached(QueueRefusal):
    """This person has as many jobs as one person may have, running ones included."""


class QueueClosed(Exception):
    """The queue is shutting down: nothing goes in, nothing comes out. Not for want of room."""


class Place:
    """A place kept in the queue for one job; made by `FairQueue.reserve`."""

    def __init__(self, queue: "FairQueue", user_id: int, later: bool) -> None:
        self._queue = queue
        self._user_id = user_id
        self._later = later
        self.taken = False

    def put(self, job_id: str) -> int:
        """Put the job into the kept place and return its position. Raises ValueError when used twice."""
        if self.taken:
            raise ValueError("this place in the queue is taken already")
        self._queue.restore(job_id, self._user_id, later=self._later)
        self.taken = True
        position = self._queue.position(job_id)
        assert position is not None
        return position


class FairQueue:
    """A fair queue of job ids. Not thread-safe: use it from its event loop only."""

    def __init__(self, max_per_user: int, max_total: int, later_after: int = LATER_AFTER) -> None:
        if max_per_user < 1 or max_total < 1 or later_after < 1:
            raise ValueError("the queue needs room for at least one job")
        self.max_per_user = max_per_user
        self.max_total = max_total  # of each rank
        self.later_after = later_after
        self._gone_before = 0  # jobs that were served while some for later waited, since one of those was
        self._now, self._later = Rotation(), Rotation()
        self._rotations: dict[str, Rotation] = {}  # of waiting jobs: the one that each is in
        self._owners: dict[str, int] = {}  # of waiting and running jobs
        self._for_later: set[str] = set()  # those of them
        self._running: dict[str, int] = {}  # job id -> user id, in the order they were started
        self._reserved: Counter[tuple[int, bool]] = Counter()  # by person and whether it is for later
        self._getters: deque[asyncio.Future[None]] = deque()
        self._paused = False
        self._closed = False

    # Putting in

    def put(self, job_id: str, user_id: int, *, later: bool = False) -> int:
        """Add a job at the end of its owner's own jobs and return its position (1: served next).

        Raises QueueClosed, UserLimitReached or QueueFull, and ValueError for a job that is in already.
        """
        with self.reserve(user_id, later=later) as place:
            return place.put(job_id)

    @contextmanager
    def reserve(self, user_id: int, *, later: bool = False) -> Iterator[Place]:
        """Keep a place while the job is being written to disk; given back unless `Place.put` was called.

            with queue.reserve(user_id) as place:
                if await store.accept([job], state):
                    position = place.put(job.id)

        So no worker meets a job that is not stored, and no stored job is refused. Raises as `put` does.
        """
        self._check_room(user_id, later)
        self._reserved[user_id, later] += 1
        place = Place(self, user_id, later)
        try:
            yield place
        finally:
            self._reserved[user_id, later] -= 1
            self._reserved += Counter()  # drops the zeros

    def restore(self, job_id: str, user_id: int, *, later: bool = False) -> None:
        """Add a job that was accepted before, whatever the caps say: at start-up, or to try it again.

        Call it in the order the jobs should be served in. Raises ValueError for a job that is in already.
        """
        if job_id in self._owners:
            raise ValueError(f"job {job_id} is in the queue already")
        self._owners[job_id] = user_id
        if later:
            self._for_later.add(job_id)
            self._gone_before = self._gone_before if self._later else 0
        self._rotations[job_id] = self._later if later else self._now
        self._rotations[job_id].add(job_id, user_id)
        self._wake_one()

    # Taking out

    async def get(self) -> str:
        """Wait for the next job, mark it running and return its id. `done` must follow.

        Several workers may wait at once. A cancelled `get` has taken nothing. Raises QueueClosed.
        """
        while not self._can_serve():
            getter = asyncio.get_running_loop().create_future()
            self._getters.append(getter)
            try:
                await getter
            except asyncio.CancelledError:
                if getter in self._getters:
                    self._getters.remove(getter)
                else:
                    self._wake_one()  # it was woken for a job that another one must take now
                raise
        return self._serve()

    def done(self, job_id: str) -> None:
        """A running job has ended, in whatever way. Harmless when it is not running."""
        if self._running.pop(job_id, None) is not None:
            self._forget(job_id)

    def remove(self, job_id: str) -> bool:
        """Take a cancelled job out. False when it is not waiting: it runs, or is unknown."""
        if job_id not in self:
            return False
        self._rotations.pop(job_id).remove(job_id, self._forget(job_id))
        return True

    # Stopping

    def pause(self) -> None:
        """Serve nothing until `resume`; jobs still come in."""
        self._paused = True

    def resume(self) -> None:
        """Serve again after `pause`."""
        self._paused = False
        for _ in range(len(self)):
            self._wake_one()

    def close(self) -> None:
        """Shut down: every `get`, even a waiting one, raises QueueClosed; so does `put`. The waiting stay."""
        self._closed = True
        while self._getters:
            self._wake_one_getter()

    @property
    def is_closed(self) -> bool:
        """Whether it was shut down."""
        return self._closed

    # Looking

    def position(self, job_id: str) -> int | None:
        """How many jobs will be served before this one, plus 1; None when it is not waiting."""
        if job_id not in self:
            return None
        before = self._rotations[job_id].before(job_id, self._owners[job_id])
        if job_id in self._for_later:
            others = min(len(self._now), (before + 1) * self.later_after - self._gone_before)
        else:
            others = min(len(self._later), (before + self._gone_before) // self.later_after)
        return before + others + 1

    def ahead(self, job_id: str) -> tuple[str, ...]:
        """The jobs that will be served before this one, in their order; empty when it is not waiting."""
        position = self.position(job_id)
        return () if position is None else self.order()[: position - 1]

    def order(self) -> tuple[str, ...]:
        """All waiting jobs in the order they will be served, if nothing else arrives."""
        order: list[str] = []
        now, later = deque(self._now.order()), deque(self._later.order())
        gone_before = self._gone_before
        while now and later:
            if gone_before < self.later_after:
                order.append(now.popleft())
                gone_before += 1
            else:
                order.append(later.popleft())
                gone_before = 0
        return (*order, *now, *later)

    @property
    def running(self) -> tuple[str, ...]:
        """The jobs that were got and are not done, oldest first."""
        return tuple(self._running)

    @property
    def must_hurry(self) -> bool:
        """Whether somebody waits who may be served now, and whose job is not for later."""
        return len(self._now) > 0 and not self._paused

    def room(self, user_id: int, *, later: bool = False) -> int:
        """How many more jobs this person may put in now."""
        if self._closed:
            return 0
        own = self._now.count(user_id) + self._later.count(user_id)
        own += sum(self._reserved[user_id, rank] for rank in (False, True))
        own += sum(1 for owner in self._running.values() if owner == user_id)
        return max(0, min(self.max_per_user - own, self.max_total - self._count(later)))

    def __len__(self) -> int:
        """How many jobs are waiting."""
        return len(self._owners) - len(self._running)

    def __contains__(self, job_id: str) -> bool:
        """Whether the job is waiting."""
        return job_id in self._owners and job_id not in self._running

    # The rule itself

    def _serve(self) -> str:
        is_later = bool(self._later) and (not self._now or self._gone_before >= self.later_after)
        self._gone_before = 0 if is_later else self._gone_before + 1
        job_id, user_id = (self._later if is_later else self._now).take()
        del self._rotations[job_id]
        self._running[job_id] = user_id
        return job_id

    def _can_serve(self) -> bool:
        if self._closed:
            raise QueueClosed("the queue is closed")
        return len(self) > 0 and not self._paused

    def _count(self, later: bool) -> int:
        """The jobs of this rank, those included that a place is kept for."""
        known = len(self._for_later) if later else len(self._owners) - len(self._for_later)
        return known + sum(count for (_, rank), count in self._reserved.items() if rank == later)

    def _forget(self, job_id: str) -> int:
        """The job is waiting or running no more. Its owner."""
        self._for_later.discard(job_id)
        return self._owners.pop(job_id)

    def _check_room(self, user_id: int, later: bool) -> None:
        if self._closed:
            raise QueueClosed("the queue is closed")
        if self.room(user_id, later=later) > 0:
            return
        if self._count(later) >= self.max_total:
            full = LaterFull if later else QueueFull
            raise full(f"the queue holds {self.max_total} such jobs already")
        raise UserLimitReached(f"person {user_id} has {self.max_per_user} jobs already")

    def _wake_one(self) -> None:
        if not self._paused:
            self._wake_one_getter()

    def _wake_one_getter(self) -> None:
        while self._getters:
            getter = self._getters.popleft()
            if not getter.done():
                getter.set_result(None)
                return
