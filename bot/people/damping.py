"""Limits how much one person may say: they are warned once, then not heard until they slow down."""

import time
from collections import deque
from collections.abc import Callable
from enum import Enum, auto

MINUTE = 60.0  # seconds
CALM = 0.5  # of what is allowed: below it somebody is heard again
MANY = 1000  # people to remember before those who have long been silent are forgotten


class Hearing(Enum):
    """What becomes of something that was said."""

    HEARD = auto()
    TOLD = auto()  # the first too many: say that it is
    IGNORED = auto()


class Damper:
    """Counts what each person says in a minute, what is ignored too: a flood that goes on stays unheard."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.time) -> None:
        self._most = per_minute
        self._clock = clock
        self._times: dict[int, deque[float]] = {}
        self._silenced: set[int] = set()
        self._many = MANY

    def hear(self, user_id: int, said: float | None = None) -> Hearing:
        """This person says something. said: when (unix seconds), if that was before now.

        It may have waited: for others of theirs, which take their time, or for the bot to be started. And it
        is Telegram's clock that says so, of which this machine's may be hours ahead: so what seems to be of
        the future counts no more than what is long ago.
        """
        now = self._clock() if said is None else said
        times = self._times_of(user_id, now)
        before = sum(abs(now - at) < MINUTE for at in times)
        if before < self._most * CALM:
            self._silenced.discard(user_id)
        times.append(now)
        if user_id in self._silenced:
            return Hearing.IGNORED
        if before < self._most:
            return Hearing.HEARD
        self._silenced.add(user_id)
        return Hearing.TOLD

    def _times_of(self, user_id: int, now: float) -> deque[float]:
        if user_id not in self._times:
            if len(self._times) >= self._many:
                self._times = {who: times for who, times in self._times.items() if times[-1] > now - MINUTE}
                self._silenced &= self._times.keys()
                self._many = max(MANY, 2 * len(self._times))
            # No more than tell that it is too much, by either clock.
            self._times[user_id] = deque(maxlen=2 * (self._most + 1))
        return self._times[user_id]
