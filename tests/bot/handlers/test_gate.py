"""Whoever is not let in is not served, whatever goes wrong while they are told so."""

import pytest

from bot.handlers import gate
from bot.sandbox import Person, Sandbox
from bot.storage.database import StoreError
from tests.bot.conftest import StartBot
from tests.bot.easel_painter import EaselPainter
from tests.bot.end_to_end.chat import picture, says


def answers(person: Person) -> list[str]:
    return [message.words.text for message in person.messages if message.from_bot]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (400, "Bad Request: not enough rights to send text messages to the chat"),
    ],
)
async def test_a_stranger_whom_telegram_does_not_let_us_tell_is_not_served(
    start_bot: StartBot, sandbox: Sandbox, anna: Person, boris: Person, code: int, words: str
) -> None:
    async with start_bot(bot_allowed_users=frozenset({boris.user_id})):
        sandbox.fail_next("sendMessage", code, words)
        question = await anna.send_text("/language")
        await boris.send_text("/help")
        await boris.wait_for(says("фото"))
        assert answers(anna) == []
        await anna.send_text("/language")
        await anna.wait_for(says(f"Your Telegram ID: {anna.user_id}"), after=question)
        assert len(answers(anna)) == 1, "the next time she is told"


@pytest.fixture(params=[StoreError("The disk is full."), RuntimeError("never seen before")])
def trouble(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can be told anything by the gate, an apology among it."""

    async def broken(*_: object) -> None:
        raise request.param

    monkeypatch.setattr(gate, "person_of", broken)


async def test_a_stranger_is_not_served_while_the_gate_is_broken(
    trouble: None, start_bot: StartBot, anna: Person, boris: Person
) -> None:
    async with start_bot(bot_allowed_users=frozenset({boris.user_id})):
        await anna.send_text("/language")
        await boris.send_text("/help")
        await boris.wait_for(says("фото"))
        assert answers(anna) == []


async def test_a_stranger_may_throw_the_bot_out_of_a_group(
    start_bot: StartBot, sandbox: Sandbox, anna: Person, boris: Person
) -> None:
    group, painter = sandbox.group("Family", [anna, boris]), EaselPainter()
    async with start_bot(painter, bot_allowed_users=frozenset({anna.user_id})):
        await anna.in_chat(group).send_photo(picture(), "/style ink")
        work = await painter.work(1)
        await boris.in_chat(group).block_bot()
        await work.until_asked_to_stop()
        work.finish(stopped=True)
