"""Memory that is really not there: what is told to whoever asked for too much, and who comes next."""

from collections.abc import Callable

import pytest

from bot.sandbox import Message, Person
from bot.settings import Settings
from tests.bot.end_to_end.chat import PAINTED, is_result, picture
from tests.bot.kills.customers import is_failure
from tests.bot.kills.program import Program

pytestmark = pytest.mark.long

FRUGAL = ("-m", "tests.bot.kills.frugal_bot")
SETTINGS = {"STYLER_SIZE": "512", "STYLER_QUALITY": "draft"}
SLENDER, SQUARE = picture(800, 44), picture(800, 800)  # of one length, but one has a twentieth of the pixels


def answers(photo: Message) -> Callable[[Message], bool]:
    return lambda message: message.from_bot and message.reply_to is photo


async def end_of(person: Person, photo: Message) -> Message:
    """Wait for the painting, or for why there is none."""
    return await person.wait_for(
        lambda message: answers(photo)(message) and (is_result(message) or is_failure(message)), PAINTED
    )


@pytest.mark.parametrize(
    ("megabytes", "told"),
    [
        (10, "My memory was too small for this painting"),
        pytest.param(150, "It came out smaller, 256 pixels", marks=pytest.mark.soak),
    ],
)
async def test_a_painting_that_takes_more_memory_than_there_is_is_told_and_the_next_is_painted(
    settings: Callable[..., Settings], anna: Person, boris: Person, megabytes: int, told: str
) -> None:
    """With the real engine."""
    async with Program(settings(), FRUGAL, HEADROOM=str(megabytes), **SETTINGS) as bot:
        await bot.start()
        first = await boris.send_photo(SLENDER, "/style ink")
        await boris.wait_for(answers(first), PAINTED)  # or another one might be painted before it
        # These are taken before memory runs short, or the bot itself would run out while it takes one.
        too_much = await anna.send_photo(SQUARE, "/style ink")
        next_one = await boris.send_photo(SLENDER, "/style ink")
        await boris.wait_for(answers(next_one), PAINTED)
        assert is_result(await end_of(boris, first))
        assert told in (await end_of(anna, too_much)).words.text
        assert is_result(await end_of(boris, next_one))
        assert bot.starts == 1
        assert bot.is_running
        bot.terminate()
        assert await bot.ended() == 0
