"""How many pictures each person may have painted in an hour and in a day. Pure: the caller tells the time."""

import math
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from bot.fair_queue import QueueRefusal

HOUR, DAY = 3600.0, 86400.0  # seconds


class QuotaReached(QueueRefusal):
    """This person has had as many pictures as one may have; `wait` seconds from now there is one more."""

    def __init__(self, limit: int, wait: float) -> None:
        super().__init__(f"{limit} pictures were painted already; one more in {wait:.0f} s")
        self.limit = limit
        self.wait = wait


class Entry:
    """A picture that is being counted; made by `Quota.entry`."""

    def __init__(self) -> None:
        self.counts = False

    def keep(self) -> None:
        """It was accepted."""
        self.counts = True


class Quota:
    """Counts what was accepted, by person, over the last day; None: no limit."""

    def __init__(self, per_hour: int | None, per_day: int | None) -> None:
        self._limits = [
            (limit, seconds) for limit, seconds in ((per_hour, HOUR), (per_day, DAY)) if limit is not None
        ]
        self._times: dict[int, deque[float]] = {}  # when, unix seconds, oldest first

    @contextmanager
    def entry(self, user_id: int, now: float) -> Iterator[Entry]:
        """Count one more, taken back unless it is kept. Raises `QuotaReached`."""
        self.check(user_id, now)
        self.count(user_id, [now])
        entry = Entry()
        try:
            yield entry
        finally:
            if not entry.counts:
                self.give_back(user_id, now)

    def check(self, user_id: int, now: float) -> None:
        """Raises `QuotaReached` where there is none left."""
        times = self._recent(user_id, now)
        waits = {
            limit: times[-limit] + seconds - now
            for limit, seconds in self._limits
            if len(times) >= limit and times[-limit] > now - seconds
        }
        if waits:
            limit = max(waits, key=lambda limit: waits[limit])
            raise QuotaReached(limit, math.ceil(waits[limit]))

    @property
    def has_limits(self) -> bool:
        """Whether anything is counted."""
        return bool(self._limits)

    def count(self, user_id: int, times: Collection[float]) -> None:
        """Count what was accepted at these times, earlier or later than what is counted already."""
        if self._limits and times:
            self._times[user_id] = deque(sorted([*self._times.get(user_id, ()), *times]))

    def give_back(self, user_id: int, at: float) -> None:
        """It was not begun, and costs nothing."""
        times = self._times.get(user_id)
        if times is not None and at in times:
            times.remove(at)

    def _recent(self, user_id: int, now: float) -> deque[float]:
        times = self._times.get(user_id, deque())
        while times and times[0] <= now - DAY:
            times.popleft()
        if not times:
            self._times.pop(user_id, None)
        return times
