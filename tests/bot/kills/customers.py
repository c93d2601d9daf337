"""People who send photos in every way there is, and know what is owed to them."""

import asyncio
import io
import random
from dataclasses import dataclass

import numpy as np
from PIL import Image

from bot.sandbox import Message, Person
from tests.bot.end_to_end.chat import is_question, is_result, says

PATIENCE = 4.0  # seconds without an answer, before somebody presses once more
BUTTON = "1. Starry Night"
is_failure = says("😔")
is_trouble = says("Something went wrong on my side")
is_call = says("Your painting is ready")
is_list = says("painted in the style")  # of styles, or of what is in work


@dataclass(slots=True)
class Order:
    """A photo that somebody wants painted."""

    person: Person
    photo: Message
    color: tuple[int, int, int]

    @property
    def answers(self) -> list[Message]:
        """All that the bot said about it, but for the question for a style."""
        said = [each for each in self.person.messages if each.from_bot and each.reply_to is self.photo]
        return [each for each in said if not is_question(each)]

    @property
    def results(self) -> list[Message]:
        return [each for each in self.answers if is_result(each) and each.media is not None]

    @property
    def failures(self) -> list[Message]:
        return [each for each in self.answers if is_failure(each)]

    @property
    def troubles(self) -> list[Message]:
        """Where it was given up before it was taken: told without saying which photo is meant."""
        said = [each for each in self.person.messages if is_trouble(each) and each.id > self.photo.id]
        return [] if self.answers else said

    @property
    def orphans(self) -> list[Message]:
        """What is left standing and will never become anything."""
        return [each for each in self.answers if each not in (*self.results, *self.failures)]

    @property
    def is_settled(self) -> bool:
        return bool(self.results or self.failures or self.troubles)

    async def is_own(self) -> bool:
        """Whether the painting is of this photo."""
        content = await self.person.download(self.results[0])
        seen = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), float).mean((0, 1))
        return float(np.abs(seen - np.array(self.color)).max()) < 8


class Customer:
    """One person, who sends one photo after another, each once the bot has taken the one before."""

    def __init__(self, person: Person, seed: int) -> None:
        self.person = person
        self.orders: list[Order] = []
        self._random = random.Random(seed)

    async def order(self, way: str | None = None) -> None:
        """Until the bot shows that it took it."""
        color = tuple(self._random.randrange(20, 236) for _ in range(3))
        picture = a_picture(color)
        match way or self._random.choice(("caption", "press", "album", "words")):
            case "caption":
                await self._wait(await self._photo(picture, color, "/style ink"))
            case "press":
                await self._press(await self._photo(picture, color, None))
            case "words":
                order = await self._photo(picture, color, None)
                await self.person.send_text("/style ink")
                await self._wait(order)
            case "album":
                photo, _ = await self.person.send_album([picture, a_picture((9, 9, 9))], gap=0.2)
                self.orders.append(Order(self.person, photo, color))
                await self._wait(self.orders[-1])

    async def _photo(self, picture: bytes, color: tuple[int, int, int], caption: str | None) -> Order:
        self.orders.append(Order(self.person, await self.person.send_photo(picture, caption), color))
        return self.orders[-1]

    async def _wait(self, order: Order) -> None:
        while not (order.answers or order.troubles):  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    async def _press(self, order: Order) -> None:
        """Presses until something comes of it."""
        while not (order.answers or order.troubles):
            questions = [
                each for each in self.person.messages if is_question(each) and each.id > order.photo.id
            ]
            if not questions:
                await asyncio.sleep(0.05)
                continue
            await self.person.press(questions[-1], BUTTON, timeout=PATIENCE)
            for _ in range(int(PATIENCE / 0.05)):
                if order.answers:
                    break
                await asyncio.sleep(0.05)


def a_picture(color: tuple[int, int, int], width: int = 160) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, 120), color).save(file, "JPEG")
    return file.getvalue()
