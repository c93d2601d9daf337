"""Pressed buttons that wait for the bot's answer."""

import asyncio
import secrets
import time
from dataclasses import dataclass

from bot.sandbox.errors import bad_request

LIFETIME_SECONDS = 60.0  # after which Telegram takes no answer


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What the bot says to a press: nothing, a passing line, an alert, or an address to open."""

    text: str = ""
    alert: bool = False
    url: str | None = None


class CallbackQueries:
    """Open callback queries by id."""

    def __init__(self) -> None:
        self._opened: dict[str, float] = {}  # when, oldest first
        self._answers: dict[str, asyncio.Future[CallbackAnswer]] = {}

    def open(self) -> str:
        """A new query; its id."""
        self._forget_old()
        query_id = str(secrets.randbits(62))
        self._opened[query_id] = time.monotonic()
        self._answers[query_id] = asyncio.get_running_loop().create_future()
        return query_id

    def answer(self, query_id: str, answer: CallbackAnswer) -> None:
        """The bot answers. Raises ApiError when the query is unknown or too old; a second answer is lost."""
        self._forget_old()
        waiting = self._answers.get(query_id)
        if waiting is None:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        if not waiting.done():
            waiting.set_result(answer)

    async def wait(self, query_id: str, seconds: float) -> CallbackAnswer | None:
        """The bot's answer, or None if it has not come in time."""
        waiting = self._answers.get(query_id)
        if waiting is None:
            return None
        await asyncio.wait([waiting], timeout=seconds)
        return waiting.result() if waiting.done() and not waiting.cancelled() else None

    def _forget_old(self) -> None:
        oldest_allowed = time.monotonic() - LIFETIME_SECONDS
        while self._opened and next(iter(self._opened.values())) < oldest_allowed:
            oldest = next(iter(self._opened))
            del self._opened[oldest]
            self._answers.pop(oldest).cancel()
