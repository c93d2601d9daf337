"""Memory that is really not there: what is told to whoever asked for too much, and who comes next."""

from collections.abc import Callable

import pytest

from bot.sandbox import Message, Person
from bot.settings import Settings
from tests.bot.end_to_end.chat import PAINTED, is_result, picture, result_of
from tests.bot.kills.customers import is_failure
from tests.bot.kills.program import Program

pytestmark = pytest.mark.long

FRUGAL = ("-m", "tests.bot.kills.frugal_bot")
SETTINGS = {"STYLER_SIZE": "512", "STYLER_QUALITY": "draft"}
SLENDER, SQUARE = picture(800, 44), picture(800, 800)  # of one length, but one has a twentieth of the pixels


@pytest.mark.parametrize(
    ("megabytes", "told"),
    [
        (10, "My memory was too small for this picture"),
        pytest.param(150, "It came out smaller, 256 pixels", marks=pytest.mark.soak),
    ],
)
async def test_a_painting_that_takes_more_memory_than_there_is_is_told_and_the_next_is_painted(
    settings: Callable[..., Settings], anna: Person, boris: Person, megabytes: int, told: str
) -> None:
    """With the real engine."""

    def is_end(message: Message) -> bool:
        return is_result(message) or is_failure(message)

    async with Program(settings(), FRUGAL, HEADROOM=str(megabytes), **SETTINGS) as bot:
        await bot.start()
        first = await anna.send_photo(SLENDER, "/style ink")
        assert (await result_of(anna)).reply_to is first
        too_much = await anna.send_photo(SQUARE, "/style ink")
        next_one = await boris.send_photo(SLENDER, "/style ink")
        end = await anna.wait_for(lambda message: is_end(message) and message.reply_to is too_much, PAINTED)
        assert told in end.words.text
        assert (await result_of(boris)).reply_to is next_one
        assert bot.starts == 1
        assert bot.is_running
        bot.terminate()
        assert await bot.ended() == 0
