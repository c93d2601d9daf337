"""Logging to stderr, from which every secret is struck out, tracebacks and other libraries included."""

import json
import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterable
from types import TracebackType
from urllib.parse import quote

from bot.log_lines import AddIds, LogFormat, formatter

log = logging.getLogger(__name__)

STRUCK_OUT = "[secret]"
# httpx logs request addresses at INFO, and a Bot API address holds the token. At DEBUG others tell what
# people write: the Telegram library all updates and answers, aiosqlite the values of every row.
QUIET = {
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "aiohttp.access": logging.WARNING,
    "tornado.access": logging.ERROR,  # who calls the webhook without knowing its secret need not fill the log
    "apscheduler": logging.WARNING,
    "PIL": logging.WARNING,
    "telegram": logging.INFO,
    "aiosqlite": logging.INFO,
}
# Whatever looks like a bot token, also somebody else's; in an address the colon may be written as %3A.
_TOKEN = re.compile(r"\d{5,}(?::|%3A)[\w-]{30,}", re.IGNORECASE)


def redactor(secrets: Iterable[str]) -> Callable[[str], str]:
    """What strikes secrets out of a text, however they are written there."""
    forms = {form for secret in secrets if secret for form in _forms(secret)}
    # The longest first: one secret may be a part of another.
    known = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    patterns = [re.compile(known, re.IGNORECASE), _TOKEN] if known else [_TOKEN]

    def redact(text: str) -> str:
        for pattern in patterns:
            text = pattern.sub(STRUCK_OUT, text)
        return text

    return redact


def _forms(secret: str) -> set[str]:
    """As it is, in JSON, in Python and in an address."""
    return {secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], quote(secret), quote(secret, safe="")}


class RedactingFormatter(logging.Formatter):
    """Strikes secrets out of the finished line, so that no way of logging can slip one past."""

    def __init__(self, redact: Callable[[str], str], lines: logging.Formatter) -> None:
        super().__init__()
        self._redact = redact
        self._lines = lines

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(self._lines.format(record))


def set_up_logging(level: str, secrets: Iterable[str], form: LogFormat = LogFormat.TEXT) -> None:
    """Send records of `level` and above to stderr; `secrets` never appear there."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(AddIds())
    handler.addFilter(_leave_out_updates)
    handler.addFilter(_leave_out_attempts)
    handler.setFormatter(RedactingFormatter(redactor(secrets), formatter(form)))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    # The Telegram library makes this one itself, each time that Telegram asks for patience.
    warnings.filterwarnings("ignore", ".*`retry_after`", DeprecationWarning)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(least, logging.getLevelNamesMapping()[level]))


def _leave_out_updates(record: logging.LogRecord) -> bool:
    """The Telegram library logs an update that it does not understand whole, with what somebody wrote."""
    if record.name.startswith("telegram") and "eceived data was" in str(record.msg):
        record.msg, record.args = str(record.msg).replace("%r", "(left out)"), ()
    return True


def _leave_out_attempts(record: logging.LogRecord) -> bool:
    """The Telegram library tells, with a trace, of each attempt that failed: our own line says it shorter."""
    return record.name != "telegram.ext" or "Failed run number" not in str(record.msg)


def log_what_nobody_catches() -> None:
    """Errors that end the program, a thread or a finalizer: Python prints them past every formatter."""

    def on_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, Exception):
            log.critical("The program failed.", exc_info=(kind, error, trace))
        else:
            sys.__excepthook__(kind, error, trace)

    def on_thread_error(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:  # None while the program ends
            log.error("A thread failed.", exc_info=args.exc_value)

    def on_unraisable(args: "sys.UnraisableHookArgs") -> None:
        log.error("%s: %r", args.err_msg or "Ignored", args.object, exc_info=args.exc_value)

    sys.excepthook, threading.excepthook, sys.unraisablehook = on_error, on_thread_error, on_unraisable
