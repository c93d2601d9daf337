"""How the program ends when it does not end well: the codes, and the lines on stderr."""

import sys
from collections.abc import Iterable

from bot.logs import redactor

BROKEN = 1  # it cannot go on, but may if it is begun anew: see `bot.queue.watchdog`
BAD_USE = 2  # something must be mended first, so a service manager need not try again
INTERRUPTED = 130


def complain(*lines: str, secrets: Iterable[str] = (), may_pass: bool = False) -> int:
    """Say what must be mended, without the secrets; the code to end with.

    may_pass: it may mend itself, or is mended while the bot is begun anew again and again.
    """
    sys.stderr.write(redactor(secrets)("\n".join(lines)) + "\n")
    return BROKEN if may_pass else BAD_USE
