"""The executor with the real engine: glimpses, stopping, errors."""

import io
import threading
from concurrent.futures import wait
from pathlib import Path

import pytest
import torch
from PIL import Image

from bot.executor import StyleExecutor
from bot.painting.painter import Glimpse, PaintOrder
from styler import DeviceError, PictureError, StyleOptions, find_preset
from styler.device import default_size
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
