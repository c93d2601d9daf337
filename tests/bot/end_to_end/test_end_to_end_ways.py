"""Any sensible way of saying what is wanted: answers, forwards, stickers, files, words; over the sandbox."""

import asyncio

from bot.background import Background
from bot.dialogue import MAX_STYLES
from bot.sandbox import Attachment, Person, Sandbox
from bot.sandbox.wire import message_json
from tests.bot.conftest import QuickPainter
from tests.bot.end_to_end.chat import (
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

TALL = (38, 64)  # what becomes of a picture of 120 x 200


async def test_a_style_in_answer_to_an_earlier_photo(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(120, 200))
    await anna.wait_for(is_question)
    await anna.send_text("/cancel")
    await anna.wait_for(says("All right, cancelled"))
    await anna.send_text("/style great wave", reply_to=photo)
    result = await result_of(anna)
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Great Wave"
    assert await size_of(anna, result) == TALL


async def test_words_in_answer_to_an_earlier_photo_are_for_that_one(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(120, 200), "/style ink")
    painting = await result_of(anna)
    await anna.send_photo(picture())
    await anna.wait_for(is_question)
    await anna.send_text("as a mosaic, please", reply_to=photo)
    result = await result_of(anna, after=painting)
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Mosaic"
    assert await size_of(anna, result) == TALL


async def test_praise_in_answer_to_a_painting_paints_nothing(bot: Background, anna: Person) -> None:
    await anna.send_photo(picture(), "/style ink")
    painting = await result_of(anna)
    await anna.send_text("I love it, like a mosaic!", reply_to=painting)
    await anna.wait_for(lambda message: message.from_bot and message.id > painting.id)
    assert len(results(anna)) == 1


async def test_a_style_in_answer_to_a_painting(bot: Background, anna: Person) -> None:
    await anna.send_photo(picture(120, 200), "/style ink")
    first = await result_of(anna)
    await anna.send_text("/style mosaic", reply_to=first)
    second = await result_of(anna, after=first)
    assert second.reply_to is first
    assert title_of(second) == "🖼 Mosaic"
    assert await size_of(anna, second) == TALL


async def test_a_style_in_answer_to_the_question_is_for_the_photo(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(120, 200))
    question = await anna.wait_for(is_question)
    await anna.send_text("/style ink", reply_to=question)
    result = await result_of(anna)
    assert result.reply_to is photo
    assert await size_of(anna, result) == TALL


async def test_a_style_in_answer_to_half_a_painting_is_for_its_photo(
    slow: None, bot: Background, anna: Person, painter: QuickPainter
) -> None:
    photo = await anna.send_photo(picture(120, 200), "/style ink")
    live = await anna.wait_for(is_painting, PAINTED)
    await anna.send_text("/style mosaic", reply_to=live)
    queued = await anna.wait_for(says("Your other painting goes first"))
    assert queued.reply_to is photo
    painter.steps = 4
    await anna.press(live, "Cancel")
    await anna.wait_for(says("🖼 Mosaic"), PAINTED)
    assert await size_of(anna, queued) == TALL


async def test_style_alone_in_answer_to_a_photo_asks_which(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(), "/style ink")
    await result_of(anna)
    await anna.send_text("/style", reply_to=photo)
    question = await anna.wait_for(is_question)
    await anna.press(question, "1. Starry Night")
    assert (await anna.wait_for(says("🖼 Starry Night"), PAINTED)).reply_to is photo


async def test_a_misspelt_style_in_answer_to_a_photo(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(), "/style ink")
    await result_of(anna)
    await anna.send_text("/style stary nihgt", reply_to=photo)
    question = await anna.wait_for(says("Did you mean this one"))
    await anna.press(question, "Starry Night")
    assert (await anna.wait_for(says("🖼 Starry Night"), PAINTED)).reply_to is photo


async def test_a_style_in_answer_to_an_album_that_waits(bot: Background, anna: Person) -> None:
    album = await anna.send_album([Attachment(picture(), "/style inkk"), Attachment(picture(150, 150))])
    await anna.wait_for(says("Did you mean"))
    await anna.send_text("/style ink", reply_to=album[0])
    await anna.wait_for(lambda _: len(results(anna)) == len(album), PAINTED)


async def test_a_forwarded_photo_and_a_forwarded_style(bot: Background, anna: Person, boris: Person) -> None:
    theirs = [await boris.send_photo(picture(120, 200), "look"), await boris.send_photo(picture())]
    photo = await anna.forward(theirs[0])
    await anna.wait_for(is_question)
    await anna.forward(theirs[1])
    result = await result_of(anna)
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Custom style"
    assert await size_of(anna, result) == TALL


async def test_a_photo_and_a_file(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(120, 200))
    await anna.wait_for(is_question)
    await anna.send_document(picture(format="PNG"), "style.png", "image/png")
    result = await result_of(anna)
    assert result.photo is not None, "what comes back is of the photo's kind"
    assert result.reply_to is photo


async def test_pictures_pasted_as_files(bot: Background, anna: Person) -> None:
    pasted = [
        Attachment(picture(120, 200, format="PNG"), file_name="image.png", mime="image/png"),
        Attachment(picture(format="PNG"), file_name="image.png", mime="image/png"),
    ]
    photo, _ = await anna.send_album(pasted)
    result = await result_of(anna)
    assert result.document is not None
    assert result.reply_to is photo
    assert await size_of(anna, result) == TALL


async def test_a_sticker_is_a_style(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(120, 200))
    await anna.wait_for(is_question)
    await anna.send_sticker(picture(format="WEBP"), "🎨")
    result = await result_of(anna)
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Custom style"


async def test_a_sticker_is_painted(bot: Background, anna: Person) -> None:
    sticker = await anna.send_sticker(picture(120, 200, format="WEBP"))
    question = await anna.wait_for(is_question)
    await anna.press(question, "1. Starry Night")
    result = await result_of(anna)
    assert result.reply_to is sticker
    assert result.photo is not None
    assert await size_of(anna, result) == TALL


async def test_a_second_photo_while_one_is_painted_is_a_new_one(
    slow: None, bot: Background, anna: Person, painter: QuickPainter
) -> None:
    first = await anna.send_photo(picture(120, 200), "/style ink")
    live = await anna.wait_for(is_painting, PAINTED)
    second = await anna.send_photo(picture())
    question = await anna.wait_for(is_question)
    assert question.reply_to is second
    await anna.press(question, "1. Starry Night")
    await anna.wait_for(says("Your other painting goes first"))
    painter.steps = 4
    await anna.wait_for(lambda message: message is live and message.photo is not None, PAINTED)
    await anna.press(live, "Keep it like this")
    await anna.wait_for(lambda _: len(results(anna)) == 2, PAINTED)
    assert {result.reply_to for result in results(anna)} == {first, second}


async def test_an_album_whose_pictures_come_slowly_and_backwards(bot: Background, anna: Person) -> None:
    photo, *_ = await anna.send_album([picture(120, 200), picture(), picture()], gap=1.0, backwards=True)
    result = await result_of(anna)
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Blend of 2 pictures"
    assert await size_of(anna, result) == TALL
    assert results(anna) == [result]


async def test_an_album_too_slow_to_wait_for(bot: Background, anna: Person) -> None:
    photo, _ = await anna.send_album([picture(120, 200), picture()], gap=3.0, backwards=True)
    result = await result_of(anna)
    assert result.reply_to is photo, "what was sent first is the photo"
    assert await size_of(anna, result) == TALL


async def test_a_title_under_the_photo_is_enough(bot: Background, anna: Person, boris: Person) -> None:
    await anna.send_photo(picture(), "Great wave")
    assert title_of(await result_of(anna)) == "🖼 Great Wave"
    await boris.send_photo(picture(), "на даче")
    await boris.wait_for(is_question)


async def test_a_sentence_under_the_photo_may_name_the_style(bot: Background, boris: Person) -> None:
    await boris.send_photo(picture(), "Нарисуй это в стиле Ван Гога")
    assert title_of(await result_of(boris)) == "🖼 Звёздная ночь"


async def test_the_answer_may_be_a_sentence(bot: Background, boris: Person) -> None:
    await boris.send_photo(picture())
    await boris.wait_for(is_question)
    await boris.send_text("давай мозаикой, пожалуйста")
    assert title_of(await result_of(boris)) == "🖼 Мозаика"


async def test_the_answer_may_be_misspelt(bot: Background, anna: Person) -> None:
    await anna.send_photo(picture())
    await anna.wait_for(is_question)
    await anna.send_text("stary nihgt")
    question = await anna.wait_for(says("Did you mean this one"))
    await anna.press(question, "Starry Night")
    await result_of(anna)


async def test_everything_at_once_by_many(bot: Background, anna: Person, boris: Person) -> None:
    await asyncio.gather(
        anna.send_album([picture(120, 200), picture()]),
        boris.send_album([picture(), picture(120, 200)]),
    )
    assert await size_of(anna, await result_of(anna)) == TALL
    assert await size_of(boris, await result_of(boris)) == (64, 48)


async def test_a_style_after_the_photo(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(120, 200))
    question = await anna.wait_for(is_question)
    await anna.send_text("/style ink")
    result = await result_of(anna)
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Ink"
    assert question not in anna.messages


async def test_names_are_forgiven_much(bot: Background, anna: Person) -> None:
    for words in (
        "STARRY-NIGHT",
        "starry_night",
        "Starry   night",
        "star",
        "Звёздная ночь",
        "звездная ночь",
        "ЗВЁЗДНАЯ-НОЧЬ",
        "звёзд",
    ):
        await anna.send_text("/style ink")
        await anna.wait_for(says("Style: Ink."))
        asked = await anna.send_text(f"/style {words}")
        await anna.wait_for(says("Style: Starry Night. Now send me a photo"), after=asked)


async def test_a_beginning_that_several_styles_have_is_a_question(bot: Background, anna: Person) -> None:
    await anna.send_text("/style p")
    question = await anna.wait_for(says("Several styles fit. Which one?"))
    labels = [button.text for button in question.buttons]
    assert "Pencil" in labels
    assert "Pastel" in labels
    await anna.press(question, "Pastel")
    await anna.wait_for(says("Style: Pastel. Now send me a photo"))


async def test_more_pictures_than_a_blend_can_hold(bot: Background, anna: Person) -> None:
    photo, *_ = await anna.send_album([picture(120, 200), *[picture(color="olive")] * (MAX_STYLES + 2)])
    await anna.wait_for(says(f"I mix the first {MAX_STYLES} pictures as styles and leave out 2"), PAINTED)
    result = await result_of(anna)
    assert result.reply_to is photo
    assert title_of(result) == f"🖼 Blend of {MAX_STYLES} pictures"


async def test_a_style_in_answer_to_a_photo_of_another_chat(
    bot: Background, sandbox: Sandbox, anna: Person, boris: Person
) -> None:
    theirs = message_json(await boris.send_photo(picture(120, 200)))
    asked = message_json(await anna.send_text("hello"))
    asked["message_id"] += 1000  # another message than the one that was heard
    asked["text"] = "/style ink"
    asked["entities"] = [{"type": "bot_command", "offset": 0, "length": 6}]
    asked["external_reply"] = {
        "origin": {"type": "user", "date": theirs["date"], "sender_user": theirs["from"]},
        "photo": theirs["photo"],
    }
    sandbox._state.updates.push("message", asked)
    result = await result_of(anna)
    assert title_of(result) == "🖼 Ink"
    assert await size_of(anna, result) == TALL


async def test_a_picture_of_the_style_before_the_photo(bot: Background, boris: Person) -> None:
    await boris.send_photo(picture(), "Стиль")
    await boris.wait_for(says("Стиль: Свой стиль. Теперь пришлите фото"))
    photo = await boris.send_photo(picture(120, 200))
    result = await result_of(boris)
    assert result.reply_to is photo
    assert await size_of(boris, result) == TALL
    second = await boris.send_photo(picture(120, 200))
    await boris.wait_for(is_question)
    await boris.send_document(picture(format="PNG"), "a.png", "image/png", "вот стиль")
    assert (await result_of(boris, after=result)).reply_to is second


async def test_a_file_and_a_photo(bot: Background, anna: Person) -> None:
    file = await anna.send_document(picture(120, 200, format="PNG"), "holiday.png", "image/png")
    await anna.wait_for(is_question)
    await anna.send_photo(picture())
    result = await result_of(anna)
    assert result.document is not None, "what comes back is of the photo's kind"
    assert result.reply_to is file
    assert await size_of(anna, result) == TALL


async def test_a_style_in_answer_to_a_file_and_to_a_sticker(bot: Background, anna: Person) -> None:
    file = await anna.send_document(picture(120, 200, format="PNG"), "holiday.png", "image/png")
    await anna.wait_for(is_question)
    await anna.send_text("/style ink", reply_to=file)
    first = await result_of(anna)
    assert (first.reply_to, title_of(first)) == (file, "🖼 Ink")
    sticker = await anna.send_sticker(picture(120, 200, format="WEBP"))
    await anna.send_text("/style mosaic", reply_to=sticker)
    second = await anna.wait_for(says("🖼 Mosaic"), PAINTED)
    assert second.reply_to is sticker
