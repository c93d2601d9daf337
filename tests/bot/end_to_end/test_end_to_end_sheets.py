"""/sheet over the sandbox: my photo in every style, after everybody's real jobs."""

import pytest

from bot.background import Background
from bot.sandbox import Message, Person
from bot.store import Store
from tests.bot.conftest import QuickPainter, StartBot
from tests.bot.end_to_end.chat import (
    PAINTED,
    is_painting,
    is_question,
    labels,
    picture,
    result_of,
    says,
    size_of,
    title_of,
)

is_sheet = says("Your photo in every style", "Ваше фото во всех стилях")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three styles, painted tiny: what matters here is the way."""
    monkeypatch.setattr("bot.handlers.meaning.FULLEST_SHEET", 3)
    monkeypatch.setattr("bot.painting.estimates.CELL_SIDE", 64)


async def sheet_of(person: Person) -> Message:
    return await person.wait_for(lambda message: is_sheet(message) and message.photo, PAINTED)


async def test_the_photo_that_waits_in_every_style(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture())
    question = await anna.wait_for(is_question)
    await anna.send_text("/sheet")
    sheet = await sheet_of(anna)
    assert sheet.reply_to is photo
    assert labels(sheet) == ["1", "2", "3", "Delete"]
    width, height = await size_of(anna, sheet)
    assert 64 < width < 500
    assert 64 < height < 500
    await anna.press(sheet, "2")
    painting = await result_of(anna, after=question)
    painting = await anna.wait_for(says("🖼 Great Wave"), PAINTED)
    assert painting.reply_to is photo
    assert await size_of(anna, painting) == (64, 48)
    answer = await anna.press(sheet, "2")
    assert answer is not None
    assert answer.text == "I have painted this photo in that style already: it is further up."


@pytest.mark.parametrize("words", ["2", "a great wave, please", "/style great wave"])
async def test_an_answer_to_a_sheet_is_for_its_photo(bot: Background, anna: Person, words: str) -> None:
    photo = await anna.send_photo(picture(), "/sheet")
    sheet = await sheet_of(anna)
    await anna.send_text(words, reply_to=sheet)
    painting = await anna.wait_for(says("🖼 Great Wave"), PAINTED)
    assert painting.reply_to is photo
    assert await size_of(anna, painting) == (64, 48)


async def test_the_button_under_the_question(bot: Background, boris: Person) -> None:
    await boris.send_photo(picture(100, 200))
    question = await boris.wait_for(is_question)
    await boris.press(question, "Моё фото во всех стилях")
    sheet = await sheet_of(boris)
    assert question not in boris.messages
    assert "1." not in sheet.words.text, "the titles are on the sheet"
    answer = await boris.press_data(sheet, f"1ra:{question.id}")
    assert answer is not None
    assert answer.alert


async def test_before_the_photo_and_of_the_last_one(bot: Background, anna: Person) -> None:
    await anna.send_text("/sheet")
    await anna.wait_for(says("Style: Every style. Now send me a photo"))
    await anna.send_photo(picture())
    first = await sheet_of(anna)
    await anna.press(first, "1")
    await anna.wait_for(says("🖼 Starry Night"), PAINTED)
    await anna.send_text("/sheet")
    await anna.wait_for(lambda message: message is not first and is_sheet(message) and message.photo, PAINTED)


async def test_as_a_caption_and_in_answer_to_a_photo(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(), "/sheet")
    first = await sheet_of(anna)
    assert first.reply_to is photo
    await anna.send_text("/sheet", reply_to=photo)
    second = await anna.wait_for(
        lambda message: message is not first and is_sheet(message) and message.photo, PAINTED
    )
    assert second.reply_to is photo


async def test_my_own_presets_are_on_it(
    bot: Background, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.handlers.meaning.FULLEST_SHEET", 40)
    await anna.send_photo(picture(color="olive"), "/save Olive 🫒")
    await anna.wait_for(says("Saved as Olive"))
    await anna.send_photo(picture(), "/sheet")
    sheet = await sheet_of(anna)
    await anna.press(sheet, labels(sheet)[-2])
    number = labels(sheet)[-2]
    assert sheet.words.text.endswith(f"\n\n{number}. Olive 🫒"), "the sheet has no such letter"
    painting = await anna.wait_for(says("🖼 Olive"), PAINTED)
    assert title_of(painting) == "🖼 Olive 🫒"
    await anna.send_text(number, reply_to=sheet)
    await anna.wait_for(says("🖼 Olive"), PAINTED, after=painting)


async def test_ending_a_whole_sheet_is_answered(
    bot: Background, anna: Person, painter: QuickPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.handlers.meaning.FULLEST_SHEET", 40)
    painter.steps = 10_000
    await anna.send_photo(picture(), "/sheet")
    live = await anna.wait_for(is_painting, PAINTED)
    await anna.send_text("/status")
    await anna.wait_for(says("Every style –"))
    answer = await anna.press(live, "Cancel")
    assert answer is not None
    assert answer.text == "Cancelling “Every style”…"


async def test_a_real_job_comes_first_and_the_sheet_goes_on(
    bot: Background, anna: Person, boris: Person, painter: QuickPainter, store: Store
) -> None:
    painter.steps = 10_000
    await anna.send_photo(picture(), "/sheet")
    await anna.wait_for(is_painting, PAINTED)
    await boris.send_photo(picture(), "/style ink")
    await boris.wait_for(is_painting, PAINTED)
    waiting = await anna.wait_for(says("1 person before you"), PAINTED)
    painter.steps = 4
    enough = await boris.wait_for(
        lambda message: is_painting(message) and "Оставить так" in labels(message), PAINTED
    )
    await boris.press(enough, "Оставить так")
    sheet = await sheet_of(anna)
    assert sheet is waiting
    [job] = await store.jobs_of(anna.user_id, open_only=False)
    assert job.sheet
    assert job.attempts == 1


async def test_a_sheet_survives_a_restart_and_enough_shows_what_there_is(
    start_bot: StartBot, anna: Person, painter: QuickPainter
) -> None:
    painter.steps = 10_000
    async with start_bot():
        await anna.send_photo(picture(), "/sheet")
        live = await anna.wait_for(is_painting, PAINTED)
    before = live.edits
    async with start_bot():
        await anna.wait_for(
            lambda message: message is live and live.edits > before and is_painting(live), PAINTED
        )
        await anna.press_data(live, str(live.buttons[-1].data).replace("1c:", "1e:"))
        sheet = await sheet_of(anna)
        assert sheet is live
        assert labels(sheet) == ["1", "2", "3", "Delete"]


async def test_deleting_a_sheet(bot: Background, anna: Person, store: Store) -> None:
    await anna.send_photo(picture(), "/sheet")
    sheet = await sheet_of(anna)
    await anna.press(sheet, "Delete")
    await anna.wait_for(lambda message: message is sheet and labels(message)[0] == "Yes, delete it")
    await anna.press(sheet, "Yes, delete it")
    assert sheet not in anna.messages
    left = [file for folder in ("pictures", "results") for file in (store.path.parent / folder).iterdir()]
    assert left == []
