"""Logging to stderr, from which every secret is struck out, tracebacks and other libraries included."""

import logging
import re
import sys
import warnings
from collections.abc import Iterable

from telegram.warnings import PTBDeprecationWarning

LINE = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
STRUCK_OUT = "[secret]"
# httpx logs request addresses at INFO, and a Bot API address holds the token.
QUIET = ("httpx", "httpcore", "aiohttp.access", "apscheduler", "PIL")
_TOKEN = re.compile(r"\d{5,}:[\w-]{30,}")  # whatever looks like a bot token, also somebody else's


class RedactingFormatter(logging.Formatter):
    """Strikes secrets out of the finished line, so that no way of logging can slip one past."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__(LINE)
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        for secret in self._secrets:
            line = line.replace(secret, STRUCK_OUT)
        return _TOKEN.sub(STRUCK_OUT, line)


def set_up_logging(level: str, secrets: Iterable[str]) -> None:
    """Send records of `level` and above to stderr; `secrets` never appear there."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(RedactingFormatter(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    # The Telegram library makes this one itself, each time that Telegram asks for patience.
    warnings.filterwarnings("ignore", ".*`retry_after`", PTBDeprecationWarning)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
