"""The executor with the real engine: glimpses, stopping, errors."""

import io
import threading
from collections.abc import Callable
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image

from bot.executor import StyleExecutor
from bot.painting.glimpses import Looker
from bot.painting.painter import Glimpse, PaintOrder, Shown
from styler import DeviceError, PictureError, StyleOptions, find_preset
from styler.device import default_size
from styler.images import open_picture
from tests.bot.conftest import QuickPainter
from tests.bot.end_to_end.chat import picture

INK = find_preset("ink")


@pytest.fixture
def order(tmp_path: Path) -> PaintOrder:
    (tmp_path / "photo.jpg").write_bytes(picture())
    options = StyleOptions(size=128, device="cpu")
    return PaintOrder(tmp_path / "photo.jpg", ((INK, 1.0),), options, tmp_path / "painting.jpg")


def test_a_painting_is_written_with_its_recipe(painter: QuickPainter, order: PaintOrder) -> None:
    painting = painter.paint(order, lambda _: None, lambda: False).result(60)
    assert (painting.width, painting.height) == (128, 96)
    assert not painting.stopped
    with Image.open(order.output) as image:
        assert image.size == (128, 96)
        assert b"style=ink" in image.info["comment"]


def test_glimpses_come_from_the_painting_thread(
    painter: QuickPainter, order: PaintOrder, slow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.painting.glimpses.GLIMPSE_SECONDS", 0.0)
    monkeypatch.setattr("bot.painting.glimpses.FIRST_PICTURE_SECONDS", 0.0)
    glimpses: list[Glimpse] = []
    threads: set[str] = set()

    def look(glimpse: Glimpse) -> None:
        glimpses.append(glimpse)
        threads.add(threading.current_thread().name)

    painting = painter.paint(order, look, lambda: len(glimpses) >= 12).result(60)
    assert painting.stopped
    assert order.output.exists(), "its owner may like it as it is"
    assert all(name.startswith("painter") for name in threads)
    fractions = [glimpse.fraction for glimpse in glimpses]
    assert fractions == sorted(fractions)
    pictures = [glimpse.picture for glimpse in glimpses if glimpse.picture]
    assert len(pictures) == 1, "one at first, the next one seconds later"
    assert glimpses[7].picture is not None
    assert Image.open(io.BytesIO(pictures[0])).format == "JPEG"


def test_for_its_glimpses_the_photo_is_opened_once_and_kept_small(
    order: PaintOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of some kilobytes may unpack to gigabytes, and all waits while it is opened."""
    Image.new("RGB", (2000, 1500), "red").save(order.content, "PNG")
    monkeypatch.setattr("bot.painting.glimpses.PICTURE_SECONDS", 0.0)
    monkeypatch.setattr("bot.painting.glimpses.GLIMPSE_SECONDS", 0.0)
    monkeypatch.setattr("bot.painting.glimpses.FIRST_PICTURE_SECONDS", 0.0)
    opened: list[object] = []

    def opening(*arguments: Any) -> Image.Image:
        opened.append(arguments)
        return open_picture(*arguments)

    monkeypatch.setattr("bot.painting.glimpses.open_picture", opening)
    glimpses: list[Glimpse] = []
    look = Looker(replace(order, shown=Shown(50)), glimpses.append)
    for side in (64, 128, 640):
        canvas = Image.new("RGB", (side, side * 3 // 4), "blue")
        look(progress(step=9, picture=lambda canvas=canvas: canvas.copy()))
    assert len(opened) == 1
    assert look._rough_photo.size == (640, 480)
    shown = [Image.open(io.BytesIO(each.picture or b"")) for each in glimpses]
    assert [each.size for each in shown] == [(64, 48), (128, 96), (640, 480)]
    for each in shown:
        red, _, blue = each.convert("RGB").resize((1, 1)).getpixel((0, 0))
        assert abs(red - 127) < 8
        assert abs(blue - 127) < 8


def progress(step: int, picture: Callable[[], Image.Image]) -> Any:
    """What the engine tells, as far as it is looked at."""
    return SimpleNamespace(step=step, picture=picture, fraction=0.5, remaining=1.0)


def test_a_bad_picture_is_the_engines_error(painter: QuickPainter, order: PaintOrder) -> None:
    order.content.write_bytes(b"no picture")
    with pytest.raises(PictureError):
        painter.paint(order, lambda _: None, lambda: False).result(60)


def test_what_the_engine_finds_here(painter: QuickPainter) -> None:
    engine = painter.warm_up("cpu").result(60)
    assert (engine.device, engine.default_size) == ("cpu", default_size(torch.device("cpu")))
    with pytest.raises(DeviceError):
        painter.warm_up("cuda:99").result(60)


def test_one_thing_at_a_time_and_idle_after_it() -> None:
    executor = StyleExecutor()
    gate, order = threading.Event(), []
    first = executor.submit(lambda: (gate.wait(10), order.append(1)))
    second = executor.submit(lambda: order.append(2))
    assert not executor.is_idle(0.01)
    gate.set()
    wait([first, second], 10)
    assert order == [1, 2]
    assert executor.is_idle(5)
    executor.shutdown()
