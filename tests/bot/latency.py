"""How soon the bot answers while the engine paints on every core: figures, no verdict.

    .venv/bin/python -m tests.bot.latency

Somebody has a large picture painted; somebody else presses buttons and writes. Sandbox, bot and engine share
one program here, so that what is measured is rather too long than too short. docs/chat.md has
what came of it.
"""

import asyncio
import io
import logging
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from PIL import Image

from bot.app import running_bot
from bot.executor import StyleExecutor
from bot.sandbox import Message, Person, Sandbox
from bot.settings import load_settings
from styler.allocator import keep_memory
from tests.bot.end_to_end.chat import is_painting, is_question, is_result, labels, says
from tests.bot.walk import PORTRAIT

ROUNDS = 12
PATIENCE = 300.0  # seconds
BEAT = 1.6  # seconds between two things: who is faster for long is answered no faster, by Telegram's rules
Question = Callable[[Message], object]
T = TypeVar("T")


class Stopwatch:
    """Seconds by what was done."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)

    async def time(self, name: str, answer: Awaitable[T]) -> T:
        """Wait for the answer, and note how long it took; then wait a little."""
        started = time.perf_counter()
        result = await answer
        self.seconds[name].append(time.perf_counter() - started)
        await asyncio.sleep(BEAT)
        return result

    def report(self) -> str:
        """A line for each: the middle one, the longest."""
        lines = [f"{'':44} {'median':>8} {'longest':>8}   of {ROUNDS} each, in seconds"]
        for name, all_of in self.seconds.items():
            lines.append(f"{name:44} {statistics.median(all_of):8.3f} {max(all_of):8.3f}")
        return "\n".join(lines)


def large_photo() -> bytes:
    """The portrait, enlarged, so that painting it takes long."""
    file = io.BytesIO()
    Image.open(PORTRAIT).resize((2048, 2048)).save(file, "JPEG")
    return file.getvalue()


async def asked(person: Person, words: str, answer: Question) -> Message:
    """Write, and wait for the answer."""
    sent = await person.send_text(words)
    return await person.wait_for(answer, PATIENCE, after=sent)


async def photo_asked(person: Person, photo: bytes) -> Message:
    sent = await person.send_photo(photo)
    return await person.wait_for(lambda each: is_question(each) and each.reply_to is sent, PATIENCE)


async def pressed_and_shown(person: Person, message: Message, button: str) -> None:
    """Press, and wait until the painting is another one."""
    before = labels(message)
    await person.press(message, button, PATIENCE)
    await person.wait_for(lambda each: each is message and labels(each) != before, PATIENCE)


async def one_round(person: Person, painting: Message, photo: bytes, number: int, watch: Stopwatch) -> None:
    """Everything once; in the end all is as it was, so that the next round measures the same."""
    question = await watch.time("a photo -> the question for its style", photo_asked(person, photo))
    await watch.time("press on the next page -> its answer", person.press(question, "›", PATIENCE))
    await watch.time("press on Cancel -> its answer", person.press(question, "Cancel", PATIENCE))
    percent = ("50%", "25%")[number % 2]
    await watch.time("press on a strength -> the new picture", pressed_and_shown(person, painting, percent))
    await watch.time("/status -> its answer", asked(person, "/status", says("nothing to paint")))
    await watch.time("/style -> the sheet of styles", asked(person, "/style", says("Styles")))


async def measure(painter: StyleExecutor, folder: Path, watch: Stopwatch) -> None:
    """The rounds, with a painting under way from beginning to end."""
    photo = PORTRAIT.read_bytes()
    async with Sandbox() as sandbox:
        settings = load_settings(
            None, bot_token=sandbox.token, bot_api_url=sandbox.api_url, bot_data_dir=folder
        )
        anna, boris = sandbox.person(1001), sandbox.person(1002)
        async with running_bot(settings, painter):
            await anna.send_photo(photo, "/style ink")
            painting = await anna.wait_for(is_result, PATIENCE)
            await asked(boris, "/settings", says("Настройки"))
            await boris.press_data(boris.messages[-1], "1sc:quality:best")
            await boris.press_data(boris.messages[-1], "1sc:size:1024")
            for _ in range(settings.bot_max_jobs_per_user):
                await boris.send_photo(large_photo(), "/style great wave")
            for number in range(ROUNDS):
                await boris.wait_for(is_painting, PATIENCE)  # while it is shown, the engine is at work
                await one_round(anna, painting, photo, number, watch)
            await boris.wait_for(is_painting, PATIENCE)  # and still is


def main() -> int:
    """0."""
    logging.disable(logging.WARNING)
    keep_memory()
    painter, watch = StyleExecutor(), Stopwatch()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(painter, Path(folder), watch))
    painter.shutdown()
    sys.stdout.write(watch.report() + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
