"""The limiter by a clock of our own, judged by the sandbox's own count; then over the sandbox itself."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Bot
from telegram.error import BadRequest, NetworkError, RetryAfter
from telegram.ext import ExtBot

from bot.api.pace import EVERYBODY, GROUP, PERSON
from bot.api.rate_limits import PATIENCE, SPARE, SPARE_IN_ALL, TRIES, RateLimiter, is_counted
from bot.sandbox import Sandbox
from bot.sandbox.limits import RateLimits
from bot.sandbox.methods import COUNTED, all_methods
from bot.sandbox.model import Chat
from bot.sandbox.updates import Updates
from bot.sandbox.webhook import Webhook
from tests.bot.clocks import FakeClock, settle

FAMILY = -100


@pytest.fixture(autouse=True)
def hasty() -> None:
    """Here the limits are as they are."""


class Telegram:
    """The other end: takes `latency` seconds for each call, counts it somewhere within, and may refuse."""

    def __init__(self, clock: FakeClock, limiter: RateLimiter) -> None:
        self.clock = clock
        self.limiter = limiter
        self.limits = RateLimits(clock.time)
        self.latency = lambda: (0.0, 0.0)  # until it is counted, and then until it is answered
        self.refusals: list[float] = []  # the next calls are put off for so many seconds
        self.said: list[tuple[float, int | None, str]] = []
        self.calls: list[asyncio.Task[Any]] = []

    def call(self, chat: int | None, endpoint: str = "sendMessage") -> "asyncio.Task[Any]":
        data = {} if chat is None else {"chat_id": chat}
        call = self.limiter.process_request(self._serve, (chat, endpoint), {}, endpoint, data, None)
        self.calls.append(asyncio.get_running_loop().create_task(call))
        return self.calls[-1]

    async def _serve(self, chat: int | None, endpoint: str) -> bool:
        before, after = self.latency()
        if before:
            await self.clock.sleep(before)
        self.said.append((self.clock.time() - 1000, chat, endpoint))
        if self.refusals:
            raise RetryAfter(self.refusals.pop(0))  # type: ignore[arg-type]
        if chat is not None and is_counted(endpoint):
            self.limits.spend(Chat(chat, "private" if chat > 0 else "group"))
        if after:
            await self.clock.sleep(after)
        return True

    def times(self, chat: int | None = None) -> list[float]:
        return [at for at, where, _ in self.said if chat in (None, where)]


@pytest.fixture
async def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def telegram(clock: FakeClock) -> AsyncIterator[Telegram]:
    server = Telegram(clock, RateLimiter(clock))
    yield server
    for call in server.calls:
        call.cancel()
    await asyncio.gather(*server.calls, return_exceptions=True)
    assert server.limits.violations == {}


async def test_a_person_is_told_one_thing_a_second_after_a_short_burst(
    telegram: Telegram, clock: FakeClock
) -> None:
    for _ in range(12):
        telegram.call(1)
    await clock.advance(0)
    assert telegram.times() == [0] * PERSON.most
    await clock.advance(100)
    assert telegram.times() == [0] * 4 + [4] * 4 + [8] * 4


async def test_a_group_hears_twenty_messages_a_minute(telegram: Telegram, clock: FakeClock) -> None:
    for _ in range(45):
        telegram.call(FAMILY, "editMessageText")
    await clock.advance(59)
    assert len(telegram.said) == GROUP.most == 20
    await clock.advance(70)
    assert telegram.times() == [0] * 20 + [60] * 20 + [120] * 5


async def test_everybody_together_hears_thirty_a_second(telegram: Telegram, clock: FakeClock) -> None:
    for person in range(1, 101):
        telegram.call(person)
    await clock.advance(10)
    assert telegram.times() == [0] * 30 + [1] * 30 + [2] * 30 + [3] * 10
    assert EVERYBODY.most == 30


async def test_however_slow_and_uneven_the_way_the_limits_hold(telegram: Telegram, clock: FakeClock) -> None:
    dice = random.Random(5)
    telegram.latency = lambda: (dice.expovariate(3), dice.expovariate(5))
    for _ in range(400):
        telegram.call(
            dice.choice([1, 2, 3, 3, 3, FAMILY, *range(4, 60)]), dice.choice(["sendPhoto", "editX"])
        )
        await clock.advance(dice.choice([0, 0, 0.02, 0.1]))
    await clock.advance(300)
    assert len(telegram.said) == 400
    assert telegram.limits.violations == {}


async def test_a_call_that_hangs_counts_until_it_has_ended(telegram: Telegram, clock: FakeClock) -> None:
    telegram.latency = lambda: (0.0, 30.0)
    for _ in range(5):
        telegram.call(1)
    other = telegram.call(2)
    await clock.advance(33.9)
    assert telegram.times(1) == [0] * 4
    assert other.done(), "others do not wait for it"
    await clock.advance(0.2)
    assert telegram.times(1) == [0] * 4 + [34]


async def test_what_does_not_show_up_in_a_chat_goes_at_once(telegram: Telegram, clock: FakeClock) -> None:
    for _ in range(4):
        telegram.call(1)
    for endpoint in ("answerCallbackQuery", "deleteMessage", "sendChatAction", "getFile"):
        telegram.call(1, endpoint)
    await clock.advance(0)
    assert len(telegram.said) == 8


def test_the_sandbox_counts_the_same_calls() -> None:
    names = [name for name, _ in all_methods(Webhook(Updates())).values()]
    assert {name.lower() for name in names if is_counted(name)} == COUNTED


async def test_answers_go_before_edits_but_no_edit_waits_for_ever(
    telegram: Telegram, clock: FakeClock
) -> None:
    for person in range(1, 31):
        telegram.call(person)
    for person in range(31, 61):
        telegram.call(person, "editMessageText")
    await clock.advance(0.5)
    for second in range(1, 8):  # as many answers as can be given at all
        for person in range(30):
            telegram.call(100 * second + person)
        await clock.advance(1)
    edits = [at for at, _, endpoint in telegram.said if endpoint == "editMessageText"]
    assert len(edits) == 30
    assert 3 <= min(edits) <= max(edits) <= 4


async def test_what_may_be_left_unsaid_leaves_room_for_answers(telegram: Telegram, clock: FakeClock) -> None:
    limiter = telegram.limiter
    for spoken in range(PERSON.most):
        assert limiter.has_room(1) == (PERSON.most - spoken > SPARE)
        telegram.call(1)
        await clock.advance(0)
    telegram.call(1)
    await clock.advance(10)
    assert limiter.has_room(1)
    for person in range(2, 2 + EVERYBODY.most - SPARE_IN_ALL):
        assert limiter.has_room(99)
        telegram.call(person)
        await clock.advance(0)
    assert not limiter.has_room(99)


async def test_a_chat_that_is_put_off_waits_alone(telegram: Telegram, clock: FakeClock) -> None:
    telegram.refusals = [17]
    first, second = telegram.call(1), telegram.call(1)
    await clock.advance(5)
    assert not first.done()
    telegram.call(1)
    assert not telegram.limiter.has_room(1)
    assert telegram.limiter.has_room(2)
    other = telegram.call(2)
    await clock.advance(1)
    assert other.done()
    await clock.advance(11.1)
    assert [call.result() for call in (first, second)] == [True, True]
    assert telegram.times(1) == [0, 17, 17, 17]


async def test_several_chats_put_off_at_once_mean_everybody(telegram: Telegram, clock: FakeClock) -> None:
    telegram.refusals = [5, 5, 5]
    calls = [telegram.call(person) for person in (1, 2, 3)]
    await clock.advance(1)
    calls.append(telegram.call(4))
    await clock.advance(3)
    assert len(telegram.said) == 3
    await clock.advance(1.1)
    assert all(call.done() for call in calls)
    assert telegram.times() == [0, 0, 0, 5, 5, 5, 5]


async def test_a_call_about_no_chat_is_put_off_alone(telegram: Telegram, clock: FakeClock) -> None:
    telegram.refusals = [9]
    call = telegram.call(None, "setMyCommands")
    await clock.advance(1)
    other = telegram.call(1)
    await clock.advance(1)
    assert other.done()
    await clock.advance(8)
    assert call.result()


@pytest.mark.parametrize(
    ("endpoint", "chat", "others"),
    [
        ("getFile", None, [(None, "deleteMessage"), (1, "sendMessage")]),
        ("setMessageReaction", 1, [(2, "setMessageReaction"), (1, "deleteMessage")]),
    ],
)
async def test_a_method_that_is_put_off_is_not_called_before_its_time(
    telegram: Telegram,
    clock: FakeClock,
    endpoint: str,
    chat: int | None,
    others: list[tuple[int | None, str]],
) -> None:
    telegram.refusals = [9]
    telegram.call(chat, endpoint)
    await clock.advance(1)
    for _ in range(3):
        telegram.call(chat, endpoint)
    for other in others:
        telegram.call(*other)
    await clock.advance(1)
    assert telegram.said == [(0, chat, endpoint), *((1, *other) for other in others)]
    await clock.advance(10)
    assert telegram.said[3:] == [(9, chat, endpoint)] * 4
    telegram.refusals = [PATIENCE + 60]
    telegram.call(chat, endpoint)
    await clock.advance(1)
    later = telegram.call(chat, endpoint)
    await clock.advance(1)
    assert isinstance(later.exception(), RetryAfter)
    assert len(telegram.said) == 8, "Telegram is not asked again"


@pytest.mark.parametrize("endpoint", ["sendMessage", "deleteMessage"])
async def test_tries_have_an_end(telegram: Telegram, clock: FakeClock, endpoint: str) -> None:
    telegram.refusals = [2] * 20
    call = telegram.call(1, endpoint)
    await clock.advance(60)
    with pytest.raises(RetryAfter):
        call.result()
    assert len(telegram.said) == TRIES


async def test_nobody_waits_longer_than_is_sensible(telegram: Telegram, clock: FakeClock) -> None:
    telegram.latency = lambda: (1.0, 0.0)
    telegram.refusals = [PATIENCE + 180]
    calls = [telegram.call(1) for _ in range(6)]
    await clock.advance(2)
    calls.append(telegram.call(1))
    await clock.advance(1)
    refused = [call for call in calls if call.done() and isinstance(call.exception(), RetryAfter)]
    assert len(refused) == 4, "the one that was refused, those that waited, and the one that came later"
    assert len(telegram.said) == PERSON.most, "Telegram is not asked again"
    await clock.advance(PATIENCE + 180)
    later = telegram.call(1)
    await clock.advance(1)
    assert later.result()


async def test_other_errors_are_the_callers(telegram: Telegram, clock: FakeClock) -> None:
    async def fail(error: Exception) -> bool:
        raise error

    for error in (NetworkError("away"), BadRequest("no")):
        with pytest.raises(type(error)):
            await telegram.limiter.process_request(fail, (error,), {}, "sendMessage", {"chat_id": 1}, None)
    assert telegram.limiter.has_room(1)


async def test_who_gives_up_leaves_no_gap(telegram: Telegram, clock: FakeClock) -> None:
    calls = [telegram.call(1) for _ in range(12)]
    await clock.advance(0)
    for call in calls[4:8]:
        call.cancel()
    await settle()
    await clock.advance(4)
    assert telegram.times() == [0] * 4 + [4] * 4


async def test_a_call_cancelled_as_its_turn_comes_gives_it_back(telegram: Telegram, clock: FakeClock) -> None:
    for number in itertools.count():
        call = telegram.call(1)
        for _ in range(number):  # cancelled at every moment of its course
            await asyncio.sleep(0)
        if call.done():
            break
        call.cancel()
        await settle()
        await clock.advance(10)
    last = [telegram.call(1) for _ in range(PERSON.most)]
    await clock.advance(10)
    assert all(call.done() for call in last)


async def test_a_call_cancelled_at_the_very_moment_it_is_let_go_keeps_no_place(
    telegram: Telegram, clock: FakeClock
) -> None:
    for _ in range(PERSON.most):
        telegram.call(1)
    waiting = telegram.call(1)
    await clock.advance(0)
    clock.now += PERSON.seconds
    telegram.call(2)  # which looks whose turn it is
    await asyncio.sleep(0)
    waiting.cancel()
    await settle()
    assert waiting.cancelled()
    assert len(telegram.times(1)) == PERSON.most
    await clock.advance(2 * PERSON.seconds)
    assert telegram.limiter.has_room(1)
    later = [telegram.call(1) for _ in range(PERSON.most)]
    await clock.advance(0)
    assert all(call.done() for call in later)


async def test_a_chat_with_a_call_under_way_is_not_forgotten(telegram: Telegram, clock: FakeClock) -> None:
    telegram.limiter._many = 1
    telegram.latency = lambda: (0.0, 30.0)
    calls = [telegram.call(1) for _ in range(PERSON.most + 1)]
    await clock.advance(0)
    telegram.call(2)
    await clock.advance(40)
    assert telegram.times(1) == [0] * PERSON.most + [30 + PERSON.seconds]
    await clock.advance(30)
    assert all(call.done() for call in calls)


async def test_idle_chats_are_forgotten(telegram: Telegram, clock: FakeClock) -> None:
    for person in range(1, 3001):
        telegram.call(person)
    await clock.advance(200)
    assert len(telegram.said) == 3000
    assert len(telegram.limiter._chats) < 2000


# Over the sandbox, which counts and refuses as Telegram does


@pytest.fixture
async def strict() -> AsyncIterator[Sandbox]:
    """A Telegram that enforces its limits."""
    async with Sandbox(rate_limits=True) as running:
        yield running


@pytest.fixture
async def speaker(strict: Sandbox) -> AsyncIterator[Bot]:
    base = f"{strict.api_url}/bot"
    async with ExtBot(strict.token, base_url=base, rate_limiter=RateLimiter()) as speaker:
        yield speaker


async def test_a_flood_of_messages_is_never_too_fast_for_telegram(strict: Sandbox, speaker: Bot) -> None:
    people = [strict.person(met=True) for _ in range(45)]
    family = strict.group("Family", people[:2])
    chats = [person.chat.id for person in people] + [family.id] * 20 + [people[0].chat.id] * 4
    await asyncio.gather(*(speaker.send_message(chat, "hello") for chat in chats))
    assert strict.violations == {}
    assert [call.error for call in strict.calls if call.method == "sendMessage"] == [None] * len(chats)
    assert {len(person.messages) for person in people[1:]} == {1}
    assert [len(family.messages), len(people[0].messages)] == [20, 5]


async def test_a_hold_is_sat_out_without_asking_again(strict: Sandbox, speaker: Bot) -> None:
    anna, boris = strict.person(met=True), strict.person(met=True)
    strict.hold(2, anna.chat)
    held = [speaker.send_message(anna.chat.id, str(number)) for number in range(3)]
    free = [speaker.send_message(boris.chat.id, str(number)) for number in range(3)]
    await asyncio.gather(*held, *free)
    refused = [call for call in strict.calls if call.error == 429]
    assert {call.chat_id for call in refused} == {anna.chat.id}
    assert len(refused) <= 3, "each once, as all of them were under way"
    assert [len(anna.messages), len(boris.messages)] == [3, 3]
    assert strict.violations == {}
