"""Leaves out updates that make no sense, so that those after them are heard.

The Telegram library gives up a whole batch when it cannot make sense of one update in it, and asks for the
same batch again, for ever. One day Telegram will send something of a kind that the library does not know.
"""

import json
import logging
from collections.abc import Callable
from typing import Any

from telegram import Update

log = logging.getLogger(__name__)

Json = dict[str, Any]

EMPTY = {"update_id": 0}  # what nothing is left of


def as_it_is(update: Json) -> Json:
    """The update for the library, if that can read it. Raises whatever the library makes of it."""
    Update.de_json(update, None)
    return dict(update)


def legible(payload: bytes, read: Callable[[Json], Json] = as_it_is) -> bytes:
    """An answer to getUpdates (JSON), with an empty update in the place of each that cannot be read.

    Their numbers stay, for by those Telegram is told what need not be sent again. One without a number is
    left out. `read` returns what the library is given of an update, and fails at what it cannot read.
    """
    try:
        answer = json.loads(payload)
        updates = answer["result"]
        readable = [_readable(update, read) for update in updates]
    except (ValueError, KeyError, TypeError):
        return payload  # it is no such answer: for the library to complain of
    if readable == updates:
        return payload
    return json.dumps(answer | {"result": [update for update in readable if update is not None]}).encode()


def legible_update(payload: bytes) -> bytes:
    """One update (JSON), or an empty one in the place of what cannot be read."""
    try:
        update = json.loads(payload)
    except (ValueError, RecursionError):
        update = None
    readable = _readable(update, as_it_is)
    return payload if readable is not None and readable == update else json.dumps(readable or EMPTY).encode()


def _readable(update: Any, read: Callable[[Json], Json]) -> Json | None:
    """What `read` makes of it, or what is left of it."""
    try:
        return read(update)
    except Exception as error:  # whatever the library makes of it
        number = update.get("update_id") if isinstance(update, dict) else None
        # Not the error's own words: they may hold what somebody wrote.
        log.error("Update %s cannot be read (%s) and is left out.", number, type(error).__name__)
        return {"update_id": number} if isinstance(number, int) else None
