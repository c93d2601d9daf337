"""What end-to-end tests look for in a chat, and the pictures they send."""

import io

from PIL import Image, ImageDraw

from bot.sandbox import Message, Person

PAINTED = 100.0  # seconds that a small painting may take on a busy machine


def picture(width: int = 200, height: int = 150, color: str = "steelblue", format: str = "JPEG") -> bytes:
    """A small picture with something in it."""
    image = Image.new("RGB", (width, height), color)
    draw = ImageDraw.Draw(image)
    draw.ellipse((width // 4, height // 4, 3 * width // 4, 3 * height // 4), fill="gold", outline="black")
    draw.line((0, 0, width, height), fill="darkred", width=5)
    file = io.BytesIO()
    image.save(file, format)
    return file.getvalue()


def is_question(message: Message) -> bool:
    """The bot asks for a style."""
    return says("Which style?", "Какой стиль?")(message)


def is_result(message: Message) -> bool:
    """A painting."""
    return says("🖼")(message)


def is_painting(message: Message) -> bool:
    """A live message of a job that is being painted, with the first progress."""
    return says("▰", "▱")(message)


class says:
    """Whether a message of the bot has one of these words in it."""

    def __init__(self, *words: str) -> None:
        self._words = words

    def __call__(self, message: Message) -> bool:
        return message.from_bot and any(word in message.words.text for word in self._words)

    def __repr__(self) -> str:
        return f"says{self._words}"


def title_of(message: Message) -> str:
    """The first line: "🖼 Starry Night". Below it stands the recipe."""
    return message.words.text.partition("\n")[0]


async def result_of(person: Person, after: Message | None = None) -> Message:
    """Wait for the painting."""
    return await person.wait_for(is_result, PAINTED, after=after)


async def size_of(person: Person, message: Message) -> tuple[int, int]:
    """Width and height of a picture in the chat."""
    return Image.open(io.BytesIO(await person.download(message))).size


def results(person: Person) -> list[Message]:
    """All paintings in the chat."""
    return [message for message in person.messages if is_result(message)]


def labels(message: Message) -> list[str]:
    """What its buttons say."""
    return [button.text for button in message.buttons]


async def changed(person: Person, message: Message, press: str) -> None:
    """Press a button and wait until other ones have come of it."""
    before = labels(message)
    await person.press(message, press)
    await person.wait_for(lambda each: each is message and labels(each) != before)
