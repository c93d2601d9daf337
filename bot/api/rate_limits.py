"""Speaks to Telegram as fast as it allows and no faster.

python-telegram-bot's own limiter knows no limit for a person, and while one chat is put off all must wait.
"""

import asyncio
import datetime
import heapq
import itertools
import logging
import math
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.api.pace import EVERYBODY, GROUP, PERSON, Limit
from bot.people.person import is_group

log = logging.getLogger(__name__)

Answer = bool | dict[str, Any] | list[dict[str, Any]]

TRIES = 5  # of a call that Telegram puts off
PATIENCE = 120.0  # seconds; who would have to wait for longer is told so instead
EDITS_LATER = 3.0  # seconds by which an edit lets what is said anew go first, where not all can go at once
SIGN_OF_ALL = 3  # so many chats put off at one time: it is meant for everybody
SPARE, SPARE_IN_ALL = 1, 10  # calls that are kept free for answers by what may be left unsaid
MANY = 1000  # chats to remember before those with nothing to remember are forgotten


class Alarm(Protocol):
    """Something that will happen unless it is cancelled."""

    def cancel(self) -> None:
        """It will not."""
        ...


class Clock(Protocol):
    """Time as an event loop has it."""

    def time(self) -> float:
        """Seconds, from whatever beginning."""
        ...

    def call_later(self, delay: float, callback: Callable[[], None], /) -> Alarm:
        """Call it in so many seconds."""
        ...


@dataclass(order=True, slots=True)
class _Ticket:
    """A call that waits. Their order is the one they go in, where they compete."""

    key: float
    number: int
    chat: int | None = field(compare=False)
    admitted: "asyncio.Future[None]" = field(compare=False)


class _Chat(Limit):
    """A chat, and those who wait until a call to it has ended."""

    def __init__(self, chat: int) -> None:
        super().__init__(GROUP if is_group(chat) else PERSON)
        self.parked: list[_Ticket] = []


class RateLimiter(BaseRateLimiter[None]):
    """Lets calls wait for Telegram's limits, and for as long as Telegram then asks for: each chat for itself.

    What shows up in a chat counts, edits too. All else goes at once, unless Telegram has put off that very
    method: for the chat that it was about, or altogether.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or asyncio.get_running_loop()
        self._everybody = Limit(EVERYBODY)
        self._chats: dict[int, _Chat] = {}
        self._put_off_until: dict[tuple[str, int | None], float] = {}  # what is not counted, and its chat
        self._many = MANY
        self._numbers = itertools.count()
        self._ready: list[_Ticket] = []  # a heap: their chats may be free
        self._later: list[tuple[float, _Ticket]] = []  # a heap: when their chats will be free
        self._alarm: Alarm | None = None

    async def initialize(self) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        """Nothing to do: who waits is cancelled by those who called."""

    def has_room(self, chat_id: int) -> bool:
        """Whether something can be said there now that may as well be left unsaid: answers go first."""
        now = self._clock.time()
        if self._ready or self._everybody.room(now) <= SPARE_IN_ALL:
            return False
        chat = self._chats.get(chat_id)
        return chat is None or (not chat.parked and chat.room(now) > SPARE)

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,  # noqa: ARG002 - of the interface
    ) -> Answer:
        """Call when it is time, and again when Telegram says so. Raises `RetryAfter` beyond all bounds."""
        chat, counts = _chat_of(data), is_counted(endpoint)
        for tries_left in reversed(range(TRIES)):
            if not counts:
                await self._sit_out(chat, endpoint)
            ticket = await self._wait_for_turn(chat, endpoint) if counts else None
            with self._under_way(ticket):
                try:
                    return await callback(*args, **kwargs)
                except RetryAfter as refusal:
                    seconds = seconds_of(refusal)
                    self._put_off(chat, endpoint, seconds)
                    if not tries_left or seconds > PATIENCE:
                        raise
        raise AssertionError("the last try returns or raises")

    # Waiting

    async def _wait_for_turn(self, chat: int | None, endpoint: str) -> _Ticket:
        key = self._clock.time() + (0 if endpoint.startswith("send") else EDITS_LATER)
        ticket = _Ticket(key, next(self._numbers), chat, asyncio.get_running_loop().create_future())
        heapq.heappush(self._ready, ticket)
        self._admit()
        try:
            await ticket.admitted
        except asyncio.CancelledError:
            admitted = ticket.admitted
            if not admitted.cancelled() and admitted.exception() is None:  # its turn came at this very moment
                self._end(ticket)
            raise
        return ticket

    def _admit(self) -> None:
        """Let those go for whom it is time, and set the alarm for the next one."""
        now = self._clock.time()
        while self._later and self._later[0][0] <= now:
            heapq.heappush(self._ready, heapq.heappop(self._later)[1])
        too_long = self._everybody.paused_for(now) > PATIENCE
        while self._ready and (too_long or self._everybody.free_at(now) <= now):
            ticket = heapq.heappop(self._ready)
            if not ticket.admitted.done():  # else its caller has given up
                self._admit_or_put_by(ticket, now)
        times = [self._later[0][0]] if self._later else []
        times += [self._everybody.free_at(now)] if self._ready else []
        self._set_alarm(min(times, default=math.inf) - now)

    def _admit_or_put_by(self, ticket: _Ticket, now: float) -> None:
        limits = self._limits_of(ticket.chat)
        pause = max(limit.paused_for(now) for limit in limits)
        free_at = limits[-1].free_at(now)
        if pause > PATIENCE:
            ticket.admitted.set_exception(RetryAfter(math.ceil(pause)))
        elif free_at <= now:
            for limit in limits:
                limit.begin()
            ticket.admitted.set_result(None)
        elif free_at == math.inf and ticket.chat is not None:
            self._chat(ticket.chat).parked.append(ticket)
        else:
            heapq.heappush(self._later, (free_at, ticket))

    @contextmanager
    def _under_way(self, ticket: _Ticket | None) -> Iterator[None]:
        try:
            yield
        finally:
            if ticket is not None:
                self._end(ticket)

    def _end(self, ticket: _Ticket) -> None:
        for limit in self._limits_of(ticket.chat):
            limit.end(self._clock.time())
        if ticket.chat is not None:
            chat = self._chat(ticket.chat)
            waiting, chat.parked = chat.parked, []
            for other in waiting:
                heapq.heappush(self._ready, other)
        self._admit()

    def _set_alarm(self, delay: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None if delay == math.inf else self._clock.call_later(delay, self._admit)

    async def _sit_out(self, chat: int | None, endpoint: str) -> None:
        """Wait until what is not counted may go. Raises `RetryAfter` where that takes too long."""
        while (left := self._put_off_until.get((endpoint, chat), -math.inf) - self._clock.time()) > 0:
            if left > PATIENCE:
                raise RetryAfter(math.ceil(left))
            await self._sleep(left)

    async def _sleep(self, seconds: float) -> None:
        over = asyncio.get_running_loop().create_future()
        alarm = self._clock.call_later(seconds, lambda: None if over.done() else over.set_result(None))
        try:
            await over
        finally:
            alarm.cancel()

    # Limits

    def _put_off(self, chat: int | None, endpoint: str, seconds: float) -> None:
        """Telegram wants no more for now, of this chat; or of any, which it does not say in words."""
        where, now = "" if chat is None else f" to {chat}", self._clock.time()
        log.warning("Telegram puts %s%s off for %g s.", endpoint, where, seconds)
        if not is_counted(endpoint):
            lasting = {what: until for what, until in self._put_off_until.items() if until > now}
            until = max(lasting.get((endpoint, chat), now), now + seconds)
            self._put_off_until = {**lasting, (endpoint, chat): until}
            return
        if chat is None:
            return
        self._chat(chat).pause(now + seconds)
        if sum(other.paused_for(now) > 0 for other in self._chats.values()) >= SIGN_OF_ALL:
            self._everybody.pause(now + seconds)

    def _limits_of(self, chat: int | None) -> list[Limit]:
        return [self._everybody] if chat is None else [self._everybody, self._chat(chat)]

    def _chat(self, chat: int) -> _Chat:
        if chat not in self._chats:
            if len(self._chats) >= self._many:
                self._forget_idle()
            self._chats[chat] = _Chat(chat)
        return self._chats[chat]

    def _forget_idle(self) -> None:
        now = self._clock.time()
        self._chats = {
            chat: limit for chat, limit in self._chats.items() if limit.parked or not limit.is_idle(now)
        }
        self._many = max(MANY, 2 * len(self._chats))


def is_counted(endpoint: str) -> bool:
    """Whether Telegram's limits count it: whatever shows up in a chat does."""
    return endpoint.startswith(("send", "edit", "forward", "copy")) and endpoint != "sendChatAction"


def seconds_of(refusal: RetryAfter) -> float:
    """How long Telegram wants to be left alone."""
    wait = refusal.retry_after  # a number as yet, in coming versions a timedelta
    return wait.total_seconds() if isinstance(wait, datetime.timedelta) else float(wait)


def _chat_of(data: dict[str, Any]) -> int | None:
    try:
        return int(data["chat_id"])
    except (KeyError, TypeError, ValueError):  # none, or the @name of a channel, where the bot never speaks
        return None
