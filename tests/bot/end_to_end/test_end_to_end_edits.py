"""Captions and words that are changed after they were sent; over the sandbox."""

import pytest

from bot.background import Background
from bot.sandbox import Attachment, Message, Person, Sandbox
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
    title_of,
)


async def all_is_heard(person: Person) -> None:
    """What was sent before this has been handled."""
    asked = await person.send_text("/status")
    await person.wait_for(
        says("I have nothing to paint for you", "waiting for a style", "%", "🕐", "starting"), after=asked
    )


async def test_a_caption_put_right(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(), "/style qwertyuiop")
    await anna.wait_for(says("I have no style called"))
    await anna.edit(photo, "/style great wave")
    result = await result_of(anna)
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Great Wave"


async def test_a_caption_added_while_the_photo_waits(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture())
    await anna.wait_for(is_question)
    await anna.edit(photo, "our dog")
    await anna.edit(photo, "/style ink")
    await result_of(anna)
    await all_is_heard(anna)
    assert len(results(anna)) == 1


async def test_a_caption_may_be_a_sentence_while_the_photo_waits(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture())
    await anna.wait_for(is_question)
    await anna.edit(photo, "make it a cartoon")
    result = await result_of(anna)
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Anime"


async def test_words_changed_while_it_is_painted(
    slow: None, bot: Background, anna: Person, painter: QuickPainter
) -> None:
    photo = await anna.send_photo(picture())
    await anna.wait_for(is_question)
    words = await anna.send_text("pencil")
    live = await anna.wait_for(is_painting, PAINTED)
    painter.steps = 4
    await anna.edit(words, "a coloured pencil, please")
    result = await result_of(anna)
    assert result.reply_to is photo
    assert title_of(result) == "🖼 Coloured Pencil"
    assert "Cancelled" in live.words.text


async def test_words_about_an_earlier_photo_put_right(bot: Background, anna: Person) -> None:
    earlier = await anna.send_photo(picture())
    first = await anna.wait_for(is_question)
    await anna.press(first, "Cancel")
    words = await anna.send_text("qwertyuiop", reply_to=earlier)
    await anna.edit(words, "mosaic")
    result = await result_of(anna)
    assert result.reply_to is earlier
    assert title_of(result) == "🖼 Mosaic"


async def test_a_caption_changed_while_it_is_painted(
    slow: None, bot: Background, anna: Person, painter: QuickPainter
) -> None:
    photo = await anna.send_photo(picture(), "/style ink")
    live = await anna.wait_for(is_painting, PAINTED)
    painter.steps = 4
    await anna.edit(photo, "/style mosaic")
    result = await result_of(anna)
    assert title_of(result) == "🖼 Mosaic"
    assert "Cancelled" in live.words.text
    assert results(anna) == [result], "the first style is not painted any more"


async def test_a_caption_changed_after_the_painting(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(), "/style ink")
    first = await result_of(anna)
    await anna.edit(photo, "/style mosaic")
    second = await result_of(anna, after=first)
    assert second.reply_to is photo
    assert title_of(second) == "🖼 Mosaic"


@pytest.mark.parametrize("caption", ["/style Ink", "/styles ink", "our dog"])
async def test_a_caption_that_means_the_same_changes_nothing(
    bot: Background, anna: Person, caption: str
) -> None:
    photo = await anna.send_photo(picture(), "/style ink")
    await result_of(anna)
    await anna.edit(photo, caption)
    await all_is_heard(anna)
    assert len(results(anna)) == 1
    await anna.wait_for(says("I have nothing to paint for you"))


async def test_an_edit_that_comes_twice_paints_once(bot: Background, sandbox: Sandbox, anna: Person) -> None:
    photo = await anna.send_photo(picture(), "/style ink")
    first = await result_of(anna)
    await anna.edit(photo, "/style mosaic")
    sandbox._state.updates.push("edited_message", message_json(photo))
    await result_of(anna, after=first)
    sandbox._state.updates.push("edited_message", message_json(photo))
    await all_is_heard(anna)
    assert len(results(anna)) == 2


async def test_what_was_cancelled_is_not_begun_again(
    slow: None, bot: Background, sandbox: Sandbox, anna: Person
) -> None:
    photo = await anna.send_photo(picture(), "/style ink")
    live = await anna.wait_for(is_painting, PAINTED)
    await anna.press(live, "Cancel")
    await anna.wait_for(says("Cancelled"))
    sandbox._state.updates.push("edited_message", message_json(photo))  # for no reason that can be seen
    await all_is_heard(anna)
    await anna.wait_for(says("I have nothing to paint for you"))


async def test_the_caption_of_an_album_that_still_comes(bot: Background, anna: Person) -> None:
    album: list[Message] = await anna.send_album(
        [Attachment(picture(), "/style oink"), Attachment(picture())]
    )
    await anna.edit(album[0], "/style ink")
    first = await result_of(anna)
    await anna.wait_for(lambda message: message is not first and says("🖼")(message), PAINTED)
    assert {title_of(result) for result in results(anna)} == {"🖼 Ink"}


async def test_the_caption_of_an_album_that_was_painted(bot: Background, anna: Person) -> None:
    album = await anna.send_album([Attachment(picture(), "/style ink"), Attachment(picture(150, 150))])
    await anna.wait_for(lambda _: len(results(anna)) == len(album), PAINTED)
    await anna.edit(album[0], "/style mosaic")
    await anna.wait_for(lambda _: len(results(anna)) == 2 * len(album), PAINTED)
    assert [title_of(result) for result in results(anna)] == 2 * ["🖼 Ink"] + 2 * ["🖼 Mosaic"]


async def test_a_command_put_right(bot: Background, anna: Person) -> None:
    command = await anna.send_text("/style stary nihgt")
    await anna.wait_for(says("Did you mean"))
    await anna.edit(command, "/style starry night")
    await anna.wait_for(says("Style: Starry Night. Now send me a photo"))


async def test_an_answer_put_right(bot: Background, anna: Person) -> None:
    await anna.send_photo(picture())
    await anna.wait_for(is_question)
    answer = await anna.send_text("something nice")
    await anna.wait_for(says("Your photo is waiting"))
    await anna.edit(answer, "mosaic")
    assert title_of(await result_of(anna)) == "🖼 Mosaic"


async def test_other_commands_and_words_are_not_heard_again(bot: Background, anna: Person) -> None:
    command = await anna.send_text("/start")
    await anna.wait_for(says("I turn photos into paintings"))
    await anna.send_photo(picture())
    await anna.wait_for(is_question)
    await anna.edit(command, "/cancel")
    await anna.edit(command, "hello")
    await all_is_heard(anna)
    await anna.wait_for(says("Your photo is waiting for a style"))


async def test_a_style_in_answer_to_a_photo_put_right(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture(), "/style ink")
    first = await result_of(anna)
    command = await anna.send_text("/style moasic", reply_to=photo)
    await anna.wait_for(says("Did you mean"))
    await anna.edit(command, "/style mosaic")
    second = await result_of(anna, after=first)
    assert title_of(second) == "🖼 Mosaic"
    assert second.reply_to is photo


@pytest.mark.parametrize("what", ["words", "caption"])
async def test_what_is_put_right_leaves_the_question_about_another_photo(
    bot: Background, anna: Person, what: str
) -> None:
    first = await anna.send_photo(picture(), "/style ink" if what == "caption" else None)
    words = first if what == "caption" else await anna.send_text("ink")
    await result_of(anna)
    second = await anna.send_photo(picture(color="olive"))
    await anna.wait_for(is_question, after=second)
    await anna.edit(words, "/style mosaic")
    assert (await anna.wait_for(says("🖼 Mosaic"), PAINTED)).reply_to is first
    await anna.send_text("pencil")
    assert (await anna.wait_for(says("🖼 Pencil"), PAINTED)).reply_to is second
