"""How the program ends when it does not end well: the codes, and the lines on stderr."""

import sys
from collections.abc import Iterable

from bot.logs import redactor

BROKEN = 1  # it cannot go on, but may if it is begun anew: see `bot.queue.watchdog`
BAD_USE = 2  # something must be mended first, so a service manager need not try again
INTERRUPTED = 130


def complain(*lines: str, secrets: Iterable[str] = ()) -> int:
    """Say what must be mended, without the secrets; the code to end with."""
    sys.stderr.write(redactor(secrets)("\n".join(lines)) + "\n")
    return BAD_USE
