"""Telegram goes away, or wants to be left alone, between the coming of a message and its answer."""

import asyncio

import pytest
from telegram import File

from bot.api import retries
from bot.background import Background
from bot.handlers import fetching
from bot.sandbox import Attachment, Person, Sandbox
from bot.sandbox.wire import message_json
from bot.storage import inbox
from bot.store import Store
from tests.bot.conftest import StartBot
from tests.bot.easel_painter import EaselPainter
from tests.bot.end_to_end.chat import (
    PAINTED,
    is_question,
    is_result,
    picture,
    result_of,
    results,
    says,
    title_of,
)
from tests.patience import PATIENCE

ALL = len(retries.PAUSES) + 1  # attempts at a call that did nothing
SOON = 0.1


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.handlers.postponed.SOONEST", SOON)


def go_away(sandbox: Sandbox, *methods: str, hearings: int = 1) -> None:
    for method in methods:
        sandbox.fail_next(method, 502, "Bad Gateway", times=ALL * hearings)


def complaints(person: Person) -> list[str]:
    return [each.words.text for each in person.messages if says("went wrong", "could not", "😔")(each)]


async def until_postponed(caplog: pytest.LogCaptureFixture, times: int = 1) -> None:
    async with asyncio.timeout(PATIENCE):
        while caplog.text.count("is heard again in") < times:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("method", ["getFile", "download"])
async def test_a_photo_is_fetched_when_telegram_is_there_again(
    bot: Background, sandbox: Sandbox, anna: Person, method: str
) -> None:
    go_away(sandbox, method, hearings=2)
    photo = await anna.send_photo(picture(), "/style ink")
    assert (await result_of(anna)).reply_to is photo
    assert complaints(anna) == []


async def test_a_page_that_comes_in_the_place_of_a_photo_is_not_the_photo(
    bot: Background, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as it lasts, for more than one attempt."""
    pages = [b"<!doctype html>"] * (len(fetching.PAUSES) + 2)
    download = File.download_as_bytearray

    async def garbled(file: File) -> bytearray:
        return bytearray(pages.pop()) if pages else await download(file)

    monkeypatch.setattr(File, "download_as_bytearray", garbled)
    photo = await anna.send_photo(picture(), "/style ink")
    assert (await result_of(anna)).reply_to is photo
    assert complaints(anna) == []


async def test_what_could_not_be_answered_is_answered_once(
    bot: Background, sandbox: Sandbox, anna: Person
) -> None:
    go_away(sandbox, "sendMessage")
    await anna.send_text("/help")
    await anna.wait_for(says("photo"))
    asked = await anna.send_text("/status")
    await anna.wait_for(says("nothing to paint"), after=asked)
    assert len([message for message in anna.messages if message.from_bot]) == 2


async def test_a_question_that_could_not_be_asked_is_asked_for_the_same_photo(
    bot: Background, sandbox: Sandbox, anna: Person
) -> None:
    go_away(sandbox, "sendPhoto")
    photo = await anna.send_photo(picture())
    question = await anna.wait_for(is_question)
    await anna.press(question, "1. Starry Night")
    assert (await result_of(anna)).reply_to is photo
    assert complaints(anna) == []


async def test_a_command_in_a_group_is_answered_later_too(
    bot: Background, sandbox: Sandbox, anna: Person
) -> None:
    anne = anna.in_chat(sandbox.group("Family", [anna]))
    go_away(sandbox, "sendMessage")
    await anne.send_text("/status")
    await anne.wait_for(says("nothing to paint"))


async def test_an_album_stays_whole(bot: Background, sandbox: Sandbox, anna: Person) -> None:
    """One of its pictures cannot be fetched for now."""
    go_away(sandbox, "getFile")
    album = await anna.send_album([picture(120, 200), picture(), picture()])
    result = await result_of(anna)
    assert result.reply_to is album[0]
    assert result.words.text.startswith("🖼 Blend of 2 pictures")
    assert results(anna) == [result]
    assert complaints(anna) == []


async def test_an_album_that_begins_with_a_film_stays_whole_too(
    bot: Background, sandbox: Sandbox, anna: Person
) -> None:
    """Of two of its pictures, the second is no photo that was to be painted in the style of the third."""
    wire = message_json(await anna.send_photo(picture()))
    await anna.wait_for(is_question)
    await anna.send_text("/cancel")
    [*_, largest] = wire["photo"]
    film = {key: value for key, value in wire.items() if key != "photo"} | {
        "video": {**largest, "duration": 3}
    }
    go_away(sandbox, "getFile")
    for number, part in enumerate((film, wire, wire)):
        sandbox._state.updates.push("message", {**part, "message_id": 9000 + number, "media_group_id": "all"})
    await anna.wait_for(says("This one was to be the photo"))
    await anna.send_text("/status")
    await anna.wait_for(says("nothing to paint"))
    assert results(anna) == []


async def test_an_album_whose_question_could_not_be_asked(
    bot: Background, sandbox: Sandbox, anna: Person
) -> None:
    go_away(sandbox, "sendMessage")
    photos = await anna.send_album([Attachment(picture(), "/style mosaci"), Attachment(picture())])
    await anna.press(await anna.wait_for(says("Did you mean")), "Mosaic")
    first = await result_of(anna)
    second = await anna.wait_for(lambda message: is_result(message) and message is not first, PAINTED)
    assert {first.reply_to, second.reply_to} == set(photos)
    assert complaints(anna) == []


async def test_who_says_more_is_heard_at_once_in_their_order(
    bot: Background,
    sandbox: Sandbox,
    anna: Person,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("bot.handlers.postponed.SOONEST", 1000.0)
    go_away(sandbox, "getFile")
    photo = await anna.send_photo(picture())
    await until_postponed(caplog)
    await anna.send_text("ink")
    assert (await result_of(anna)).reply_to is photo


async def test_a_caption_put_right_before_its_photo_is_heard_again_counts_once(
    slow: None,
    bot: Background,
    sandbox: Sandbox,
    anna: Person,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("bot.handlers.postponed.SOONEST", 1.0)
    go_away(sandbox, "getFile")
    photo = await anna.send_photo(picture(), "/style ink")
    await until_postponed(caplog)
    await anna.edit(photo, "/style mosaic")
    await anna.wait_for(says("✖️ Ink"), PAINTED)
    await anna.wait_for(says("🎨 Mosaic"), PAINTED)
    assert complaints(anna) == []


async def test_a_long_pause_that_telegram_asks_for_loses_nothing(
    bot: Background, sandbox: Sandbox, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.api.rate_limits.PATIENCE", 0.5)
    sandbox.hold(1)
    photo = await anna.send_photo(picture())
    await anna.send_text("ink")
    assert (await result_of(anna)).reply_to is photo
    assert complaints(anna) == []


async def test_what_waits_is_heard_after_a_restart_and_is_no_crash(
    start_bot: StartBot,
    sandbox: Sandbox,
    anna: Person,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("bot.handlers.postponed.SOONEST", 1000.0)
    photo = await anna.send_photo(picture(), "/style ink")
    await anna.send_text("/language")  # which waits behind it, and is no crash either
    for start in range(inbox.MAX_TRIES + 1):
        go_away(sandbox, "getFile")
        async with start_bot():
            await until_postponed(caplog, start + 1)
            await asyncio.sleep(0.1)
    async with start_bot():
        assert (await result_of(anna)).reply_to is photo
        await anna.wait_for(says("Which language"))
    assert complaints(anna) == []


async def test_what_is_heard_again_and_again_is_no_flood(
    start_bot: StartBot, sandbox: Sandbox, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.handlers.postponed.SHARE", 0.0)
    go_away(sandbox, "sendMessage", hearings=6)
    async with start_bot(bot_max_messages_per_minute=5):
        await anna.send_text("/help")
        await anna.wait_for(says("photo"))


async def test_who_wanted_to_be_forgotten_is_not_heard_again(
    start_bot: StartBot, sandbox: Sandbox, anna: Person, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    go_away(sandbox, "getFile")
    async with start_bot():
        await anna.send_photo(picture(), "/style ink")
        await until_postponed(caplog)
        await store.write("DELETE FROM arrivals")
        await anna.send_text("/status")
        await anna.wait_for(says("nothing to paint"))
    assert results(anna) == []


@pytest.mark.parametrize("chosen_first", [True, False])
async def test_what_is_kept_as_there_was_no_room_is_not_asked_about_again(
    start_bot: StartBot, sandbox: Sandbox, anna: Person, chosen_first: bool
) -> None:
    """Only that it is kept could not be said."""
    easel = EaselPainter()
    async with start_bot(easel, bot_max_jobs_per_user=1):
        await anna.send_photo(picture(), "/style ink")
        first = await easel.work(1)
        if chosen_first:
            await anna.send_text("/style mosaic")
            await anna.wait_for(says("Now send me a photo"))
        else:
            await anna.send_photo(picture())
            await anna.wait_for(is_question)
        go_away(sandbox, "sendMessage")
        await anna.send_photo(picture(color="olive"))
        told = await anna.wait_for(says("I still have your photo"))
        first.finish()
        await result_of(anna)
        await anna.press(told, "Try now")
        (await easel.work(2)).finish()
        result = await result_of(anna, after=told)
        assert title_of(result) == ("🖼 Mosaic" if chosen_first else "🖼 Custom style")
        assert not any(map(is_question, anna.messages)), "nothing is asked anew"


async def cancelled_in_vain(sandbox: Sandbox, anna: Person, easel: EaselPainter) -> None:
    """The photo that waits is dropped, but that cannot be said; the painting is not meant."""
    await anna.send_photo(picture(), "/style ink")
    await easel.work(1)
    await anna.send_photo(picture())
    await anna.wait_for(is_question)
    go_away(sandbox, "sendMessage")
    await anna.send_text("/cancel")


async def test_a_cancel_that_is_heard_again_cancels_nothing_more(
    start_bot: StartBot, sandbox: Sandbox, anna: Person
) -> None:
    easel = EaselPainter()
    async with start_bot(easel):
        await cancelled_in_vain(sandbox, anna, easel)
        await anna.wait_for(says("Which one shall I cancel?"))
        (await easel.work(1)).finish()
        await result_of(anna)


async def test_nor_does_it_after_a_restart(
    start_bot: StartBot,
    sandbox: Sandbox,
    anna: Person,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("bot.handlers.postponed.SOONEST", 1000.0)
    easel = EaselPainter()
    async with start_bot(easel):
        await cancelled_in_vain(sandbox, anna, easel)
        await until_postponed(caplog)
        (await easel.work(1)).finish(stopped=True)
    async with start_bot(easel):
        await anna.wait_for(says("Which one shall I cancel?"))
        (await easel.work(2)).finish()
        await result_of(anna)


async def test_who_was_forgotten_is_told_so(bot: Background, sandbox: Sandbox, anna: Person) -> None:
    """Though of their own press nothing is kept either."""
    await anna.send_text("/forget")
    question = await anna.wait_for(says("Shall I forget you?"))
    go_away(sandbox, "editMessageText", hearings=2)
    await anna.press(question, "Yes, delete everything")
    await anna.wait_for(says("I keep nothing about you any more"))
