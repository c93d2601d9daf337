"""Telegram in trouble, from the chat to the painting: over the sandbox and its faults."""

import asyncio
from collections.abc import Callable

import pytest

from bot.api.connection import StartError
from bot.background import Background
from bot.conversation.conversation import Conversation
from bot.sandbox import Attachment, Message, Person, Sandbox
from tests.bot.conftest import QuickPainter, StartBot
from tests.bot.end_to_end.chat import PAINTED, is_painting, is_question, is_result, picture, result_of, says

Trouble = Callable[[Sandbox], None]

CALLS = ("getFile", "download", "sendMessage", "editMessageMedia")  # of one painting


def each(trouble: Callable[[Sandbox, str], None]) -> Trouble:
    """The same trouble for every call of a painting."""

    def make(sandbox: Sandbox) -> None:
        for method in CALLS:
            trouble(sandbox, method)

    return make


TROUBLES: dict[str, Trouble] = {
    "it is down": each(lambda sandbox, method: sandbox.fail_next(method, 502, "Bad Gateway", times=2)),
    "it breaks": each(lambda sandbox, method: sandbox.fail_next(method, 500, "Internal", times=2)),
    "it hangs up": each(lambda sandbox, method: sandbox.drop_next(method)),
    "it hangs up on what it has done": lambda sandbox: sandbox.drop_next("editMessageMedia", 3, after=True),
    "it breaks off the photo": lambda sandbox: sandbox.drop_next("download", 3, after=True),
    "it is slow": each(lambda sandbox, method: sandbox.delay_next(method, 0.3)),
    "somebody else answers": each(lambda sandbox, method: sandbox.garble_next(method)),
    "it puts calls off": lambda sandbox: sandbox.fail_next("*", 429, "Too Many Requests", 1, times=2),
    "it puts all off": lambda sandbox: sandbox.hold(1),
    "it takes no photo": lambda sandbox: sandbox.fail_next(
        "editMessageMedia", 400, "Bad Request: IMAGE_PROCESS_FAILED"
    ),
}


async def has_status(person: Person, words: str) -> Message:
    """Ask until /status says so."""
    for _ in range(50):
        asked = await person.send_text("/status")
        status = await person.wait_for(lambda message: message.from_bot, after=asked)
        if words in status.words.text:
            return status
        await asyncio.sleep(0.1)
    pytest.fail(f"/status never said {words!r}:\n{person.transcript()}")


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_in_any_trouble_there_is_one_painting(
    bot: Background, sandbox: Sandbox, anna: Person, trouble: str
) -> None:
    TROUBLES[trouble](sandbox)
    photo = await anna.send_photo(picture(), "/style ink")
    result = await result_of(anna)
    assert result.reply_to is photo
    await has_status(anna, "I have nothing to paint for you")
    assert [message for message in anna.messages if message.from_bot and message.media] == [result]
    assert not [message for message in anna.messages if says("went wrong", "😔")(message)]


async def test_a_question_is_asked_in_trouble_too(bot: Background, sandbox: Sandbox, anna: Person) -> None:
    sandbox.fail_next("sendPhoto", 502, "Bad Gateway", times=2)
    sandbox.fail_next("answerCallbackQuery", 500, "Internal Server Error", times=2)
    await anna.send_photo(picture())
    question = await anna.wait_for(is_question)
    assert await anna.press(question, "1. Starry Night") is not None
    await result_of(anna)


async def test_updates_of_before_the_start_are_answered_whatever_meets_it(
    start_bot: StartBot, sandbox: Sandbox, anna: Person, boris: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.api.connection.PAUSES", (0.1,) * 20)
    photo = await anna.send_photo(picture(), "/style ink")
    await boris.send_text("/help")
    sandbox.fail_next("getMe", 429, "Too Many Requests: retry after 1", retry_after=1)
    sandbox.fail_next("getMe", 502, "Bad Gateway")
    sandbox.drop_next("getMe")
    sandbox.garble_next("getMe")
    sandbox.fail_next("deleteWebhook", 502, "Bad Gateway", times=2)
    sandbox.fail_next("getUpdates", 404, "Not Found")
    async with start_bot():
        assert (await result_of(anna)).reply_to is photo
        await boris.wait_for(says("Как получить картину"))
    assert sandbox.pending_updates == 0


@pytest.mark.parametrize("code", [401, 404])
async def test_one_refusal_of_the_token_at_the_start_is_not_believed(
    start_bot: StartBot, sandbox: Sandbox, anna: Person, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr("bot.api.connection.PAUSES", (0.1,) * 20)
    monkeypatch.setattr("bot.api.connection.CERTAIN_SECONDS", 0.1)
    sandbox.fail_next("getMe", code, "Unauthorized")
    sandbox.fail_next("getMe", 502, "Bad Gateway")
    sandbox.fail_next("getMe", code, "Unauthorized")
    async with start_bot():
        await anna.send_text("/help")
        await anna.wait_for(says("photo"))
    sandbox.fail_next("getMe", code, "Unauthorized", times=2)
    with pytest.raises(StartError, match="does not know this BOT_TOKEN"):
        async with start_bot():
            pass


async def test_an_update_that_cannot_be_read_holds_up_no_other(
    start_bot: StartBot, sandbox: Sandbox, anna: Person, boris: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """One that comes in a batch with others, and then one alone."""

    def nonsense() -> None:
        sandbox._state.updates.push("message", {"date": "yesterday", "text": "Figwort", "chat": {"id": "?"}})

    photo = await anna.send_photo(picture(), "/style ink")
    nonsense()
    await boris.send_text("/help")
    async with start_bot():
        assert (await result_of(anna)).reply_to is photo
        await boris.wait_for(says("Как получить картину"))
        nonsense()
        asked = await boris.send_text("/status")
        await boris.wait_for(lambda message: message.from_bot, after=asked)
    assert sandbox.pending_updates == 0
    assert caplog.text.count("cannot be read") == 2
    assert "Figwort" not in caplog.text


@pytest.mark.parametrize(
    "seconds", [2, pytest.param(180, marks=[pytest.mark.soak, pytest.mark.timeout(600)])]
)
async def test_telegram_away_while_people_wait_is_waited_for(
    bot: Background, sandbox: Sandbox, anna: Person, boris: Person, seconds: float
) -> None:
    await anna.send_photo(picture(), "/style ink")
    await anna.wait_for(lambda message: message.from_bot)
    async with sandbox.away():
        photo = await boris.send_photo(picture(), "/style ink")
        await asyncio.sleep(seconds)
    # The library asks for updates again within 30 seconds.
    assert (await boris.wait_for(is_result, 45 + PAINTED)).reply_to is photo
    await anna.wait_for(is_result, 45 + PAINTED)
    await has_status(anna, "I have nothing to paint for you")
    assert len([message for message in anna.messages if message.from_bot and message.media]) == 1


async def test_a_group_that_becomes_a_supergroup_keeps_its_paintings(
    slow: None, bot: Background, sandbox: Sandbox, anna: Person, painter: QuickPainter
) -> None:
    group = sandbox.group("Family", [anna])
    anne = anna.in_chat(group)
    await anna.send_text("/start")  # so that she can be told how the queue moves
    await anne.send_photo(picture(), "/style ink")
    await anne.wait_for(lambda message: "👨\u200d💻" in message.emojis, PAINTED)
    waiting = await anne.send_photo(picture(), "/style mosaic")
    await anne.wait_for(lambda message: message is waiting and message.emojis)
    anne = anna.in_chat(sandbox.upgrade(group, anna))
    assert "Mosaic" in (await has_status(anne, "Ink")).words.text
    painter.steps = 4
    await anne.send_text("/cancel")
    choice = await anne.wait_for(says("Which one shall I cancel"))
    await anne.press(choice, "1. Cancel “Ink”")
    painting = await anne.wait_for(says("🖼 Mosaic"), PAINTED)
    answer = await anne.press(painting, "50%")
    assert answer is not None
    assert not answer.text, "its owner is known there"
    await anne.wait_for(says("🖼 Mosaic · 50%"))


async def test_who_blocks_the_bot_and_comes_back_starts_afresh(
    slow: None, bot: Background, anna: Person, boris: Person, painter: QuickPainter
) -> None:
    await anna.send_photo(picture(), "/style ink")
    await anna.wait_for(is_painting, PAINTED)
    await boris.send_photo(picture(), "/style ink")
    await boris.wait_for(says("Перед вами 1 человек"))
    painter.steps = 4
    await anna.block_bot()
    await boris.wait_for(is_result, PAINTED)
    await anna.unblock_bot()
    await has_status(anna, "I have nothing to paint for you")


async def test_the_fault_of_one_call_is_nobody_elses(
    bot: Background, sandbox: Sandbox, anna: Person, boris: Person
) -> None:
    sandbox.hold(3, anna.chat)
    hers = await anna.send_photo(picture(), "/style ink")
    his = await boris.send_photo(picture(), "/style ink")
    assert (await result_of(boris)).reply_to is his
    assert (await result_of(anna)).reply_to is hers


async def test_an_album_that_makes_a_handler_fail_is_apologised_for(
    bot: Background, anna: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As a single photo is, though an album is heard after its updates."""

    async def broken(*_: object) -> None:
        raise ValueError("never seen before")

    with monkeypatch.context() as breaking:
        breaking.setattr(Conversation, "hear", broken)
        await anna.send_album([picture(), picture()])
        await anna.wait_for(says("Something went wrong on my side"))
    assert "never seen before" in caplog.text
    await anna.send_photo(picture(), "/style ink")
    await result_of(anna)


async def test_no_album_waits_for_the_sign_that_it_is_looked_at(
    bot: Background, sandbox: Sandbox, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.handlers.pictures.TYPING_SECONDS", 0.1)
    sandbox.fail_next("sendChatAction", 429, "Too Many Requests", 100)
    photos = await anna.send_album([Attachment(picture(), "/style ink"), Attachment(picture())])
    asked = await anna.wait_for(lambda message: message.from_bot and message.reply_to in photos, PAINTED)
    assert asked.reply_to is photos[0]


@pytest.mark.parametrize("pressed", ["1. Starry Night", "Cancel"])
async def test_nothing_waits_for_long_until_a_question_is_taken_away(
    bot: Background, sandbox: Sandbox, anna: Person, monkeypatch: pytest.MonkeyPatch, pressed: str
) -> None:
    monkeypatch.setattr("bot.conversation.open_questions.LONGEST_SECONDS", 0.1)
    await anna.send_photo(picture())
    question = await anna.wait_for(is_question)
    sandbox.fail_next("deleteMessage", 429, "Too Many Requests", 100)
    await anna.press(question, pressed)
    asked = await anna.send_text("/help")
    await anna.wait_for(says("How to get a painting"), after=asked)
