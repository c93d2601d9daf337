"""Jobs on their way: progress, status, cancelling, limits, restart; over the sandbox with the real engine."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from bot.background import Background
from bot.conversation.conversation import Conversation
from bot.jobs import JobStyle
from bot.sandbox import Message, Person, Sandbox
from bot.store import Store
from styler.encoder import Economy
from styler.errors import OutOfMemory
from tests.bot.conftest import QuickPainter, StartBot
from tests.bot.end_to_end.chat import (
    PAINTED,
    is_painting,
    is_question,
    is_result,
    picture,
    result_of,
    results,
    says,
    size_of,
    title_of,
)
from tests.patience import PATIENCE


async def start_slow_job(person: Person) -> Message:
    """Have a painting begun that does not end by itself; its live message."""
    await person.send_photo(picture(), "/style ink")
    return await person.wait_for(is_painting, PAINTED)


async def test_the_live_message_shows_the_painting_grow(slow: None, bot: Background, anna: Person) -> None:
    live = await start_slow_job(anna)
    await anna.wait_for(lambda message: message is live and message.photo is not None, PAINTED)
    assert [button.text for button in live.buttons] == ["Keep it like this", "Cancel"]
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
    assert answer.text == "I am not painting that one any more."


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
    assert [button.text for button in question.buttons] == ["1. Cancel “Ink”", "2. Cancel “Mosaic”"]
    assert "2. 🕐 Mosaic" in question.words.text
    await anna.press(question, "2. Cancel “Mosaic”")
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
        == "That is somebody else's painting. Reply to a photo with /style, and I will paint it for you."
    )
    await anna.send_text("/cancel")
    await anna.wait_for(says("There is nothing to cancel"))
    assert is_painting(live)


async def test_cancel_drops_the_photo_that_waits_for_a_style(bot: Background, anna: Person) -> None:
    await anna.send_photo(picture())
    await anna.wait_for(is_question)
    await anna.send_text("/cancel")
    await anna.wait_for(says("All right, cancelled"))
    await anna.send_text("/cancel")
    await anna.wait_for(says("There is nothing to cancel"))


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
    await boris.wait_for(says("🕐 Мозаика. Перед вами 1 человек"), 5)


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
        refusal = await anna.wait_for(says("I am still busy with your other painting"))
        await anna.press(live, "Cancel")
        await anna.wait_for(says("Cancelled"))
        painter.steps = 4
        await anna.press(refusal, "Try now")
        assert title_of(await result_of(anna)) == "🖼 Mosaic"
        assert refusal not in anna.messages


async def start_with_one_refused(anna: Person) -> tuple[Message, Message]:
    """A painting that does not end by itself, and the refusal of the next photo."""
    live = await start_slow_job(anna)
    await anna.send_photo(picture(), "/style mosaic")
    refusal = await anna.wait_for(says("I am still busy with your other painting"))
    assert "I keep this photo" in refusal.words.text
    return live, refusal


async def end_slow_job(anna: Person, live: Message, painter: QuickPainter) -> None:
    """Make room."""
    painter.steps = 4
    await anna.press(live, "Cancel")
    await anna.wait_for(says("Cancelled"))


async def test_what_was_refused_is_kept_when_more_is(
    slow: None, start_bot: StartBot, anna: Person, painter: QuickPainter
) -> None:
    async with start_bot(bot_max_jobs_per_user=1):
        live, first = await start_with_one_refused(anna)
        wave = await anna.send_photo(picture(), "/style great-wave")
        await anna.wait_for(says("I keep 2 photos for you"))
        await end_slow_job(anna, live, painter)
        await anna.press(first, "Try now")
        third = await anna.wait_for(lambda each: says("I keep this photo")(each) and each.reply_to is wave)
        assert title_of(await result_of(anna)) == "🖼 Mosaic"
        await anna.press(third, "Try now")
        assert (await anna.wait_for(says("🖼 Great Wave"), PAINTED)).reply_to is wave


async def test_what_was_refused_is_kept_when_another_photo_is_asked_about(
    slow: None, start_bot: StartBot, anna: Person, painter: QuickPainter
) -> None:
    async with start_bot(bot_max_jobs_per_user=1):
        live, first = await start_with_one_refused(anna)
        await anna.send_photo(picture())
        question = await anna.wait_for(is_question)
        await anna.press(question, "2. Great Wave")
        both = await anna.wait_for(says("I keep 2 photos for you"))
        await end_slow_job(anna, live, painter)
        await anna.press(both, "Try now")
        assert title_of(await result_of(anna)) == "🖼 Mosaic"
        last = await anna.wait_for(lambda each: says("I keep this photo")(each) and each is not first)
        await anna.press(last, "Try now")
        await anna.wait_for(says("🖼 Great Wave"), PAINTED)
        assert question not in anna.messages


async def test_trying_again_leaves_the_question_about_another_photo(
    slow: None, start_bot: StartBot, anna: Person, painter: QuickPainter
) -> None:
    async with start_bot(bot_max_jobs_per_user=1):
        live, refusal = await start_with_one_refused(anna)
        photo = await anna.send_photo(picture())
        question = await anna.wait_for(is_question)
        await anna.send_text("/status")
        await anna.wait_for(says("I still have your photo"))
        await end_slow_job(anna, live, painter)
        await anna.press(refusal, "Try now")
        assert title_of(await result_of(anna)) == "🖼 Mosaic"
        await anna.press(question, "2. Great Wave")
        assert (await anna.wait_for(says("🖼 Great Wave"), PAINTED)).reply_to is photo


async def test_cancelling_a_question_leaves_what_was_refused(
    slow: None, start_bot: StartBot, anna: Person, painter: QuickPainter
) -> None:
    async with start_bot(bot_max_jobs_per_user=1):
        live, refusal = await start_with_one_refused(anna)
        await anna.send_photo(picture())
        await anna.press(await anna.wait_for(is_question), "Cancel")
        await anna.wait_for(says("All right, cancelled"))
        await end_slow_job(anna, live, painter)
        await anna.press(refusal, "Try now")
        assert title_of(await result_of(anna)) == "🖼 Mosaic"


async def test_a_caption_put_right_counts_for_its_own_photo_of_those_refused(
    slow: None, start_bot: StartBot, anna: Person, painter: QuickPainter
) -> None:
    async with start_bot(bot_max_jobs_per_user=1):
        live, first = await start_with_one_refused(anna)
        photo = first.reply_to
        assert photo is not None
        await anna.send_photo(picture(), "/style stained-glass")
        refusal = await anna.wait_for(says("I keep 2 photos for you"))
        await anna.edit(photo, "/style great-wave")
        again = await anna.wait_for(lambda each: says("I keep 2 photos")(each) and each is not refusal)
        await end_slow_job(anna, live, painter)
        await anna.press(again, "Try now")
        assert title_of(await result_of(anna)) == "🖼 Stained Glass"
        await anna.press(refusal, "Try now")
        assert (await anna.wait_for(says("🖼 Great Wave"), PAINTED)).reply_to is photo


async def album_that_the_end_of_the_bot_meets(anna: Person, sandbox: Sandbox, store: Store) -> list[Message]:
    """Three photos; their jobs are stored, and it takes a while to say so."""
    await anna.send_text("/style ink")
    await anna.wait_for(says("Now send me a photo"))
    sandbox.delay_next("sendMessage", 3.0)
    photos = await anna.send_album([picture(), picture(), picture()])
    async with asyncio.timeout(PATIENCE):
        while not await store.jobs_of(anna.user_id):  # noqa: ASYNC110 - the store rings no bell
            await asyncio.sleep(0.01)
    return photos


async def test_an_album_is_painted_whole_whenever_the_bot_ends(
    start_bot: StartBot, anna: Person, sandbox: Sandbox, store: Store
) -> None:
    async with start_bot():
        photos = await album_that_the_end_of_the_bot_meets(anna, sandbox, store)
    async with start_bot():
        for photo in photos:
            await anna.wait_for(lambda each, photo=photo: is_result(each) and each.reply_to is photo, PAINTED)
    assert len(results(anna)) == 3


async def test_that_some_of_an_album_were_refused_is_told_whenever_the_bot_ends(
    start_bot: StartBot, anna: Person, sandbox: Sandbox, store: Store
) -> None:
    async with start_bot(bot_max_jobs_per_user=2):
        *_, last = await album_that_the_end_of_the_bot_meets(anna, sandbox, store)
    async with start_bot(bot_max_jobs_per_user=2):
        reminder = await anna.wait_for(says("I still have your photo"))
        await anna.wait_for(lambda _: len(results(anna)) == 2, PAINTED)
        await anna.press(reminder, "Try now")
        await anna.wait_for(lambda each: is_result(each) and each.reply_to is last, PAINTED)
    assert len(results(anna)) == 3


async def test_a_press_that_the_end_of_the_bot_meets_is_heard_at_its_next_start(
    start_bot: StartBot, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    met = asyncio.Event()

    def looks_while_the_bot_ends(conversation: Conversation, styles: Sequence[JobStyle]) -> bool:
        conversation._worker.begin_to_stop()
        met.set()
        return True

    async with start_bot(bot_max_size=96):
        await anna.send_photo(picture(), "/style ink")
        painting = await result_of(anna)
        with monkeypatch.context() as patch:
            patch.setattr(Conversation, "styles_are_kept", looks_while_the_bot_ends)
            await anna.press(painting, "Paint it bigger", 0)
            await asyncio.wait_for(met.wait(), 10)
    async with start_bot(bot_max_size=96):
        bigger = await result_of(anna, after=painting)
        assert max(await size_of(anna, bigger)) == 96


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
    monkeypatch.setattr("bot.painting.glimpses.FIRST_PICTURE_SECONDS", 1e9)  # the only photo is the painting
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
        await anna.press(result, "As a file")
        whole = await anna.wait_for(lambda message: message.document is not None)
        assert whole.reply_to is result


async def test_a_painting_that_memory_made_smaller_says_so(
    start_bot: StartBot, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(device: object, precision: object, pixels: int, attempt: Callable[[Economy], object]) -> object:
        if pixels > 300 * 300:
            raise OutOfMemory("cpu")
        return attempt(Economy())

    monkeypatch.setattr("styler.painting.course.within_memory", short)
    async with start_bot(styler_size=600):
        await anna.send_photo(picture(600, 400), "/style ink")
        result = await result_of(anna)
        side = max(await size_of(anna, result))
        assert side < 600
        assert f"It came out smaller, {side} pixels on the long side" in result.words.text
        labels = [button.text for button in result.buttons]
        assert "Paint it bigger" not in labels, "that would come out no larger"
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
