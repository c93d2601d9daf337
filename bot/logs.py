"""Logging to stderr, from which every secret is struck out, tracebacks and other libraries included."""

import json
import logging
import re
import sys
import warnings
from collections.abc import Iterable

from telegram.warnings import PTBDeprecationWarning

from bot.log_lines import AddIds, LogFormat, formatter

STRUCK_OUT = "[secret]"
# httpx logs request addresses at INFO, and a Bot API address holds the token.
QUIET = ("httpx", "httpcore", "aiohttp.access", "apscheduler", "PIL")
_TOKEN = re.compile(r"\d{5,}:[\w-]{30,}")  # whatever looks like a bot token, also somebody else's


class RedactingFormatter(logging.Formatter):
    """Strikes secrets out of the finished line, so that no way of logging can slip one past."""

    def __init__(self, secrets: Iterable[str], lines: logging.Formatter) -> None:
        super().__init__()
        self._lines = lines
        # A secret with a quotation mark in it is written otherwise in JSON.
        self._secrets = {form for each in secrets if each for form in (each, json.dumps(each)[1:-1])}

    def format(self, record: logging.LogRecord) -> str:
        line = self._lines.format(record)
        for secret in self._secrets:
            line = line.replace(secret, STRUCK_OUT)
        return _TOKEN.sub(STRUCK_OUT, line)


def set_up_logging(level: str, secrets: Iterable[str], form: LogFormat = LogFormat.TEXT) -> None:
    """Send records of `level` and above to stderr; `secrets` never appear there."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(AddIds())
    handler.setFormatter(RedactingFormatter(secrets, formatter(form)))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    # The Telegram library makes this one itself, each time that Telegram asks for patience.
    warnings.filterwarnings("ignore", ".*`retry_after`", PTBDeprecationWarning)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
