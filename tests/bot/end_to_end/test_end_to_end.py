"""Each way of sending pictures, from the chat to the painting, over the sandbox and with the real engine."""

import asyncio

from bot.background import Background
from bot.sandbox import Attachment, Person, Sandbox
from bot.sandbox.wire import message_json
from tests.bot.end_to_end.chat import (
    PAINTED,
    is_question,
    picture,
    result_of,
    results,
    says,
    size_of,
    title_of,
)

STARRY = "1. Starry Night"


async def test_a_photo_and_a_preset_button(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture())
    question = await anna.wait_for(is_question)
    assert question.reply_to is photo
    answer = await anna.press(question, STARRY)
    assert answer is not None
    result = await result_of(anna)
    assert result.photo is not None
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Starry Night"
    assert await size_of(anna, result) == (64, 48)
    assert anna.messages == [photo, result]


async def test_a_photo_and_a_second_photo(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(120, 200))
    await anna.wait_for(is_question)
    await anna.send_photo(picture(color="olive"))
    result = await result_of(anna)
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Custom style"
    assert await size_of(anna, result) == (38, 64)


async def test_two_photos_in_one_breath(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(120, 200))
    await anna.send_photo(picture(color="olive"))
    result = await result_of(anna)
    assert result.reply_to is photo
    assert await size_of(anna, result) == (38, 64)


async def test_a_style_before_the_photo(bot: Background, anna: Person) -> None:
    await anna.send_text("/style great WAVE")
    await anna.wait_for(says("Style: Great Wave. Now send me a photo"))
    await anna.send_photo(picture())
    assert title_of(await result_of(anna)) == "🖼 Great Wave"


async def test_a_style_by_the_name_alone(bot: Background, anna: Person) -> None:
    await anna.send_photo(picture())
    await anna.wait_for(is_question)
    await anna.send_text("great wave")
    assert title_of(await result_of(anna)) == "🖼 Great Wave"


async def test_a_style_from_the_gallery_before_the_photo(bot: Background, anna: Person) -> None:
    await anna.send_text("/style")
    gallery = await anna.wait_for(says("Styles"))
    assert gallery.photo is not None
    first_page = [button.text for button in gallery.buttons]
    await anna.press(gallery, "›")
    turned = await anna.wait_for(
        lambda message: [button.text for button in message.buttons] not in ([], first_page)
    )
    assert turned is gallery
    chosen = gallery.buttons[0]
    title = chosen.text.partition(". ")[2]
    await anna.press(gallery, chosen)
    await anna.wait_for(says(f"Style: {title}. Now send me a photo"))
    await anna.send_photo(picture())
    assert title_of(await result_of(anna)) == f"🖼 {title}"
    assert gallery in anna.messages, "the gallery stays, for the next photo"


async def test_an_album_of_two(bot: Background, anna: Person) -> None:
    photo, _ = await anna.send_album([picture(120, 200), picture(color="olive")], gap=0.5)
    result = await result_of(anna)
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Custom style"
    assert await size_of(anna, result) == (38, 64)
    assert len(results(anna)) == 1


async def test_an_album_whose_style_is_misspelt(bot: Background, anna: Person) -> None:
    """None of its photos is lost."""
    await anna.send_album([Attachment(picture(), "/style mosaik"), picture(150, 150), picture(100, 140)])
    question = await anna.wait_for(says("Did you mean"))
    await anna.press(question, "Mosaic")
    async with asyncio.timeout(PAINTED):
        while len(results(anna)) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert {title_of(each) for each in results(anna)} == {"🖼 Mosaic"}


async def test_an_album_whose_caption_names_a_style(bot: Background, anna: Person) -> None:
    await anna.send_album([Attachment(picture(), "/style ink"), Attachment(picture(150, 150))])
    first = await result_of(anna)
    second = await anna.wait_for(lambda message: message is not first and says("🖼")(message), 60)
    assert {title_of(first), title_of(second)} == {"🖼 Ink"}


async def test_an_album_whose_second_caption_names_a_style(bot: Background, anna: Person) -> None:
    await anna.send_album([Attachment(picture(), "my dog"), Attachment(picture(150, 150), "/style ink")])
    first = await result_of(anna)
    second = await anna.wait_for(lambda message: message is not first and says("🖼")(message), 60)
    assert {title_of(first), title_of(second)} == {"🖼 Ink"}


async def test_an_album_whose_first_picture_is_called_the_style(bot: Background, anna: Person) -> None:
    _, photo = await anna.send_album([Attachment(picture(120, 200, "olive"), "style"), Attachment(picture())])
    painting = await result_of(anna)
    assert painting.reply_to is photo
    assert title_of(painting) == "🖼 Custom style"
    assert await size_of(anna, painting) == (64, 48)


async def test_a_caption_says_it_all(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(), "/style starry-night")
    result = await result_of(anna)
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Starry Night"


async def test_a_caption_in_russian(bot: Background, boris: Person) -> None:
    await boris.send_photo(picture(), "/style Звёздная ночь")
    assert title_of(await result_of(boris)) == "🖼 Звёздная ночь"


async def test_a_file_comes_back_as_a_file(bot: Background, anna: Person) -> None:
    await anna.send_document(picture(format="PNG"), "holiday.png", "image/png", "/style ink")
    result = await result_of(anna)
    assert result.document is not None
    assert result.document.file.name.endswith(".png")
    assert await size_of(anna, result) == (64, 48)


async def test_a_file_that_only_its_name_calls_a_picture(bot: Background, anna: Person) -> None:
    await anna.send_document(picture(format="WEBP"), "holiday.webp", caption="/style ink")
    result = await result_of(anna)
    assert result.document is not None
    assert result.document.file.name.endswith(".jpg")


async def test_three_pictures_blend_two_styles(bot: Background, anna: Person) -> None:
    await anna.send_album([picture(), picture(color="olive"), picture(color="white")])
    assert title_of(await result_of(anna)) == "🖼 Blend of 2 pictures"


async def test_two_people_get_their_own(bot: Background, anna: Person, boris: Person) -> None:
    await asyncio.gather(
        anna.send_photo(picture(200, 100), "/style ink"),
        boris.send_photo(picture(100, 200), "/style ink"),
    )
    for person, size in ((anna, (64, 32)), (boris, (32, 64))):
        assert await size_of(person, await result_of(person)) == size
        assert len(results(person)) == 1


async def test_in_a_group_a_caption_or_an_answer_is_heard(
    bot: Background, sandbox: Sandbox, anna: Person, boris: Person
) -> None:
    group = sandbox.group("Family", [anna, boris])
    anna, boris = anna.in_chat(group), boris.in_chat(group)
    photo = await anna.send_photo(picture(), f"/style@{sandbox.bot.username} ink")
    result = await result_of(anna)
    assert result.reply_to is photo
    answer = await boris.send_photo(picture(100, 200), reply_to=result)
    question = await boris.wait_for(is_question)
    assert question.reply_to is answer
    stranger = await anna.press(question, "1. Звёздная ночь")
    assert stranger is not None
    assert stranger.alert, "only the one who was asked may answer"
    await boris.press(question, "1. Звёздная ночь")
    await boris.wait_for(says("🖼 Звёздная ночь"), 60)


async def test_an_update_that_comes_twice_changes_nothing(
    bot: Background, sandbox: Sandbox, anna: Person
) -> None:
    first = await anna.send_photo(picture(), caption="/style great wave")
    painted = await result_of(anna)
    await anna.send_photo(picture(color="olive"))
    question = await anna.wait_for(is_question)
    sandbox._state.updates.push("message", message_json(first))
    await anna.send_text("/status")  # handled after the one before it
    await anna.wait_for(says("waiting for a style"))
    await anna.press(question, STARRY)
    await result_of(anna, after=painted)
    assert len(results(anna)) == 2
