"""Nobody gets, sees or moves what is somebody else's; over a sandbox that enforces Telegram's limits."""

import asyncio
import io
import itertools
from collections.abc import AsyncIterator
from concurrent.futures import Future
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.background import Background
from bot.callback_data import CODES, encode
from bot.painting.painter import EngineInfo, OnGlimpse, Painting, PaintOrder, SheetOrder, ShouldStop
from bot.sandbox import Message, Person, Sandbox
from bot.texts import label
from tests.bot.conftest import QuickPainter, StartBot
from tests.bot.end_to_end.chat import PAINTED, is_painting, is_result, picture, result_of, results, says

PEOPLE = 50
IN_GROUP = 6  # of them
ALL_TOLD = 120.0  # seconds, on a busy machine
NEAR = 12  # grey levels that two rounds of JPEG may change

Color = tuple[int, ...]

# Far from each other, and as many as there are people, twice.
COLORS: list[Color] = list(itertools.product((10, 70, 130, 190, 250), repeat=3))


def plain(color: Color) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (96, 64), color).save(file, "JPEG", quality=95)
    return file.getvalue()


def color_at(image: Image.Image, x: float) -> Color:
    found = image.convert("RGB").getpixel((int(x * image.width), image.height // 2))
    assert isinstance(found, tuple)
    return tuple(int(value) for value in found)


def is_near(one: Color, other: Color) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= NEAR


class MarkingPainter:
    """A `Painter` whose paintings show whose they are: left the photo's colour, right the style's."""

    def warm_up(self, device: str) -> "Future[EngineInfo]":
        ready: Future[EngineInfo] = Future()
        ready.set_result(EngineInfo(device, 768, on_gpu=False))
        return ready

    def paint(self, order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> "Future[Painting]":
        done: Future[Painting] = Future()
        done.set_running_or_notify_cancel()
        with Image.open(order.content) as photo:
            painting = photo.convert("RGB")
        [(style, _)] = order.styles
        if isinstance(style, Path):
            with Image.open(style) as image:
                half = Image.new("RGB", painting.size, color_at(image, 0.5))
            painting.paste(half.crop((0, 0, half.width // 2, half.height)), (painting.width // 2, 0))
        painting.save(order.output, "JPEG", quality=95)
        done.set_result(Painting(order.output, *painting.size, 0.1, stopped=False))
        return done

    def paint_sheet(
        self, order: SheetOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop
    ) -> "Future[Painting]":
        return self.paint(replace(order.cells[0], output=order.output), on_glimpse, should_stop)

    def replace(self) -> None:
        raise AssertionError("nothing is stuck here")


@pytest.fixture(autouse=True)
def hasty() -> None:
    """Here the limits are as they are."""


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(rate_limits=True) as running:
        yield running


async def test_of_fifty_people_at_once_each_gets_their_own_and_no_limit_is_exceeded(
    start_bot: StartBot, sandbox: Sandbox
) -> None:
    people = [sandbox.person(language_code="ru" if number % 2 else "en") for number in range(PEOPLE)]
    family = sandbox.group("Family", people[:IN_GROUP])
    colors = dict(zip(people, zip(COLORS[:PEOPLE], COLORS[PEOPLE : 2 * PEOPLE], strict=True), strict=True))

    async def send(person: Person) -> Message:
        photo, style = colors[person]
        first, _ = await person.send_album([plain(photo), plain(style)])
        return first

    async with start_bot(MarkingPainter()):
        sent = dict(zip(people, await asyncio.gather(*map(send, people)), strict=True))
        for person in people[:IN_GROUP]:
            photo, _ = colors[person]
            await person.in_chat(family).send_photo(plain(photo), "/style ink")
        for person in people:
            await person.wait_for(is_result, ALL_TOLD)
        in_family = people[0].in_chat(family)
        await in_family.wait_for(lambda _: len(results(in_family)) == IN_GROUP, ALL_TOLD)

    for person, (photo, style) in colors.items():
        [result] = results(person)
        assert result.reply_to is sent[person]
        image = Image.open(io.BytesIO(await person.download(result)))
        assert is_near(color_at(image, 0.25), photo)
        assert is_near(color_at(image, 0.75), style)
        assert {message.sender.id for message in person.messages} == {person.user_id, sandbox.bot.id}
    for result in results(in_family):
        assert result.reply_to is not None
        [owner] = [person for person in people if person.user_id == result.reply_to.sender.id]
        image = Image.open(io.BytesIO(await owner.download(result)))
        assert is_near(color_at(image, 0.5), colors[owner][0])
    assert sandbox.violations == {}
    assert [call for call in sandbox.calls if call.error == 429] == []


def of_job(job_id: str) -> list[str]:
    """Every kind of button that names a job, whatever will be added to them."""
    values: dict[object, Any] = {str: job_id, int: 50, bool: True, int | None: None}
    named = [kind for kind in CODES if "job_id" in {field.name for field in fields(kind)}]
    assert len(named) >= 12
    return [encode(kind(**{field.name: values[field.type] for field in fields(kind)})) for kind in named]


def job_of(message: Message) -> str:
    """The job whose buttons are under a message."""
    [job_id] = {button.data.split(":")[1] for button in message.buttons if button.data}
    return job_id


async def test_every_button_of_somebody_elses_job_is_refused(
    bot: Background, anna: Person, boris: Person, sandbox: Sandbox, painter: QuickPainter
) -> None:
    await boris.send_text("/start")
    hello = await boris.wait_for(says("Я превращаю"))
    await anna.send_photo(picture(), "/style ink")
    result = await result_of(anna)
    painter.steps = 10_000
    await anna.send_photo(picture(), "/style mosaic")
    live = await anna.wait_for(is_painting, PAINTED)
    before, kept = anna.messages, await anna.download(result)
    refusals = {label("ru", key) for key in ("not-your-job", "job-over")}
    for message in (live, result):
        for data in of_job(job_of(message)):
            answer = await boris.press_data(hello, data)
            assert answer is not None
            assert answer.text in refusals, data
    assert anna.messages == before
    assert len(boris.messages) == 2
    assert is_painting(live)
    answer = await anna.press(result, "As a file")
    assert answer is not None
    whole = await anna.wait_for(lambda message: message.document is not None)
    assert whole.reply_to is result
    assert kept == await anna.download(result)
