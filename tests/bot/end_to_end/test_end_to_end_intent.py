"""What people mean, though they say it their own way or do the unexpected; over the sandbox."""

import pytest

from bot.background import Background
from bot.clock import now
from bot.sandbox import Message, Person, Sandbox
from bot.sandbox.wire import message_json
from bot.storage.database import execute
from bot.store import Store
from tests.bot.conftest import QuickPainter, StartBot
from tests.bot.end_to_end.chat import (
    PAINTED,
    is_painting,
    is_question,
    labels,
    picture,
    result_of,
    results,
    says,
    title_of,
)


async def test_a_style_in_any_words_before_the_photo(bot: Background, anna: Person, boris: Person) -> None:
    for words, title in (
        ("watercolor", "Watercolour"),
        ("2", "Great Wave"),
        ("make it in the anime style", "Anime"),
    ):
        asked = await anna.send_text(words)
        await anna.wait_for(says(f"Style: {title}. Now send me a photo"), after=asked)
    photo = await anna.send_photo(picture())
    result = await result_of(anna)
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Anime"
    await boris.send_text("хочу в стиле аниме")
    await boris.wait_for(says("Стиль: Аниме"))


async def test_a_painter_of_two_pictures_is_a_question(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture())
    await anna.wait_for(is_question)
    await anna.send_text("make it like Vincent van Gogh")
    question = await anna.wait_for(says("Which one?"))
    assert labels(question) == ["Starry Night", "Bouquet"]
    await anna.press(question, "Bouquet")
    result = await result_of(anna)
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Bouquet"


async def test_a_caption_that_tells_what_is_to_be_seen_is_no_style(bot: Background, boris: Person) -> None:
    photo = await boris.send_photo(picture(), "Венеция")
    question = await boris.wait_for(is_question)
    assert question.reply_to is photo
    assert results(boris) == []


async def test_a_photo_that_asks_for_a_style_is_no_style(bot: Background, anna: Person) -> None:
    first = await anna.send_photo(picture())
    await anna.wait_for(is_question)
    second = await anna.send_photo(picture(color="olive"), "/style")
    question = await anna.wait_for(is_question, after=second)
    assert question.reply_to is second
    await anna.send_text("ink")
    assert (await result_of(anna)).reply_to is second
    await anna.send_text("mosaic", reply_to=first)
    assert (await anna.wait_for(says("🖼 Mosaic"), PAINTED)).reply_to is first


async def hours_pass(store: Store) -> None:
    """With nothing said."""
    async with store.transaction() as connection:
        await execute(connection, "UPDATE dialogues SET updated_at = updated_at - 7200")


async def test_a_photo_long_after_another_is_one(start_bot: StartBot, store: Store, anna: Person) -> None:
    async with start_bot():
        first = await anna.send_photo(picture())
        old = await anna.wait_for(is_question)
        await hours_pass(store)
        second = await anna.send_photo(picture(color="olive"))
        question = await anna.wait_for(is_question, after=second)
        assert question.reply_to is second
        await anna.press(question, "2. Great Wave")
        assert (await result_of(anna)).reply_to is second
        await anna.press(old, "1. Starry Night")
        assert (await anna.wait_for(says("🖼 Starry Night"), PAINTED)).reply_to is first
        third = await anna.send_photo(picture(color="pink"))
        question = await anna.wait_for(is_question, after=third)
        await hours_pass(store)
        await anna.send_photo(picture(color="red"), reply_to=question)
        result = await anna.wait_for(lambda each: each.reply_to is third and says("🖼")(each), PAINTED)
        assert title_of(result) == "🖼 Custom style", "an answer is an answer, however late"


async def test_an_album_in_answer_to_the_question_is_one_however_late(
    start_bot: StartBot, store: Store, anna: Person
) -> None:
    async with start_bot():
        photo = await anna.send_photo(picture())
        question = await anna.wait_for(is_question)
        await hours_pass(store)
        await anna.send_album([picture(color="olive"), picture(color="red")], reply_to=question)
        assert (await result_of(anna)).reply_to is photo
        [job] = await store.jobs_of(anna.user_id, open_only=False)
        assert len(job.styles) == 2


async def test_a_style_sent_in_time_is_one_however_late_it_is_heard(
    start_bot: StartBot, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start_bot():
        photo = await anna.send_photo(picture())
        await anna.wait_for(is_question)
    await anna.send_photo(picture(color="olive"))
    hours_later = now() + 7200
    monkeypatch.setattr("bot.clock._CLOCK.now", lambda: hours_later)
    async with start_bot():
        assert (await result_of(anna)).reply_to is photo


@pytest.mark.parametrize(
    ("words", "reminder"),
    [("/style", is_question), ("/status", says("waiting for a style")), ("hm", says("waiting for a style"))],
)
async def test_a_question_that_was_asked_again_is_open_again(
    start_bot: StartBot, store: Store, anna: Person, words: str, reminder: says
) -> None:
    async with start_bot():
        photo = await anna.send_photo(picture())
        await anna.wait_for(is_question)
        await hours_pass(store)
        asked = await anna.send_text(words)
        await anna.wait_for(reminder, after=asked)
        await anna.send_photo(picture(color="olive"))
        assert (await result_of(anna)).reply_to is photo


async def test_a_picture_in_this_style_in_answer_to_an_earlier_photo(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture())
    question = await anna.wait_for(is_question)
    await anna.press(question, "Cancel")
    await anna.send_photo(picture(color="olive"), "in this style", reply_to=photo)
    result = await result_of(anna)
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Custom style"


# Cancelling


async def test_cancelling_a_refusal_leaves_the_question(
    slow: None, start_bot: StartBot, anna: Person, painter: QuickPainter
) -> None:
    async with start_bot(bot_max_jobs_per_user=1):
        await anna.send_photo(picture(), "/style ink")
        await anna.wait_for(is_painting, PAINTED)
        await anna.send_photo(picture(color="olive"), "/style mosaic")
        refusal = await anna.wait_for(says("I keep this photo"))
        asked_about = await anna.send_photo(picture(color="pink"))
        await anna.wait_for(is_question, after=asked_about)
        await anna.press(refusal, "Cancel")
        await anna.wait_for(says("All right, cancelled"))
        painter.steps = 4
        await anna.send_text("/status")
        status = await anna.wait_for(says("Your photo is waiting for a style"))
        assert "I still have" not in status.words.text


async def test_cancel_tells_what_is_still_painted(slow: None, bot: Background, anna: Person) -> None:
    await anna.send_photo(picture(), "/style ink")
    live = await anna.wait_for(is_painting, PAINTED)
    await anna.send_photo(picture(color="olive"))
    await anna.wait_for(is_question)
    asked = await anna.send_text("/cancel")
    await anna.wait_for(says("All right, cancelled"), after=asked)
    rest = await anna.wait_for(says("Still at work"), after=asked)
    await anna.press(rest, rest.buttons[0])
    await anna.wait_for(lambda each: each is live and "Cancelled" in each.words.text)


async def test_cancel_in_answer_to_a_painting_that_grows(slow: None, bot: Background, anna: Person) -> None:
    await anna.send_photo(picture(), "/style ink")
    live = await anna.wait_for(is_painting, PAINTED)
    await anna.send_photo(picture(color="olive"))
    await anna.wait_for(is_question)
    await anna.send_text("/cancel", reply_to=live)
    await anna.wait_for(says("Cancelled: Ink"))
    await anna.send_text("/status")
    await anna.wait_for(says("Your photo is waiting for a style"))


async def test_an_album_asked_about_is_cancelled_whole(bot: Background, anna: Person) -> None:
    photos = await anna.send_album([picture(), picture(color="olive")])
    await anna.edit(photos[0], "/style qwertyuiop")
    question = await anna.wait_for(says("I have no style called"))
    sheet = await anna.wait_for(is_question)
    assert question.id < sheet.id
    await anna.press(sheet, "Cancel")
    await anna.wait_for(says("All right, cancelled"))
    last = await anna.send_photo(picture(color="pink"))
    asked = await anna.wait_for(is_question, after=last)
    assert asked.reply_to is last, "the next photo is a photo, and no style for the others"


# What is no picture


def _film_of(photo: Message) -> dict[str, object]:
    wire = message_json(photo)
    [*_, largest] = wire.pop("photo")
    return {**wire, "video": {**largest, "duration": 3}}


async def test_films_among_photos_are_told_of_once(bot: Background, sandbox: Sandbox, anna: Person) -> None:
    photos = await anna.send_album([picture(), picture(color="olive")])
    await result_of(anna)
    film = _film_of(photos[0])
    for number in range(3):
        new = {**film, "message_id": 9000 + number, "media_group_id": "films"}
        sandbox._state.updates.push("message", new)
    await anna.wait_for(says("I can only paint pictures"))
    await anna.send_text("/status")
    await anna.wait_for(says("I have nothing to paint for you"))
    assert len([each for each in anna.messages if says("I can only paint pictures")(each)]) == 1


async def test_another_language_counts_for_what_is_painted_too(
    slow: None, bot: Background, boris: Person
) -> None:
    await boris.send_photo(picture(), "/style тушь")
    await boris.wait_for(is_painting, PAINTED)
    await boris.send_text("/language")
    menu = await boris.wait_for(says("На каком языке"))
    await boris.press(menu, "English")
    await boris.wait_for(says("I speak English now"))
    live = await boris.wait_for(lambda each: is_painting(each) and "Ink" in each.words.text)
    await boris.press(live, "Keep it like this")
    assert title_of(await result_of(boris)) == "🖼 Ink"
