"""Old keyboards: every button after a restart, after what it is about was swept away, and much later."""

import asyncio

import pytest

from bot.people.sweeper import sweep
from bot.sandbox import Message, Person
from bot.storage.pictures import Pictures
from bot.store import Store
from tests.bot.conftest import QuickPainter, StartBot
from tests.bot.end_to_end.chat import (
    PAINTED,
    changed,
    is_painting,
    is_question,
    labels,
    picture,
    result_of,
    says,
    size_of,
    title_of,
)

GONE = "I no longer have this painting: I keep them for 24 hours"


@pytest.fixture
def small_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two styles, painted tiny."""
    monkeypatch.setattr("bot.handlers.meaning.FULLEST_SHEET", 2)
    monkeypatch.setattr("bot.painting.estimates.CELL_SIDE", 64)


async def painted(person: Person) -> Message:
    await person.send_photo(picture(), "/style ink")
    return await result_of(person)


async def sheet_of(person: Person) -> Message:
    return await person.wait_for(
        lambda message: says("Your photo in every style")(message) and message.photo, PAINTED
    )


async def test_every_button_of_a_painting_after_a_restart(start_bot: StartBot, anna: Person) -> None:
    async with start_bot(bot_max_size=96):
        painting = await painted(anna)
        await changed(anna, painting, "50%")
    async with start_bot(bot_max_size=96):
        await changed(anna, painting, "Photo's colours")
        assert title_of(painting) == "🖼 Ink · 50% · in the photo's colours"
        await changed(anna, painting, "100%")
        assert title_of(painting) == "🖼 Ink · in the photo's colours"
        await anna.press(painting, "As a file")
        whole = await anna.wait_for(lambda message: message.document is not None)
        assert await size_of(anna, whole) == (64, 48)
        await anna.press(painting, "Another style")
        question = await anna.wait_for(is_question)
        assert question.reply_to is painting.reply_to
        await anna.press(question, "Cancel")
        await anna.press(painting, "Paint it bigger")
        bigger = await result_of(anna, after=painting)
        assert max(await size_of(anna, bigger)) == 96
        await anna.press(painting, "Another photo")
        await anna.wait_for(says("Style: Ink · in the photo's colours. Now send me a photo"))
        await changed(anna, painting, "Delete")
        await anna.press(painting, "Yes, delete it")
        assert painting not in anna.messages


async def test_every_button_of_a_painting_when_it_is_no_longer_kept(
    start_bot: StartBot, anna: Person, store: Store, pictures: Pictures
) -> None:
    async with start_bot(bot_max_size=96):
        painting = await painted(anna)
        await sweep(store, pictures, 3600)
        await changed(anna, painting, "50%")
        keyboard = {button.text: str(button.data) for button in painting.buttons}
        await asyncio.sleep(0.01)
        await sweep(store, pictures, 0)
        still_good = {"Another photo", "Delete"}
        assert len(keyboard) == 10
        for label in keyboard.keys() - still_good:
            answer = await anna.press_data(painting, keyboard[label])
            assert answer is not None, label
            assert answer.alert, label
            assert GONE in answer.text, label
        await anna.wait_for(lambda each: each is painting and labels(each) == ["Another photo"])
        await anna.press(painting, "Another photo")
        await anna.wait_for(says("Style: Ink · 50%. Now send me a photo"))
        await anna.press_data(painting, keyboard["Delete"])
        await anna.wait_for(lambda each: each is painting and len(labels(each)) == 2)
        await anna.press(painting, "Yes, delete it")
        assert painting not in anna.messages


async def test_every_button_of_a_painting_when_nothing_is_known_of_it(
    start_bot: StartBot, anna: Person, store: Store
) -> None:
    async with start_bot(bot_max_size=96):
        painting = await painted(anna)
        await anna.send_text("/status")
        await anna.wait_for(says("I have nothing to paint for you"))
        await asyncio.sleep(0.01)
        await store.forget_jobs(painting.date + 3600)
        for button in painting.buttons:
            answer = await anna.press(painting, button)
            assert answer is not None, button.text
            assert answer.alert, button.text
            assert GONE in answer.text, button.text


async def test_every_button_of_a_sheet_after_a_restart_and_later(
    small_sheets: None, start_bot: StartBot, anna: Person, store: Store, pictures: Pictures
) -> None:
    async with start_bot():
        await anna.send_photo(picture(), "/sheet")
        sheet = await sheet_of(anna)
        assert labels(sheet) == ["1", "2", "Delete"]
    async with start_bot():
        await anna.press(sheet, "2")
        assert title_of(await result_of(anna, after=sheet)) == "🖼 Great Wave"
        await changed(anna, sheet, "Delete")
        await changed(anna, sheet, "No, keep it")
        await asyncio.sleep(0.01)
        await sweep(store, pictures, 0)
        answer = await anna.press(sheet, "1")
        assert answer is not None
        assert answer.alert
        assert GONE in answer.text
        await anna.wait_for(lambda each: each is sheet and labels(each) == [])


async def test_the_buttons_of_a_painting_that_grows_after_a_restart(
    slow: None, start_bot: StartBot, anna: Person, painter: QuickPainter
) -> None:
    async with start_bot():
        await anna.send_photo(picture(), "/style ink")
        live = await anna.wait_for(lambda each: is_painting(each) and each.photo, PAINTED)
        await anna.send_photo(picture(), "/style mosaic")
        second = await anna.wait_for(says("Your other painting goes first"))
    enough, _ = live.buttons
    before = live.edits
    async with start_bot():
        await anna.wait_for(lambda each: each is live and live.edits > before and is_painting(each), PAINTED)
        answer = await anna.press(second, "Cancel")
        assert answer is not None
        assert answer.text == "Cancelling “Mosaic”…"
        await anna.wait_for(lambda each: each is second and "Cancelled" in each.words.text)
        await anna.wait_for(lambda each: each is live and len(each.buttons) == 2, PAINTED)
        await anna.press(live, enough)
        assert await result_of(anna) is live


async def test_the_buttons_of_questions_after_a_restart(
    slow: None, start_bot: StartBot, anna: Person, painter: QuickPainter
) -> None:
    async with start_bot(bot_max_jobs_per_user=1):
        await anna.send_text("/settings")
        menu = await anna.wait_for(says("Settings"))
        await anna.send_text("/style")
        gallery = await anna.wait_for(says("Styles"))
        await anna.send_text("/forget")
        forget = await anna.wait_for(says("Shall I forget you?"))
        await anna.send_photo(picture(), "/style ink")
        live = await anna.wait_for(is_painting, PAINTED)
        await anna.send_photo(picture(), "/style mosaic")
        refusal = await anna.wait_for(says("I am still busy"))
    painter.steps = 4
    async with start_bot(bot_max_jobs_per_user=1):
        assert await result_of(anna) is live
        await anna.press(menu, "Strength: 100%")
        await anna.wait_for(lambda each: each is menu and "How strong" in each.words.text)
        await anna.press(menu, "50%")
        await anna.wait_for(lambda each: each is menu and "Strength: 50%" in labels(each))
        await changed(anna, gallery, "›")
        await anna.press(refusal, "Try now")
        assert title_of(await anna.wait_for(says("🖼 Mosaic"), PAINTED)) == "🖼 Mosaic · 50%"
        await anna.press(gallery, gallery.buttons[0])
        await anna.wait_for(says("Now send me a photo"))
        await anna.press(forget, "No, keep everything")
        await anna.wait_for(says("nothing was deleted"))
