"""Jobs on their way: progress, status, cancelling, limits, restart; over the sandbox with the real engine."""

import asyncio
from collections.abc import Callable

import pytest

from bot.background import Background
from bot.sandbox import Message, Person, Sandbox
from styler.encoder import Economy
from styler.memory import OutOfMemory
from tests.bot.chat import (
    PAINTED,
    is_painting,
    is_question,
    picture,
    result_of,
    results,
    says,
    size_of,
    title_of,
)
from tests.bot.conftest import QuickPainter, StartBot


async def start_slow_job(person: Person) -> Message:
    """Have a painting begun that does not end by itself; its live message."""
    await person.send_photo(picture(), "/style ink")
    return await person.wait_for(is_painting, PAINTED)


async def test_the_live_message_shows_the_painting_grow(slow: None, bot: Background, anna: Person) -> None:
    live = await start_slow_job(anna)
    await anna.wait_for(lambda message: message is live and message.photo is not None, PAINTED)
    assert [button.text for button in live.buttons] == ["Enough", "Cancel"]
    assert " left" in live.words.text


async def test_cancelling_the_running_job_by_its_button(slow: None, bot: Background, anna: Person) -> None:
    live = await start_slow_job(anna)
    answer = await anna.press(live, "Cancel")
    assert answer is not None
    assert answer.text == "Cancelling “Ink”…"
    assert await anna.wait_for(says("Cancelled")) is live
    assert live.buttons == []
    answer = await anna.press_data(live, "1c:gone")
    assert answer is not None
    assert answer.text == "That picture is not being painted any more."


async def test_cancelling_the_running_job_by_command(
    slow: None, bot: Background, anna: Person, painter: QuickPainter
) -> None:
    live = await start_slow_job(anna)
    await anna.send_text("/cancel")
    await anna.wait_for(says("Cancelled: Ink"))
    await anna.wait_for(lambda message: message is live and "Cancelled." in message.words.text)
    painter.steps = 4
    await anna.send_photo(picture(), "/style mosaic")
    assert title_of(await result_of(anna)) == "🖼 Mosaic", "the painter is free again"


async def test_cancelling_a_queued_job(slow: None, bot: Background, anna: Person, boris: Person) -> None:
    await start_slow_job(boris)
    await anna.send_photo(picture(), "/style mosaic")
    queued = await anna.wait_for(says("1 person before you"))
    await anna.press(queued, "Cancel")
    assert await anna.wait_for(says("Cancelled")) is queued
    await anna.send_text("/status")
    await anna.wait_for(says("I have nothing to paint for you"))


async def test_cancel_asks_which_of_several(slow: None, bot: Background, anna: Person) -> None:
    running = await start_slow_job(anna)
    await anna.send_photo(picture(), "/style mosaic")
    queued = await anna.wait_for(says("goes first"))
    await anna.send_text("/cancel")
    question = await anna.wait_for(says("Which one"))
    assert [button.text for button in question.buttons] == ["Cancel “Ink”", "Cancel “Mosaic”"]
    await anna.press(question, "Cancel “Mosaic”")
    await anna.wait_for(lambda message: message is queued and "Cancelled" in message.words.text)
    assert is_painting(running)


async def test_nobody_cancels_the_job_of_another(
    slow: None, bot: Background, anna: Person, boris: Person
) -> None:
    live = await start_slow_job(boris)
    [cancel] = live.buttons
    assert cancel.data is not None
    await anna.send_text("/start")
    welcome = await anna.wait_for(says("I turn photos into paintings"))
    answer = await anna.press_data(welcome, cancel.data)
    assert answer is not None
    assert (
        answer.text
        == "That is somebody else's picture. Reply to a photo with /style, and I will paint it for you."
    )
    await anna.send_text("/cancel")
    await anna.wait_for(says("There is nothing to stop"))
    assert is_painting(live)


async def test_cancel_drops_the_photo_that_waits_for_a_style(bot: Background, anna: Person) -> None:
    await anna.send_photo(picture())
    await anna.wait_for(is_question)
    await anna.send_text("/cancel")
    await anna.wait_for(says("All right, forgotten"))
    await anna.send_text("/cancel")
    await anna.wait_for(says("There is nothing to stop"))


async def test_status_is_answered_while_painting(
    slow: None, bot: Background, anna: Person, boris: Person
) -> None:
    await start_slow_job(anna)
    await boris.send_photo(picture(), "/style mosaic")
    await boris.wait_for(says("Перед вами 1 человек"))
    await anna.send_text("/status")
    status = await anna.wait_for(says("🎨 Ink – "), 5)
    assert "%, about " in status.words.text
    await boris.send_text("/status")
    await boris.wait_for(says("🕐 Мозаика: Перед вами 1 человек"), 5)


async def test_status_of_what_is_waited_for(bot: Background, anna: Person) -> None:
    await anna.send_text("/status")
    await anna.wait_for(says("I have nothing to paint for you"))
    await anna.send_text("/style ink")
    await anna.wait_for(says("Now send me a photo"))
    await anna.send_text("/status")
    await anna.wait_for(says("Ink is chosen"))


async def test_more_jobs_than_one_person_may_have(
    slow: None, start_bot: StartBot, anna: Person, painter: QuickPainter
) -> None:
    async with start_bot(bot_max_jobs_per_user=1):
        live = await start_slow_job(anna)
        await anna.send_photo(picture(), "/style mosaic")
        refusal = await anna.wait_for(says("I am still busy with your other picture"))
        await anna.press(live, "Cancel")
        await anna.wait_for(says("Cancelled"))
        painter.steps = 4
        await anna.press(refusal, "Try again")
        assert title_of(await result_of(anna)) == "🖼 Mosaic"
        assert refusal not in anna.messages


async def test_a_full_queue_is_told(slow: None, start_bot: StartBot, anna: Person, boris: Person) -> None:
    async with start_bot(bot_max_queue=1):
        await start_slow_job(boris)
        await anna.send_photo(picture(), "/style mosaic")
        await anna.wait_for(says("So many people are waiting"))


async def test_queued_and_interrupted_jobs_go_on_after_a_restart(
    slow: None, start_bot: StartBot, anna: Person, boris: Person, painter: QuickPainter
) -> None:
    async with start_bot():
        live = await start_slow_job(anna)
        await boris.send_photo(picture(), "/style mosaic")
        waiting = await boris.wait_for(says("Перед вами"))
        await boris.send_text("/style ink")
        await boris.wait_for(says("Теперь пришлите фото"))
    painter.steps = 4
    async with start_bot():
        assert await result_of(anna) is live, "the message of before the restart becomes the painting"
        assert await result_of(boris) is waiting
        await boris.send_photo(picture(100, 100))
        second = await boris.wait_for(says("🖼 Тушь"), PAINTED)
    assert results(anna) == [live]
    assert results(boris) == [waiting, second]


async def test_what_was_sent_while_the_bot_was_away_is_painted(start_bot: StartBot, anna: Person) -> None:
    await anna.send_photo(picture(), "/style ink")
    async with start_bot():
        await result_of(anna)


async def test_stopping_takes_seconds_while_painting(slow: None, start_bot: StartBot, anna: Person) -> None:
    async with start_bot():
        await start_slow_job(anna)
        before = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - before < 10


async def test_somebody_who_blocks_the_bot_frees_the_painter(
    slow: None, bot: Background, anna: Person, boris: Person, painter: QuickPainter
) -> None:
    await start_slow_job(anna)
    await boris.send_photo(picture(), "/style mosaic")
    await boris.wait_for(says("Перед вами"))
    painter.steps = 4
    await anna.block_bot()
    assert await result_of(boris)


async def test_a_photo_that_telegram_refuses_goes_as_a_file(
    bot: Background, anna: Person, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.executor.FIRST_PICTURE_SECONDS", 1e9)  # the only photo is the painting
    await anna.send_photo(picture())
    question = await anna.wait_for(is_question)
    sandbox.fail_next("editMessageMedia", 400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
    await anna.press(question, "1. Starry Night")
    result = await result_of(anna)
    assert result.document is not None
    assert results(anna) == [result]


async def test_a_painting_larger_than_telegram_shows_has_its_full_size(
    start_bot: StartBot, anna: Person, painter: QuickPainter
) -> None:
    async with start_bot(styler_size=1300):
        await anna.send_photo(picture(1280, 100), "/style ink")
        result = await result_of(anna)
        await anna.press(result, "Full size")
        whole = await anna.wait_for(lambda message: message.document is not None)
        assert whole.reply_to is result


async def test_a_painting_that_memory_made_smaller_says_so(
    start_bot: StartBot, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(device: object, precision: object, pixels: int, attempt: Callable[[Economy], object]) -> object:
        if pixels > 300 * 300:
            raise OutOfMemory("cpu ran out of memory")
        return attempt(Economy())

    monkeypatch.setattr("styler.painting.within_memory", short)
    async with start_bot(styler_size=600):
        await anna.send_photo(picture(600, 400), "/style ink")
        result = await result_of(anna)
        side = max(await size_of(anna, result))
        assert side < 600
        assert f"It came out smaller, {side} pixels on the long side" in result.words.text
        labels = [button.text for button in result.buttons]
        assert "Bigger" not in labels, "that would come out no larger"
        await anna.press(result, "50%")
        await anna.wait_for(says("Ink · 50%"))
        assert f"It came out smaller, {side} pixels" in result.words.text, "in whatever way it is shown"


async def test_telegram_away_at_start_and_later_is_waited_for(
    start_bot: StartBot, anna: Person, sandbox: Sandbox
) -> None:
    async def be_away() -> None:
        async with sandbox.away():
            await asyncio.sleep(0.5)

    await anna.send_photo(picture(), "/style ink")
    away = asyncio.create_task(be_away())
    await asyncio.sleep(0.1)
    async with start_bot():
        assert away.done()
        await result_of(anna)
        await be_away()
        await anna.send_photo(picture(), "/style mosaic")
        await anna.wait_for(says("🖼 Mosaic"), PAINTED)
