"""Each way of sending pictures, from the chat to the painting, over the sandbox and with the real engine."""

import io

from PIL import Image

from bot.background import Background
from bot.sandbox import Message, Person
from tests.bot.conftest import picture

PAINTED = 30.0  # seconds that a small painting may take on a busy machine


def is_question(message: Message) -> bool:
    return message.from_bot and "Which style?" in message.words.text


def is_result(message: Message) -> bool:
    return message.from_bot and "🖼" in message.words.text


async def size_of(person: Person, message: Message) -> tuple[int, int]:
    return Image.open(io.BytesIO(await person.download(message))).size


async def test_a_photo_and_a_preset_button(bot: Background, anna: Person) -> None:
    photo = await anna.send_photo(picture())
    question = await anna.wait_for(is_question)
    await anna.press(question, "Starry Night")
    result = await anna.wait_for(is_result, PAINTED)
    assert result.photo is not None
    assert result.reply_to is photo
    assert await size_of(anna, result) == (128, 96)
    assert [message.id for message in anna.messages] == [photo.id, result.id]
