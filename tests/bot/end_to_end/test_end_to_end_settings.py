"""/settings: what is chosen there counts, lasts, and is one person's; over the sandbox."""

import asyncio

import pytest

from bot.background import Background
from bot.sandbox import Message, Person, Sandbox
from tests.bot.conftest import StartBot
from tests.bot.end_to_end.chat import PAINTED, is_question, picture, result_of, says, size_of


async def open_settings(person: Person) -> Message:
    asked = await person.send_text("/settings")
    return await person.wait_for(says("Settings", "Настройки"), after=asked)


def buttons(message: Message) -> list[str]:
    return [button.text for button in message.buttons]


async def choose(person: Person, menu: Message, setting: str, value: str) -> None:
    """Open one setting by the beginning of its button, and choose a value."""
    [button] = [button for button in menu.buttons if button.text.startswith(setting)]
    await person.press(menu, button)
    await person.wait_for(
        lambda message: message is menu and message.buttons[-1].text in {"‹ Back", "‹ Назад"}
    )
    await person.press(menu, value)
    await person.wait_for(lambda message: message is menu and len(message.buttons) == 6)


async def test_the_menu_shows_what_is_set(start_bot: StartBot, anna: Person, boris: Person) -> None:
    async with start_bot(bot_max_size=1024):
        menu = await open_settings(anna)
        assert buttons(menu) == [
            "Size: 64 px",
            "Quality: draft",
            "Strength: 100%",
            "Colours: the style's",
            "Sent as: photo",
            "Language: English",
        ]
        await anna.press(menu, "Size: 64 px")
        await anna.wait_for(says("How large should paintings be?"))
        assert buttons(menu) == ["✓ 64 px", "512 px", "768 px", "1024 px", "‹ Back"]
        await anna.press(menu, "‹ Back")
        await anna.wait_for(lambda message: message is menu and "Size: 64 px" in buttons(menu))
        russian = await open_settings(boris)
        assert buttons(russian)[1:] == [
            "Качество: набросок",
            "Сила стиля: 100%",
            "Цвета: как в стиле",
            "Присылать: как фото",
            "Язык: Русский",
        ]


async def test_what_is_chosen_counts_after_a_restart_too(
    start_bot: StartBot, anna: Person, boris: Person
) -> None:
    async with start_bot(bot_max_size=1024):
        menu = await open_settings(anna)
        await choose(anna, menu, "Size", "512 px")
        await choose(anna, menu, "Sent as", "file")
        assert buttons(menu)[0] == "Size: 512 px"
        assert buttons(menu)[4] == "Sent as: file"
    async with start_bot(bot_max_size=1024):
        await anna.send_photo(picture(400, 100), "/style ink")
        result = await result_of(anna)
        assert result.document is not None
        assert await size_of(anna, result) == (512, 128)
        await boris.send_photo(picture(400, 300), "/style ink")
        assert await size_of(boris, await result_of(boris)) == (64, 48), "each has their own"


async def test_strength_quality_and_colours_reach_the_painting(bot: Background, anna: Person) -> None:
    menu = await open_settings(anna)
    await choose(anna, menu, "Strength", "50%")
    await choose(anna, menu, "Colours", "the photo's")
    await choose(anna, menu, "Quality", "best")
    assert buttons(menu)[1:4] == ["Quality: best", "Strength: 50%", "Colours: the photo's"]
    await anna.send_photo(picture(), "/style ink")
    result = await result_of(anna)
    assert result.words.text.startswith("🖼 Ink · 50% · in the photo's colours")
    await anna.send_photo(picture())
    await anna.wait_for(is_question)
    await anna.send_text("mosaic")
    result = await anna.wait_for(says("🖼 Mosaic"), PAINTED)
    assert result.words.text.startswith("🖼 Mosaic · 50% · in the photo's colours"), (
        "a name alone is no recipe"
    )
    await anna.send_photo(picture(), "starry-night_25")
    result = await anna.wait_for(says("🖼 Starry Night"), PAINTED)
    assert result.words.text.startswith("🖼 Starry Night · 25%\n"), "a recipe says all of the look"


async def test_what_the_operator_no_longer_allows_is_not_painted(start_bot: StartBot, anna: Person) -> None:
    async with start_bot(bot_max_size=1024):
        await choose(anna, await open_settings(anna), "Size", "512 px")
    async with start_bot(bot_max_size=128):
        menu = await open_settings(anna)
        assert buttons(menu)[0] == "Size: 128 px"
        await anna.send_photo(picture(400, 300), "/style ink")
        assert await size_of(anna, await result_of(anna)) == (128, 96)


async def test_what_is_usual_is_never_more_than_the_operator_allows(
    start_bot: StartBot, anna: Person
) -> None:
    async with start_bot(bot_max_size=96, styler_size=512):
        assert buttons(await open_settings(anna))[0] == "Size: 96 px"
        await anna.send_photo(picture(400, 300), "/style ink")
        assert await size_of(anna, await result_of(anna)) == (96, 72)


async def test_the_language_changes_the_menu_and_the_commands(
    bot: Background, sandbox: Sandbox, boris: Person
) -> None:
    menu = await open_settings(boris)
    await choose(boris, menu, "Язык", "English")
    assert buttons(menu)[5] == "Language: English"
    assert "They count for every painting" in menu.words.text
    assert sandbox.commands_for(boris)[0]["description"].startswith("All styles")
    await boris.send_text("/start")
    await boris.wait_for(says("I turn photos into paintings"))


@pytest.mark.parametrize(
    "data", ["1so:nothing", "1sc:size:7", "1sc:quality:worst", "1sc:nothing:1", "1sc:size:abc"]
)
async def test_choices_that_there_are_not(bot: Background, anna: Person, data: str) -> None:
    menu = await open_settings(anna)
    answer = await anna.press_data(menu, data)
    assert answer is not None
    assert answer.alert
    assert answer.text == "That button is out of date. Please open the menu again."
    await anna.press_data(menu, "1sa")
    assert buttons(menu)[0] == "Size: 64 px"


async def test_two_devices_choose_at_once(bot: Background, anna: Person) -> None:
    menu = await open_settings(anna)
    answers = await asyncio.gather(
        anna.press_data(menu, "1sc:size:512"), anna.press_data(menu, "1sc:strength:75")
    )
    assert all(answer is not None and not answer.alert for answer in answers)
    fresh = await open_settings(anna)
    assert buttons(fresh)[0] == "Size: 512 px"
    assert buttons(fresh)[2] == "Strength: 75%"
