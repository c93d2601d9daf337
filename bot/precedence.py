"""Who goes first when there is more to do than the processor can: what has just come in.

An event loop serves whoever is ready in turn, so a message that has come would wait behind all that is
being done about those before it. Here what can wait is let go one piece at a time, each when the loop has
come round once, and none at all while something is at hand that cannot wait.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

HASTE_SECONDS = 0.05  # for which something goes first: after that it waits for a disk or the net, not for us
LONGEST_SECONDS = 2.0  # for which anything gives way
LOOK_SECONDS = 0.01  # until the next look, while something goes first


class Precedence:
    """Lets some things go first, and others give way to them for a while."""

    def __init__(self) -> None:
        self._urgent: dict[object, float] = {}  # since when, the latest last
        self._giving_way: deque[tuple[float, asyncio.Future[None]]] = deque()  # since when
        self._next: asyncio.Handle | None = None

    @contextmanager
    def first(self) -> Iterator[None]:
        """What is done within goes first, if it does not take long."""
        thing = object()
        self._urgent[thing] = asyncio.get_running_loop().time()
        try:
            yield
        finally:
            del self._urgent[thing]

    async def give_way(self) -> None:
        """Come back when nothing goes first, or after two seconds; one after the other, in this order."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._giving_way.append((loop.time(), turn))
        if self._next is None:
            self._next = loop.call_soon(self._let_go)
        await turn

    def _let_go(self) -> None:
        """Let one go, if it is time, and look again: at once, that is when the loop has come round."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._giving_way and self._giving_way[0][1].done():
            self._giving_way.popleft()  # it was cancelled
        busy = self._is_busy(now)
        if self._giving_way and (not busy or now - self._giving_way[0][0] >= LONGEST_SECONDS):
            self._giving_way.popleft()[1].set_result(None)
        if not self._giving_way:
            self._next = None
        elif busy:
            self._next = loop.call_later(LOOK_SECONDS, self._let_go)
        else:
            self._next = loop.call_soon(self._let_go)

    def _is_busy(self, now: float) -> bool:
        latest = next(reversed(self._urgent.values()), None)
        return latest is not None and now - latest < HASTE_SECONDS
