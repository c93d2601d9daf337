"""A Dask scheduler that is away, at the start or later: the bot waits for it, and nothing is lost."""

import asyncio
import gc
import logging
import socketserver
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from distributed import LocalCluster

from bot.dask.executor import DaskExecutor
from bot.dialogue_states import Idle
from bot.jobs import Job, JobStatus
from bot.painting.painter import EngineAway, EngineInfo, OnGlimpse, Painting, PaintOrder, ShouldStop
from bot.queue.open_jobs import Run
from bot.queue.watchdog import Watchdog
from bot.sandbox import Person
from bot.storage.pictures import Pictures
from bot.store import Store
from bot.worker import Cancel, Worker
from styler import DeviceError, StyleOptions, find_preset
from tests.bot.conftest import STEPS, NewJob, Serve, StartBot
from tests.bot.easel_painter import status_of
from tests.bot.end_to_end.chat import picture, result_of, says
from tests.patience import PATIENCE

LONG = 10_000  # steps, which nobody waits for

Cluster = Callable[..., AbstractContextManager[LocalCluster]]
Gate = Callable[..., None]


# Dask gives a connection that it cuts short, as this haste makes it on a busy machine, to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(autouse=True)
def hasty_dask(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("bot.dask.executor.CONNECT_SECONDS", 0.7)
    monkeypatch.setattr("bot.dask.executor.KNOCK_SECONDS", 0.2)
    for module in ("dask.executor", "queue.easel"):
        monkeypatch.setattr(f"bot.{module}.AGAIN_SECONDS", 0.1)
    yield
    gc.collect()  # here, where the warning is expected


class DaskPainter(DaskExecutor):
    """As many steps as the test wants."""

    steps = STEPS

    def paint(self, order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> Future[Painting]:
        quick = replace(order, options=replace(order.options, steps=self.steps))
        return super().paint(quick, on_glimpse, should_stop)


@pytest.fixture
def address(port: int) -> str:
    return f"tcp://127.0.0.1:{port}"


@pytest.fixture
def painter(address: str) -> Iterator[DaskPainter]:
    executor = DaskPainter(address)
    yield executor
    executor.shutdown()


@pytest.fixture
def cluster(port: int) -> Cluster:
    """Starts a scheduler at the painter's address, with so many workers: `with cluster(1):`."""

    @contextmanager
    def start(workers: int) -> Iterator[LocalCluster]:
        with LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=False,
            protocol="tcp",
            host="127.0.0.1",
            scheduler_port=port,
            dashboard_address=":0",
        ) as running:
            yield running

    return start


@pytest.fixture
def gate() -> Iterator[Gate]:
    """Listens where the scheduler should: hangs up on whoever comes, as a tunnel does, or says nothing."""
    servers: list[socketserver.TCPServer] = []
    over = threading.Event()

    def listen(port: int, *, mute: bool) -> None:
        class Answer(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                if mute:
                    while not over.is_set() and self.request.recv(4096):
                        pass

        servers.append(socketserver.ThreadingTCPServer(("127.0.0.1", port), Answer))
        servers[-1].daemon_threads = True
        threading.Thread(target=servers[-1].serve_forever, args=(0.05,), daemon=True).start()

    yield listen
    over.set()
    for server in servers:
        server.shutdown()
        server.server_close()


@asynccontextmanager
async def off_the_loop(cluster: AbstractContextManager[LocalCluster]) -> AsyncIterator[LocalCluster]:
    """The same, as starting and stopping it would keep the bot waiting."""
    running = await asyncio.to_thread(cluster.__enter__)
    try:
        yield running
    finally:
        await asyncio.to_thread(cluster.__exit__, None, None, None)


async def test_a_bot_whose_scheduler_comes_later_takes_pictures_meanwhile(
    start_bot: StartBot,
    painter: DaskPainter,
    cluster: Cluster,
    anna: Person,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "bot.queue.easel")

    def told(words: str) -> int:
        return sum(words in record.getMessage() for record in caplog.records)

    async with start_bot(painter) as background:
        await until(lambda: told("Nothing can be painted") > 0)
        await anna.send_photo(picture(), "/style ink")
        await anna.wait_for(says("Ink"))
        await anna.send_text("/status")
        async with off_the_loop(cluster(0)) as running:
            await asyncio.sleep(1.5)  # a scheduler without a worker is of no use yet
            assert not background.broken.done()
            assert told("The engine is there") == 0
            running.scale(1)
            await result_of(anna)
            assert told("The engine is there: cpu") == 1
        assert told("Nothing can be painted") == 1, "once"
        assert not background.broken.done()


async def test_a_bot_that_waits_for_a_scheduler_stops_at_once(
    start_bot: StartBot, painter: DaskPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.GRACE_SECONDS", 2 * PATIENCE)
    async with start_bot(painter):
        await asyncio.sleep(0.3)
        began = time.monotonic()
    assert time.monotonic() - began < PATIENCE  # not all the grace that a painting has


async def test_a_device_that_the_worker_does_not_have_is_not_waited_for(
    start_bot: StartBot, painter: DaskPainter, cluster: Cluster
) -> None:
    async with off_the_loop(cluster(1)), start_bot(painter, styler_device="cuda:99") as background:
        async with asyncio.timeout(PATIENCE):
            error = await background.broken
        assert isinstance(error, DeviceError) and not isinstance(error, EngineAway)
        assert "cuda:99" in str(error)


async def test_a_scheduler_that_is_away_is_no_lost_engine(painter: DaskPainter) -> None:
    await Watchdog(painter, "cpu", PATIENCE).after(RuntimeError("something odd"))


def test_certificates_that_are_missing_are_told(port: int) -> None:
    painter = DaskExecutor(f"tls://127.0.0.1:{port}")
    with pytest.raises(DeviceError, match="ssl_context") as raised:
        painter.warm_up("cpu").result(PATIENCE)
    assert not isinstance(raised.value, EngineAway)
    painter.shutdown()


@pytest.mark.parametrize("behind", ["nobody", "a tunnel", "somebody mute"])
def test_waiting_long_for_a_scheduler_takes_nothing(
    behind: str, painter: DaskPainter, port: int, gate: Gate
) -> None:
    if behind != "nobody":
        gate(port, mute=behind == "somebody mute")

    def look() -> None:
        with pytest.raises(EngineAway, match="no Dask scheduler"):
            painter.warm_up("cpu").result(PATIENCE)

    look()
    before = threading.active_count(), open_files()
    for _ in range(5):
        look()

    def is_given_back() -> bool:
        gc.collect()
        return threading.active_count() <= before[0] and open_files() <= before[1]

    wait_until(is_given_back)  # the gate ends its own side of a connection when it comes to it


ENDED = threading.Event()


def never(device: str) -> EngineInfo:
    ENDED.wait(PATIENCE)
    return EngineInfo(device, 768, on_gpu=False)


def test_a_worker_that_ends_while_it_is_asked_is_away(
    painter: DaskPainter, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.dask.worker.look", never)
    monkeypatch.setattr("bot.dask.executor.CONNECT_SECONDS", 3.0)
    ENDED.clear()
    with cluster(1) as running:
        answer = painter.warm_up("cpu")
        [worker] = running.workers.values()
        wait_until(lambda: bool(worker.state.executing))
        running.scale(0)
        try:
            with pytest.raises(EngineAway, match="or it has no worker"):
                answer.result(PATIENCE)
        finally:
            ENDED.set()


def test_a_stop_while_the_scheduler_is_away_leaves_no_half_of_an_earlier_attempt(
    painter: DaskPainter, tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(picture())
    output, checkpoint = tmp_path / "painting.jpg", tmp_path / "checkpoint"
    output.write_bytes(picture())
    checkpoint.write_bytes(b"how far it was")
    order = PaintOrder(
        tmp_path / "photo.jpg",
        ((find_preset("ink"), 1.0),),
        StyleOptions(size=128, device="cpu"),
        output,
        checkpoint=checkpoint,
    )
    assert painter.paint(order, lambda _: None, lambda: True).result(PATIENCE).stopped
    assert not output.exists()
    assert checkpoint.exists()


async def test_enough_while_the_scheduler_is_away_loses_nothing(
    serve: Serve,
    painter: DaskPainter,
    cluster: Cluster,
    anna: Person,
    store: Store,
    pictures: Pictures,
    new_job: NewJob,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.painting.checkpoints.CHECKPOINT_SECONDS", 0.2)
    monkeypatch.setattr("bot.painting.glimpses.GLIMPSE_SECONDS", 0.0)
    painter.steps = LONG
    job: Job = await new_job(anna)
    checkpoint = pictures.result_path(f"{job.id}.checkpoint")
    async with serve() as worker:
        async with off_the_loop(cluster(1)):
            await worker.enqueue(job, Idle())
            await until(checkpoint.exists)
        painter.steps = STEPS
        assert worker.enough(job.id, anna.user_id) is Cancel.STOPPED
        await until(lambda: is_begun_anew(worker, job))
        begun_anew = await status_of(store, job, JobStatus.RUNNING)
        assert begun_anew.attempts == 1, "it was no fault of its own"
        assert checkpoint.exists()
        async with off_the_loop(cluster(1)):
            await anna.wait_for(says("🖼"))
            await status_of(store, job, JobStatus.DONE)


async def test_a_painting_that_could_not_be_begun_took_no_time(painter: DaskPainter, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(picture())
    order = PaintOrder(
        tmp_path / "photo.jpg",
        ((find_preset("ink"), 1.0),),
        StyleOptions(size=128, device="cpu"),
        tmp_path / "painting.jpg",
    )
    run = Run("job")
    painting = await Watchdog(painter, "cpu", 0.2).paint(
        lambda: painter.paint(order, lambda _: None, run.stop.is_set), run
    )
    assert painting.stopped and run.overdue


def is_begun_anew(worker: Worker, job: Job) -> bool:
    run = worker._jobs.run_of(job.id)
    return run is not None and not run.enough


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110 - neither logs nor files ring a bell
            await asyncio.sleep(0.02)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)
