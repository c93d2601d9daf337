"""The bot as a program of its own is stopped, or killed by what it paints, or hangs: what its owners see."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.jobs import JobStatus
from bot.queue.studio import MAX_ATTEMPTS
from bot.sandbox import Message, Person, Sandbox
from bot.settings import Settings
from bot.store import Store
from styler import load_checkpoint
from styler.device import has_amx
from tests.bot.end_to_end.chat import PAINTED, is_painting, picture, result_of, results, says
from tests.bot.kills.customers import a_picture, is_failure
from tests.bot.kills.program import STARTED, Program
from tests.bot.kills.stub_bot import BLOCKS, DIARY, HANGS, KILLS

pytestmark = pytest.mark.long

EAGER = ("-m", "tests.bot.kills.eager_bot")
RED, BLUE = (200, 40, 40), (40, 40, 200)
# A painting of some seconds with the real engine, without a matrix unit too.
REAL_ENGINE = {"STYLER_SIZE": "192" if has_amx() else "128", "STYLER_QUALITY": "standard"}


@pytest.fixture
async def program(settings: Callable[..., Settings]) -> AsyncIterator[Callable[..., Program]]:
    """Makes programs, and ends them."""
    made: list[Program] = []

    def make(*what: str, **environment: str) -> Program:
        made.append(Program(settings(), *([what] if what else []), **environment))
        return made[-1]

    yield make
    for each in made:
        await each.__aexit__()


def is_under_way(message: Message) -> bool:
    """So much is painted that it can be told."""
    return is_painting(message) and bool(re.search(r"[1-9]\d?%", message.words.text))


def checkpoints(folder: Path) -> list[Path]:
    return sorted((folder / "results").glob("*.checkpoint"))


async def statuses(folder: Path) -> list[JobStatus]:
    async with Store(folder / "bot.sqlite3") as store:
        return [job.status for job in await store.open_jobs()]


@pytest.mark.parametrize("signal", ["terminate", pytest.param("kill", marks=pytest.mark.soak)])
async def test_a_painting_that_was_stopped_goes_on_where_it_was(
    program: Callable[..., Program], anna: Person, boris: Person, signal: str
) -> None:
    """With the real engine. A kill costs what was painted since its state was last kept."""
    bot = program(*EAGER, **REAL_ENGINE)
    await bot.start()
    await anna.send_photo(picture(400, 300), "/style ink")
    await anna.wait_for(is_under_way, PAINTED)
    waiting = await boris.send_photo(picture(300, 40), "/style mosaic")
    await boris.wait_for(says("Перед вами"), PAINTED)
    if signal == "terminate":
        bot.terminate()
        assert await bot.ended() == 0
        assert await statuses(bot.folder) == [JobStatus.QUEUED, JobStatus.QUEUED]
        assert "could be stopped in time" not in bot.words()
    else:
        while not checkpoints(bot.folder):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        bot.kill()
        await bot.ended()
        assert await statuses(bot.folder) == [JobStatus.RUNNING, JobStatus.QUEUED]
    [kept] = checkpoints(bot.folder)
    checkpoint = load_checkpoint(kept)
    assert checkpoint is not None and (checkpoint.scale, checkpoint.step) > (0, 0)
    said = [message.words.text for person in (anna, boris) for message in person.messages if message.from_bot]
    assert len(said) == 2, "one message each, about the painting: nothing of the stop"
    assert not [words for words in said if "😔" in words or "wrong" in words or "не так" in words]
    await bot.start()
    await bot.says(f"Painting goes on after {checkpoint.elapsed:.1f} s")
    await result_of(anna)
    assert (await result_of(boris)).reply_to is waiting
    assert len(results(anna)) == len(results(boris)) == 1
    assert len([message for message in anna.messages if message.from_bot]) == 1
    bot.terminate()
    assert await bot.ended() == 0
    assert checkpoints(bot.folder) == []
    assert "Traceback" not in bot.words()


async def test_a_photo_that_kills_the_bot_is_given_up_and_the_others_painted(
    program: Callable[..., Program], anna: Person, boris: Person
) -> None:
    bot = program(PACE="0.1")
    poison = await anna.send_photo(a_picture(RED, KILLS), "/style ink")
    await bot.start()
    for _ in range(MAX_ATTEMPTS):
        assert await bot.ended() == -9
        await bot.start()
    failure = await anna.wait_for(is_failure, PAINTED)
    assert failure.reply_to is poison
    await boris.send_photo(a_picture(BLUE), "/style ink")
    await result_of(boris)
    assert bot.is_running
    assert "did not work out" in failure.words.text


async def test_a_painting_that_hangs_is_ended_and_told_and_the_others_painted(
    program: Callable[..., Program], anna: Person, boris: Person
) -> None:
    bot = program(PACE="0.1", BOT_JOB_MINUTES="0.03")
    await bot.start()
    await anna.send_photo(a_picture(RED, HANGS), "/style ink")
    await boris.send_photo(a_picture(BLUE), "/style ink")
    await anna.wait_for(says("took too long"), PAINTED)
    await result_of(boris)
    bot.terminate()
    assert await bot.ended() == 0, "what hangs does not keep it from ending"


@pytest.mark.parametrize(
    ("width", "telegram_hangs"),
    [
        (HANGS, True),
        (BLOCKS, False),
        pytest.param(HANGS, False, marks=pytest.mark.soak),
        pytest.param(160, True, marks=pytest.mark.soak),
    ],
)
async def test_whatever_hangs_it_ends_by_itself_when_it_is_told_to(
    program: Callable[..., Program], anna: Person, sandbox: Sandbox, width: int, telegram_hangs: bool
) -> None:
    """A painting, the event loop, Telegram."""
    bot = program(PACE="600", STEP="300")
    await bot.start()
    await anna.send_photo(a_picture(RED, width), "/style ink")
    async with asyncio.timeout(STARTED):
        while not (bot.folder / DIARY).exists():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    if telegram_hangs:
        sandbox.delay_next("*", 600, times=1000)
        await asyncio.sleep(1)  # so that some calls hang already
    bot.terminate()
    assert await bot.ended() == 0
    expected = JobStatus.RUNNING if width == BLOCKS else JobStatus.QUEUED
    assert await statuses(bot.folder) == [expected], "which is begun anew at the next start"
    assert "Traceback" not in bot.words()


async def test_telegram_that_never_answers_at_the_start_does_not_keep_it_from_ending(
    program: Callable[..., Program], sandbox: Sandbox
) -> None:
    sandbox.delay_next("getMe", 600)
    bot = program()
    await bot.start()
    async with asyncio.timeout(STARTED):
        while sandbox._faults._waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    bot.terminate()
    assert await bot.ended() == 0
    assert "Traceback" not in bot.words()


async def test_an_engine_that_hangs_again_and_again_ends_the_bot_to_be_started_anew(
    program: Callable[..., Program], anna: Person, boris: Person
) -> None:
    bot = program(PACE="0.1", BOT_JOB_MINUTES="0.02")
    await bot.start()
    for color in (RED, BLUE):
        await anna.send_photo(a_picture(color, HANGS), "/style ink")
    assert await bot.ended() == 1
    assert "wants to be started anew: two paintings in a row are stuck" in bot.words()
    await boris.send_photo(a_picture(BLUE), "/style ink")
    await bot.start()
    await result_of(boris)
    assert len([message for message in anna.messages if says("took too long")(message)]) == 2


async def test_nothing_is_lost_when_telegram_is_away_while_the_bot_stops(
    program: Callable[..., Program], anna: Person, sandbox: Sandbox
) -> None:
    bot = program(PACE="0.3")
    await bot.start()
    photo = await anna.send_photo(a_picture(RED), "/style ink")
    await anna.wait_for(is_painting, PAINTED)
    async with sandbox.away():
        bot.terminate()
        assert await bot.ended() == 0
    await bot.start()
    assert (await result_of(anna)).reply_to is photo
    assert len(results(anna)) == 1
