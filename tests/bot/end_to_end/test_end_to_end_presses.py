"""Buttons pressed twice, late, on two devices, or after all was settled: never dead, never a second job."""

import asyncio

import pytest

from bot.background import Background
from bot.sandbox import Button, Message, Person, Sandbox
from tests.bot.conftest import QuickPainter, StartBot
from tests.bot.end_to_end.chat import PAINTED, is_painting, is_question, picture, result_of, results, says

STARRY, WAVE = "1. Starry Night", "2. Great Wave"


async def ask(person: Person) -> tuple[Message, Message]:
    """A photo and the question about it."""
    photo = await person.send_photo(picture())
    return photo, await person.wait_for(lambda message: is_question(message) and message.reply_to is photo)


def button(message: Message, text: str) -> str:
    """The data of a button, to be pressed when the message is gone."""
    [found] = [each for each in message.buttons if each.text == text]
    assert isinstance(found, Button)
    assert found.data is not None
    return found.data


async def test_two_devices_choose_two_styles_at_once(bot: Background, anna: Person) -> None:
    _, question = await ask(anna)
    first, second = button(question, STARRY), button(question, WAVE)
    answers = await asyncio.gather(anna.press_data(question, first), anna.press_data(question, second))
    assert all(answer is not None for answer in answers)
    assert "I am painting this photo already." in [answer.text for answer in answers if answer]
    await result_of(anna)
    await anna.send_text("/status")
    await anna.wait_for(says("I have nothing to paint for you"))
    assert len(results(anna)) == 1


async def test_a_button_of_another_device_after_the_painting(bot: Background, anna: Person) -> None:
    _, question = await ask(anna)
    data = button(question, STARRY)
    await anna.press_data(question, data)
    await result_of(anna)
    answer = await anna.press_data(question, data)
    assert answer is not None
    assert answer.text == "I have painted this photo in that style already: it is further up."
    answer = await anna.press_data(question, button(question, WAVE))
    assert answer is not None
    assert answer.alert, "the question is gone, and with it all that is known of the photo"
    assert answer.text.startswith("That button is from earlier")


async def test_an_old_question_still_paints_its_photo(bot: Background, anna: Person) -> None:
    first, question = await ask(anna)
    await anna.send_text("/cancel")
    await anna.wait_for(says("All right, cancelled"))
    second, later = await ask(anna)
    await anna.press(question, STARRY)
    result = await result_of(anna)
    assert result.reply_to is first
    assert question not in anna.messages
    await anna.press(later, WAVE)
    assert (await anna.wait_for(says("🖼 Great Wave"), PAINTED)).reply_to is second


async def test_an_old_question_after_a_restart(start_bot: StartBot, anna: Person) -> None:
    async with start_bot():
        photo, question = await ask(anna)
        _, waiting = await ask_for_style_again(anna, photo)
    async with start_bot():
        await anna.press(waiting, STARRY)
        assert (await result_of(anna)).reply_to is photo
        answer = await anna.press(question, STARRY)
        assert answer is not None
        assert answer.text == "I have painted this photo in that style already: it is further up."
        await anna.press(question, WAVE)
        assert (await anna.wait_for(says("🖼 Great Wave"), PAINTED)).reply_to is photo


async def ask_for_style_again(person: Person, photo: Message) -> tuple[Message, Message]:
    """A second question about the same photo."""
    known = list(person.messages)
    await person.send_text("/style", reply_to=photo)
    return photo, await person.wait_for(lambda message: is_question(message) and message not in known)


async def test_cancel_below_an_old_question_drops_nothing_newer(bot: Background, anna: Person) -> None:
    _, question = await ask(anna)
    await anna.send_text("/cancel")
    await anna.wait_for(says("All right, cancelled"))
    _, later = await ask(anna)
    answer = await anna.press(question, "Cancel")
    assert answer is not None
    assert answer.text == "That is settled already."
    await anna.press(later, STARRY)
    await result_of(anna)
    assert question not in anna.messages


async def test_try_again_pressed_twice(
    slow: None, start_bot: StartBot, anna: Person, painter: QuickPainter
) -> None:
    async with start_bot(bot_max_jobs_per_user=1):
        await anna.send_photo(picture(), "/style ink")
        live = await anna.wait_for(is_painting, PAINTED)
        await anna.send_photo(picture(), "/style mosaic")
        refusal = await anna.wait_for(says("I am still busy"))
        await anna.press(live, "Cancel")
        await anna.wait_for(says("Cancelled"))
        data = button(refusal, "Try now")
        painter.steps = 4
        answers = await asyncio.gather(*[anna.press_data(refusal, data) for _ in range(2)])
        assert [answer.text for answer in answers if answer] == ["", "That is settled already."]
        await result_of(anna)
        assert len(results(anna)) == 1


async def test_the_same_style_chosen_twice_before_the_photo(bot: Background, anna: Person) -> None:
    await anna.send_text("/style")
    gallery = await anna.wait_for(says("Styles"))
    await anna.press(gallery, STARRY)
    await anna.wait_for(says("Style: Starry Night"))
    said = len(anna.messages)
    answer = await anna.press(gallery, STARRY)
    assert answer is not None
    assert answer.text == "“Starry Night” is chosen. Now send me a photo."
    assert len(anna.messages) == said
    await anna.press(gallery, WAVE)
    await anna.wait_for(says("Style: Great Wave"))


async def test_a_cancel_is_heard_while_a_photo_is_still_coming(
    slow: None, bot: Background, anna: Person, sandbox: Sandbox
) -> None:
    await anna.send_photo(picture(), "/style ink")
    live = await anna.wait_for(is_painting, PAINTED)
    sandbox.delay_next("download", 20.0)
    await anna.send_photo(picture())
    answer = await anna.press(live, "Cancel", 5.0)
    assert answer is not None
    assert answer.text == "Cancelling “Ink”…"


def buttons(message: Message) -> list[str]:
    return [each.data for each in message.buttons if isinstance(each, Button) and each.data]


async def test_whatever_is_pressed_below_a_deleted_message_is_no_trouble(
    bot: Background, anna: Person
) -> None:
    """Its button is still on another device."""
    photo = await anna.send_photo(picture(), "/style ink")
    result = await result_of(anna)
    await anna.send_text("/save mine", reply_to=photo)
    await anna.wait_for(says("mine"))
    shown = [result]
    for command in ("/style", "/presets", "/settings", "/language", "/forget"):
        asked = await anna.send_text(command)
        shown.append(await anna.wait_for(lambda message: message.from_bot and message.buttons, after=asked))
    for message in shown:
        pressed = buttons(message)
        await anna.delete(message)
        for data in pressed:
            assert await anna.press_data(message, data) is not None
    asked = await anna.send_text("/status")
    await anna.wait_for(says("nothing to paint"), after=asked)
    assert not [message for message in anna.messages if says("went wrong", "пошло не так")(message)]


@pytest.mark.parametrize(
    ("command", "press", "answer"),
    [
        ("/forget", "Yes, delete everything", "I keep nothing about you any more"),
        ("/language", "Русский", "Теперь говорю по-русски"),
        ("/settings", "Size", "How large should paintings be?"),
    ],
)
async def test_words_whose_message_is_deleted_while_they_change_are_said_anew(
    bot: Background, sandbox: Sandbox, anna: Person, command: str, press: str, answer: str
) -> None:
    await anna.send_text(command)
    question = await anna.wait_for(lambda message: message.from_bot and message.buttons)
    sandbox.fail_next("editMessageText", 400, "Bad Request: message to edit not found")
    [text] = [each.text for each in question.buttons if press in each.text]
    await anna.press(question, text)
    await anna.wait_for(says(answer), after=question)


async def test_a_page_that_is_deleted_while_it_is_turned_is_no_trouble(
    bot: Background, sandbox: Sandbox, anna: Person
) -> None:
    _, question = await ask(anna)
    sandbox.fail_next("editMessageMedia", 400, "Bad Request: message to edit not found", times=2)
    await anna.press(question, "›")
    asked = await anna.send_text("/status")
    await anna.wait_for(says("waiting for a style"), after=asked)
    assert not [message for message in anna.messages if says("went wrong")(message)]
