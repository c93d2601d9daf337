"""What time it is, for all that is kept for a while: jumps of the machine's clock do not count.

Somebody sets the clock a day forward, and all pictures seem a day old; or back, and nothing is swept for a
day. So the wall clock is read once, at the start, and from then on only seconds are counted, those of a
sleeping machine included.
"""

import time


def _seconds() -> float:
    """Since the machine was started; Linux counts its sleep in this clock only."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


_START = time.time() - _seconds()


def now() -> float:
    """Unix seconds."""
    return _START + _seconds()
