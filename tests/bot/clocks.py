"""Time that passes when a test says so."""

import asyncio
import heapq
import itertools
from collections.abc import Callable


class FakeAlarm:
    """An alarm of `FakeClock`."""

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback = callback
        self.is_set = True

    def cancel(self) -> None:
        self.is_set = False


class FakeClock:
    """A `bot.api.rate_limits.Clock`: nothing happens but in `advance`, and then in its order."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._alarms: list[tuple[float, int, FakeAlarm]] = []
        self._numbers = itertools.count()

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], object]) -> FakeAlarm:
        alarm = FakeAlarm(callback)
        heapq.heappush(self._alarms, (self.now + delay, next(self._numbers), alarm))
        return alarm

    async def sleep(self, seconds: float) -> None:
        """As asyncio's, by this clock."""
        over = asyncio.get_running_loop().create_future()
        self.call_later(seconds, lambda: None if over.done() else over.set_result(None))
        await over

    async def advance(self, seconds: float) -> None:
        """Let that much time pass."""
        end = self.now + seconds
        await settle()
        while self._alarms and self._alarms[0][0] <= end:
            at, _, alarm = heapq.heappop(self._alarms)
            if alarm.is_set:
                self.now = max(self.now, at)
                alarm.callback()
                await settle()
        self.now = end


async def settle() -> None:
    """Let everything happen that can happen now."""
    for _ in range(20):
        await asyncio.sleep(0)
