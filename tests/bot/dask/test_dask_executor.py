"""Painting at the workers of a Dask scheduler: a real one, over TCP, with the real engine."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cloudpickle
import pytest
from distributed import LocalCluster
from PIL import Image

from bot.dask.executor import DaskExecutor
from bot.dask.parcels import pack, unpack
from bot.executor import StyleExecutor
from bot.operation import ailments
from bot.operation.ailments import Ailment
from bot.painting.painter import EngineAway, Glimpse, PaintOrder, SheetOrder, Shown
from bot.sandbox import Person
from bot.settings import Settings
from styler import DeviceError, PictureError, StyleOptions, find_preset
from tests.bot.conftest import STEPS, StartBot
from tests.bot.end_to_end.chat import picture, result_of
from tests.patience import PATIENCE

pytestmark = pytest.mark.long

LONG = 10_000  # steps, which nobody waits for


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A scheduler and a worker, in this process."""
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=":0"
    ) as running:
        yield running


@pytest.fixture
def painter(cluster: LocalCluster) -> Iterator[StyleExecutor]:
    executor = DaskExecutor(cluster.scheduler_address)
    yield executor
    executor.shutdown()


@pytest.fixture
def order(tmp_path: Path) -> PaintOrder:
    (tmp_path / "photo.jpg").write_bytes(picture())
    (tmp_path / "style.png").write_bytes(picture(color="seagreen"))
    options = StyleOptions(size=128, steps=STEPS, device="cpu")
    styles = ((find_preset("ink"), 1.0), (tmp_path / "style.png", 2.0))
    output, checkpoint = tmp_path / "painting.jpg", tmp_path / "checkpoint"
    return PaintOrder(tmp_path / "photo.jpg", styles, options, output, checkpoint=checkpoint)


@pytest.fixture
def begin() -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """Starts `dask scheduler ...` or `dask worker ...` as a program of its own."""
    begun: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str) -> "subprocess.Popen[bytes]":
        begun.append(subprocess.Popen([sys.executable, "-m", "dask", *arguments], stderr=subprocess.DEVNULL))
        return begun[-1]

    yield run
    for each in begun:
        each.kill()
        each.wait()


def long(order: PaintOrder) -> PaintOrder:
    return replace(order, options=replace(order.options, steps=LONG))


def test_the_same_painting_as_here(painter: StyleExecutor, order: PaintOrder, tmp_path: Path) -> None:
    there = painter.paint(order, lambda _: None, lambda: False).result(PATIENCE)
    assert there == replace(there, path=order.output, width=128, height=96, stopped=False)
    here = StyleExecutor()
    own = replace(order, output=tmp_path / "own.jpg")
    here.paint(own, lambda _: None, lambda: False).result(PATIENCE)
    here.shutdown()
    with Image.open(order.output) as painting, Image.open(own.output) as beside:
        assert painting.tobytes() == beside.tobytes()
        assert painting.info["comment"] == beside.info["comment"], "the recipe names the preset, not a path"
    assert order.checkpoint is not None and not order.checkpoint.exists()


def test_it_is_seen_growing_and_stops_within_a_step(
    painter: StyleExecutor, order: PaintOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.painting.glimpses.GLIMPSE_SECONDS", 0.0)
    monkeypatch.setattr("bot.painting.checkpoints.CHECKPOINT_SECONDS", 0.2)
    assert order.checkpoint is not None
    glimpses: list[Glimpse] = []
    painting = painter.paint(
        long(order), glimpses.append, lambda: len(glimpses) > 20 and order.checkpoint.exists()
    ).result(PATIENCE)
    assert painting.stopped
    fractions = [glimpse.fraction for glimpse in glimpses]
    assert fractions == sorted(fractions)
    assert any(glimpse.picture for glimpse in glimpses)
    with Image.open(order.output) as image:
        assert image.size == (128, 96)
    again = painter.paint(long(order), glimpses.append, lambda: glimpses[-1].fraction > fractions[-1]).result(
        PATIENCE
    )
    assert again.seconds > painting.seconds, "it went on where it stood"


def test_what_is_wrong_there_is_told_here(painter: StyleExecutor, order: PaintOrder) -> None:
    order.content.write_bytes(b"no picture")
    with pytest.raises(PictureError) as raised:
        painter.paint(order, lambda _: None, lambda: False).result(PATIENCE)
    assert raised.value.reason == "not-an-image"


def test_a_sheet_is_put_together_here(painter: StyleExecutor, order: PaintOrder, tmp_path: Path) -> None:
    cells = tuple(
        replace(order, styles=(style,), output=tmp_path / f"{number}.png", checkpoint=None)
        for number, style in enumerate(order.styles)
    )
    sheet = SheetOrder(cells, ("Ink", ""), tmp_path / "sheet.jpg")
    assert not painter.paint_sheet(sheet, lambda _: None, lambda: False).result(PATIENCE).stopped
    with Image.open(sheet.output) as image:
        assert image.width > 2 * 128


def test_what_the_engine_finds_there(painter: StyleExecutor) -> None:
    assert painter.warm_up("cpu").result(PATIENCE).device == "cpu"
    with pytest.raises(DeviceError, match="cuda:99"):
        painter.warm_up("cuda:99").result(PATIENCE)


def test_stopped_before_anybody_begins(
    cluster: LocalCluster, painter: StyleExecutor, order: PaintOrder
) -> None:
    other = DaskExecutor(cluster.scheduler_address)
    stop, seen = threading.Event(), threading.Event()
    busy = painter.paint(long(order), lambda _: seen.set(), stop.is_set)
    assert seen.wait(PATIENCE)
    waiting = other.paint(replace(order, checkpoint=None), lambda _: None, lambda: True).result(PATIENCE)
    assert (waiting.stopped, waiting.width) == (True, 0)
    stop.set()
    assert busy.result(PATIENCE).stopped
    other.shutdown()


KILLED_BOT = """
import pickle, sys
from bot.dask.executor import DaskExecutor
order = pickle.load(open(sys.argv[2], "rb"))
DaskExecutor(sys.argv[1]).paint(order, lambda glimpse: print("seen", flush=True), lambda: False).result()
"""


def test_a_painting_whose_bot_was_killed_does_not_keep_the_worker(
    cluster: LocalCluster, painter: StyleExecutor, order: PaintOrder, tmp_path: Path
) -> None:
    (tmp_path / "order").write_bytes(cloudpickle.dumps(long(order)))
    command = [sys.executable, "-c", KILLED_BOT, cluster.scheduler_address, str(tmp_path / "order")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as bot:
        assert bot.stdout is not None and bot.stdout.readline() == b"seen\n"
        bot.kill()
    own = replace(order, checkpoint=None)
    assert not painter.paint(own, lambda _: None, lambda: False).result(PATIENCE).stopped


def test_a_parcel_names_no_place(order: PaintOrder, tmp_path: Path) -> None:
    parcel = pack(replace(order, shown=Shown(40, keep_colors=True)))
    assert str(tmp_path) not in repr(parcel.order)
    (tmp_path / "there").mkdir()
    unpacked = unpack(parcel, tmp_path / "there")
    assert unpacked.content.read_bytes() == order.content.read_bytes()
    assert [weight for _, weight in unpacked.styles] == [1.0, 2.0]
    assert (unpacked.shown, unpacked.options) == (Shown(40, keep_colors=True), order.options)


def test_a_scheduler_that_is_killed_costs_no_painting(
    begin: Callable[..., "subprocess.Popen[bytes]"],
    order: PaintOrder,
    port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = f"tcp://127.0.0.1:{port}"

    def begin_both() -> "list[subprocess.Popen[bytes]]":
        return [
            begin("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"),
            begin("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"),
        ]

    monkeypatch.setattr("bot.dask.executor.CONNECT_SECONDS", 1.0)
    with pytest.raises(DeviceError, match=f"no Dask scheduler at {address}"):
        DaskExecutor(address).warm_up("cpu").result(PATIENCE)
    both = begin_both()
    painter, glimpses = DaskExecutor(address), list[Glimpse]()
    stop = threading.Event()
    painting = painter.paint(long(order), glimpses.append, stop.is_set)
    wait_until(lambda: len(glimpses) > 3)
    for each in both:
        each.kill()
        each.wait()
    seen = len(glimpses)
    begin_both()
    wait_until(lambda: len(glimpses) > seen + 3)
    stop.set()
    assert painting.result(PATIENCE).stopped
    painter.shutdown()


def test_dask_must_be_installed(settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = settings(styler_executor="tcp://10.0.0.2:8786")
    ailments.check_executor(elsewhere)
    monkeypatch.setattr("bot.operation.ailments.find_spec", lambda name: None)
    ailments.check_executor(settings())
    with pytest.raises(Ailment, match="Dask is not installed") as raised:
        ailments.check_executor(elsewhere)
    assert "stylebot[dask]" in raised.value.remedy


async def test_a_chat_whose_paintings_are_painted_there(
    start_bot: StartBot, painter: StyleExecutor, anna: Person
) -> None:
    async with start_bot(painter):
        photo = await anna.send_photo(picture(), "/style ink")
        assert (await result_of(anna)).reply_to is photo


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def sleep(device: str) -> None:
    """In place of a look at what the worker has."""
    time.sleep(5)


def test_a_worker_that_does_not_answer_is_away(
    painter: StyleExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.dask.worker.look", sleep)
    monkeypatch.setattr("bot.dask.executor.ANSWER_SECONDS", -1.0)
    with pytest.raises(EngineAway, match="its worker has not answered"):
        painter.warm_up("cpu").result(PATIENCE)
