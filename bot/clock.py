"""What time it is, for all that is kept for a while: jumps of the machine's clock do not count.

Somebody sets the clock a day forward, and all pictures seem a day old; or back, and nothing is swept for a
day. So the wall clock is read at the start, and from then on only seconds are counted, those of a sleeping
machine included.

One jump is believed: forward, soon after the start. A machine without a clock of its own, as small ones are,
starts in the past, and is told the time by the network a little later.
"""

import time


def seconds() -> float:
    """Since the machine was started, the same in all its programs; nobody sets it."""
    # Linux counts the machine's sleep in this clock only.
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class _Clock:
    """The wall clock until it is settled, and then its own."""

    def __init__(self) -> None:
        self._start = time.time() - seconds()
        self._is_settled = False

    def settle(self) -> None:
        self.now()
        self._is_settled = True

    def now(self) -> float:
        if not self._is_settled:
            self._start = max(self._start, time.time() - seconds())
        return self._start + seconds()


_CLOCK = _Clock()


def now() -> float:
    """Unix seconds."""
    return _CLOCK.now()


def settle() -> None:
    """From here on no jump is believed."""
    _CLOCK.settle()
