"""How often something may be done, and until when not at all. Pure: the caller tells the time."""

import math
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """So many calls within so many seconds, any stretch of them."""

    most: int
    seconds: float


# Telegram's, as its FAQ has them: about 30 messages a second in all, 20 a minute in a group, and one a second
# to a person, with short bursts let pass.
EVERYBODY = Rate(30, 1.0)
GROUP = Rate(20, 60.0)
PERSON = Rate(4, 4.0)


class Limit:
    """Calls that keep to a rate.

    A call counts from its beginning until the rate's seconds after its end. Telegram saw it at some moment in
    between, so that the rate holds on its side too, however slow or uneven the way there is.
    """

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._under_way = 0
        self._ended: deque[float] = deque()  # when, oldest first; only those that still count
        self._paused_until = -math.inf

    def free_at(self, now: float) -> float:
        """When one more call may begin: `now`, later, or infinity while only the end of another can tell."""
        self._drop_old(now)
        over = self._under_way + len(self._ended) - self._rate.most
        if over >= len(self._ended) and over >= 0:
            return math.inf
        free = self._ended[over] + self._rate.seconds if over >= 0 else now
        return max(free, self._paused_until)

    def room(self, now: float) -> int:
        """How many calls may begin now."""
        self._drop_old(now)
        if now < self._paused_until:
            return 0
        return max(0, self._rate.most - self._under_way - len(self._ended))

    def begin(self) -> None:
        """A call begins; `end` must follow."""
        self._under_way += 1

    def end(self, now: float) -> None:
        """A call has ended, in whatever way."""
        self._under_way -= 1
        self._ended.append(now)

    def pause(self, until: float) -> None:
        """Let nothing begin until then; a longer pause stays."""
        self._paused_until = max(self._paused_until, until)

    def paused_for(self, now: float) -> float:
        """The seconds that are left of a pause; 0 for none."""
        return max(0.0, self._paused_until - now)

    def is_idle(self, now: float) -> bool:
        """Whether there is nothing to remember."""
        return self.room(now) == self._rate.most

    def _drop_old(self, now: float) -> None:
        while self._ended and self._ended[0] + self._rate.seconds <= now:
            self._ended.popleft()
