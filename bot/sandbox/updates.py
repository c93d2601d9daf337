"""Updates on their way to the bot: kept until it acknowledges them, by long polling or by webhook."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.sandbox.errors import ApiError, bad_request
from bot.sandbox.model import Json

UPDATE_TYPES = frozenset(
    {"message", "edited_message", "callback_query", "my_chat_member", "chat_member", "message_reaction"}
)
UNASKED_TYPES = UPDATE_TYPES - {"chat_member", "message_reaction"}  # sent unless the bot says otherwise
MAX_POLL_SECONDS = 50
MAX_BATCH = 100


@dataclass(frozen=True, slots=True)
class Update:
    id: int
    type: str
    content: Json

    @property
    def chat_id(self) -> int:
        about = self.content.get("message", self.content)  # a press is about a message
        return int(about["chat"]["id"])

    def json(self) -> Json:
        return {"update_id": self.id, self.type: self.content}


class Updates:
    """The queue of updates. They outlive the bot: whoever polls next gets what was not acknowledged."""

    def __init__(self) -> None:
        self.pending: deque[Update] = deque()
        self.allowed: frozenset[str] = UNASKED_TYPES
        self.webhook_active = False
        self._next_id = int(time.time())  # beyond those of the last run, which a bot may remember
        self._arrived = asyncio.Event()
        self._poller = 0  # the number of the newest getUpdates call
        self._closed = False

    def push(self, kind: str, content: Json) -> None:
        """Queue an update, unless the bot asked not to get its kind."""
        if kind not in self.allowed:
            return
        self.pending.append(Update(self._next_id, kind, content))
        self._next_id += 1
        self._wake()

    def allow(self, kinds: Sequence[object] | None) -> None:
        """Set the kinds the bot wants; an empty list means the usual ones, None leaves things as they are.

        Raises ApiError if one is no name.
        """
        if kinds is None:
            return
        if not all(isinstance(kind, str) for kind in kinds):
            raise bad_request("can't parse allowed updates JSON array: expected Array of String")
        self.allowed = UPDATE_TYPES.intersection(kinds) if kinds else UNASKED_TYPES

    def acknowledge(self, update_id: int) -> None:
        """Drop every update below this id; a negative number keeps only that many of the newest."""
        if update_id < 0:
            while len(self.pending) > -update_id:
                self.pending.popleft()
        while self.pending and self.pending[0].id < update_id:
            self.pending.popleft()

    def first_of(self, chat_id: int) -> Update | None:
        """The oldest update of a chat that waits."""
        return next((update for update in self.pending if update.chat_id == chat_id), None)

    def drop(self, update: Update) -> None:
        """Take out one update, wherever it waits."""
        with contextlib.suppress(ValueError):  # dropped with all others meanwhile
            self.pending.remove(update)

    async def poll(
        self, offset: int, limit: int, seconds: float, is_heard: Callable[[], bool] = lambda: True
    ) -> list[Update]:
        """Up to `limit` updates from `offset` on, waiting for the first one up to `seconds`.

        Raises ApiError 409 if a webhook is set, or when another poll starts during this one, unless whoever
        asked has gone: a bot that stops gives its poll up, to acknowledge by another what it has got.
        """
        self._refuse_beside_webhook()
        self._poller += 1
        mine = self._poller
        self._wake()  # an older poll notices that it has been replaced
        self.acknowledge(offset)
        deadline = asyncio.get_running_loop().time() + min(seconds, MAX_POLL_SECONDS)
        while not self.pending and not self._closed and await self.wait_for_more(deadline):
            self._refuse_beside_webhook()
            if self._poller != mine:
                if not is_heard():
                    return []
                raise ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
        return list(self.pending)[: max(1, min(limit, MAX_BATCH))]

    async def wait_for_more(self, deadline: float | None) -> bool:
        """Wait until something happens; False once the deadline (loop time) has passed."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._arrived.wait()
        except TimeoutError:
            return False
        return True

    def open(self) -> None:
        """Let calls wait for updates again."""
        self._closed = False

    def close(self) -> None:
        """End every waiting call at once; updates are kept."""
        self._closed = True
        self._wake()

    def _refuse_beside_webhook(self) -> None:
        if self.webhook_active:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )

    def _wake(self) -> None:
        self._arrived.set()
        self._arrived = asyncio.Event()
