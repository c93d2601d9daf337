"""How fast a bot may send: counted always, enforced when asked to."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.errors import too_many_requests
from bot.sandbox.model import Chat

# Telegram asks for one message a second in a chat but lets short bursts pass.
CHAT_RATE, CHAT_BURST = 1.0, 4
GROUP_RATE, GROUP_BURST = 20 / 60, 20
ALL_RATE, ALL_BURST = 30.0, 30
ROUNDING = 1e-6  # seconds


@dataclass(slots=True)
class _Bucket:
    rate: float  # calls a second
    burst: int
    level: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until one more call is fine; 0 when it is fine now."""
        self.level = min(float(self.burst), self.level + (now - self.at) * self.rate)
        self.at = now
        missing = (1 - self.level) / self.rate
        return missing if missing > ROUNDING else 0.0


class RateLimits:
    """Token buckets per chat and for all; `violations` counts by "chat", "group" and "all".

    A chat that is held, or all of them, is refused everything for a while, whatever the buckets say.
    """

    def __init__(self, clock: Callable[[], float], *, enforce: bool = False) -> None:
        self.enforce = enforce
        self.violations: Counter[str] = Counter()
        self._clock = clock
        self._all = _Bucket(ALL_RATE, ALL_BURST, ALL_BURST, clock())
        self._chats: dict[int, _Bucket] = {}
        self._held: dict[int | None, float] = {}  # until when; None: all chats

    def hold(self, seconds: float, chat: Chat | None = None) -> None:
        """Refuse what is said in this chat, or in all, for so many seconds from now."""
        self._held[chat.id if chat else None] = self._clock() + seconds

    def spend(self, chat: Chat, calls: int = 1) -> None:
        """Count that many messages sent or edited in a chat. Raises ApiError 429 if limits are enforced,
        or the chat is held.
        """
        now = self._clock()
        held = max(self._held.get(chat.id, now), self._held.get(None, now)) - now
        if held > 0:
            raise too_many_requests(math.ceil(held))
        name = "chat" if chat.is_private else "group"
        waits = {"all": self._all.wait(now), name: self._bucket(chat, now).wait(now)}
        broken = [key for key, wait in waits.items() if wait > 0]
        self.violations.update(broken)
        if broken and self.enforce:
            raise too_many_requests(math.ceil(max(waits.values())))
        # A bucket may go below zero while limits are only counted, but not without end.
        for bucket in (self._all, self._chats[chat.id]):
            bucket.level = max(-float(bucket.burst), bucket.level - calls)

    def _bucket(self, chat: Chat, now: float) -> _Bucket:
        rate, burst = (CHAT_RATE, CHAT_BURST) if chat.is_private else (GROUP_RATE, GROUP_BURST)
        return self._chats.setdefault(chat.id, _Bucket(rate, burst, burst, now))
