"""A reaction says that a message has arrived, when the words have to wait, and only then."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram.error import BadRequest

from bot.api.pace import Rate
from bot.background import Background
from bot.chat.first_signs import CROWD, MOST_IN_CHAT, FirstSigns
from bot.precedence import Precedence
from bot.sandbox import Person, Sandbox
from tests.bot.conftest import StartBot
from tests.bot.end_to_end.chat import picture, result_of

SOON = 0.05  # seconds


class Telegram:
    """Takes reactions only."""

    def __init__(self) -> None:
        self.given: list[tuple[int, int, str]] = []
        self.refuses = False

    async def set_message_reaction(self, chat_id: int, message_id: int, emoji: str) -> None:
        if self.refuses:
            raise BadRequest("Reactions are not allowed here")
        self.given.append((chat_id, message_id, emoji))


@pytest.fixture
def telegram() -> Telegram:
    return Telegram()


@pytest.fixture
async def signs(telegram: Telegram, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FirstSigns]:
    monkeypatch.setattr("bot.chat.first_signs.SIGN_SECONDS", SOON)
    bot: Any = telegram
    background = Background()
    yield FirstSigns(bot, background, Precedence())
    await background.stop(0)


async def test_who_is_not_answered_soon_gets_a_sign(signs: FirstSigns, telegram: Telegram) -> None:
    signs.expect("a", 1, 10)
    signs.expect("a", 1, 10)
    assert telegram.given == []
    await asyncio.sleep(3 * SOON)
    assert telegram.given == [(1, 10, "👀")]


async def test_who_is_answered_soon_gets_none(signs: FirstSigns, telegram: Telegram) -> None:
    signs.expect("a", 1, 10)
    signs.answered("a")
    signs.answered("a")
    signs.answered("never heard of")
    await asyncio.sleep(3 * SOON)
    assert telegram.given == []


async def test_in_a_crowd_the_sign_comes_at_once(telegram: Telegram) -> None:
    background = Background()
    bot: Any = telegram
    signs = FirstSigns(bot, background, Precedence())  # with its real delay
    for chat in range(CROWD + 1):
        signs.expect(str(chat), chat, 10)
    for _ in range(5):
        await asyncio.sleep(0)
    assert telegram.given == [(CROWD, 10, "👀")]
    assert signs.is_crowd
    for chat in range(CROWD + 1):
        signs.answered(str(chat))
    assert not signs.is_crowd
    await background.stop(0)


async def test_a_flood_of_one_person_gets_few(signs: FirstSigns, telegram: Telegram) -> None:
    for number in range(CROWD + 10):
        signs.expect(str(number), 1, number)
    await asyncio.sleep(3 * SOON)
    assert len(telegram.given) == MOST_IN_CHAT
    assert not signs.is_crowd, "one person keeps nobody else's news back"
    for number in range(CROWD + 10):
        signs.answered(str(number))
    signs.expect("later", 1, 99)
    await asyncio.sleep(3 * SOON)
    assert telegram.given[-1] == (1, 99, "👀"), "nothing is left of the flood"


async def test_where_reactions_are_forbidden_nothing_else_happens(
    signs: FirstSigns, telegram: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.refuses = True
    with caplog.at_level("INFO", "bot.chat.first_signs"):
        signs.expect("a", -1, 10)
        await asyncio.sleep(3 * SOON)
    assert "not allowed" in caplog.text


async def test_a_photo_is_acknowledged_while_its_words_wait_their_turn(
    start_bot: StartBot, sandbox: Sandbox, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody together may hear one message in two seconds here, and somebody else hears it first."""
    monkeypatch.setattr("bot.api.rate_limits.EVERYBODY", Rate(1, 2.0))
    monkeypatch.setattr("bot.chat.first_signs.SIGN_SECONDS", SOON)
    ben = sandbox.person(77, met=True)
    async with start_bot():
        await ben.send_text("/help")
        photo = await anna.send_photo(picture(), "/style ink")
        await anna.wait_for(lambda each: each is photo and bool(each.reactions))
        assert photo.emojis == ["👀"]
        answers = [message for message in anna.messages if message.from_bot]
        assert answers == [], "the sign came first"
        await result_of(anna)
    assert photo.emojis == ["👀"], "it stays"


async def test_who_can_be_answered_at_once_gets_no_reaction(
    start_bot: StartBot, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.first_signs.SIGN_SECONDS", 60.0)  # of a machine however slow
    async with start_bot():
        photo = await anna.send_photo(picture(), "/style ink")
        await result_of(anna)
    assert photo.emojis == []
