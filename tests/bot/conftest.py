"""A running bot over a sandbox: the real application, the real engine, small pictures."""

import itertools
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from telegram.ext import ExtBot

from bot.api.pace import Rate
from bot.app import running_bot
from bot.assembly import build_application, make_parts
from bot.background import Background
from bot.chat.results import Results
from bot.conversation.kept_photos import KeptPhotos
from bot.delivery import Delivery
from bot.executor import StyleExecutor
from bot.fair_queue import FairQueue
from bot.jobs import Job
from bot.painting.estimates import Estimates
from bot.painting.orders import Orders
from bot.painting.painter import OnGlimpse, Painter, Painting, PaintOrder, SheetOrder, ShouldStop
from bot.precedence import Precedence
from bot.queue.admission import Admission
from bot.queue.open_jobs import OpenJobs
from bot.queue.watchdog import Watchdog
from bot.sandbox import Person, Sandbox
from bot.settings import Settings, load_settings
from bot.storage.examiners import Examiners
from bot.storage.pictures import Pictures
from bot.store import Store
from bot.worker import Worker
from styler import load_presets
from tests.bot.end_to_end.chat import picture
from tests.bot.programs import start as start  # a fixture for all
from tests.bot.some_jobs import a_job

STEPS = 2
StartBot = Callable[..., AbstractAsyncContextManager[Background]]
Serve = Callable[[], AbstractAsyncContextManager[Worker]]
NewJob = Callable[..., Any]


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What whoever runs the tests has set must not matter."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """People of tests say in a second what others say in a minute, and want to be answered as fast."""
    monkeypatch.setattr("bot.api.rate_limits.PERSON", Rate(1000, 1.0))
    monkeypatch.setattr("bot.api.retries.PAUSES", (0.05, 0.1, 0.2, 0.4))
    monkeypatch.setattr("bot.handlers.fetching.PAUSES", (0.05, 0.1))
    # What was refused is tried again by a press alone, but in the tests that are about the rest.
    monkeypatch.setattr(KeptPhotos, "offer_for_ever", _offer_never)


OFFER_FOR_EVER = KeptPhotos.offer_for_ever


async def _offer_never(*_: object) -> None:
    pass


@pytest.fixture
def offering(hasty: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused is offered again, and often."""
    monkeypatch.setattr(KeptPhotos, "offer_for_ever", OFFER_FOR_EVER)
    monkeypatch.setattr("bot.conversation.kept_photos.EVERY_SECONDS", 0.1)


class QuickPainter(StyleExecutor):
    """The real engine, with a few steps only: these tests are about the bot."""

    steps = STEPS

    def paint(self, order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> Future[Painting]:
        quick = replace(order, options=replace(order.options, steps=self.steps))
        return super().paint(quick, on_glimpse, should_stop)

    def paint_sheet(
        self, order: SheetOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop
    ) -> Future[Painting]:
        cells = [replace(cell, options=replace(cell.options, steps=self.steps)) for cell in order.cells]
        return super().paint_sheet(replace(order, cells=tuple(cells)), on_glimpse, should_stop)


@pytest.fixture(scope="session")
def shared_painter() -> Iterator[QuickPainter]:
    """The real engine, loaded once."""
    executor = QuickPainter()
    # On a busy machine two threads that wait for each other are many times slower than one.
    executor.submit(torch.set_num_threads, 1)
    yield executor
    executor.shutdown()


@pytest.fixture
def painter(shared_painter: QuickPainter) -> Iterator[QuickPainter]:
    """The same for one test, which may change how many steps it takes."""
    yield shared_painter
    shared_painter.steps = STEPS


@pytest.fixture(scope="session")
def examiners() -> Iterator[Examiners]:
    """The programs that open pictures, started once."""
    with closing(Examiners()) as programs:
        yield programs


@pytest.fixture
def slow(painter: QuickPainter) -> None:
    """Paintings take longer than any test."""
    painter.steps = 10_000


@pytest.fixture(scope="session")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The picture sheets of the presets, rendered once for all tests."""
    return tmp_path_factory.mktemp("sheets")


@pytest.fixture
def port() -> int:
    """One that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path, sheets: Path) -> Callable[..., Settings]:
    """Makes settings of a bot that talks to the sandbox and paints quickly."""
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "sheets").symlink_to(sheets)

    def make(**changes: Any) -> Settings:
        values = {
            "bot_token": sandbox.token,
            "bot_api_url": sandbox.api_url,
            "bot_data_dir": tmp_path / "data",
            "styler_size": 64,
            "styler_quality": "draft",
            "styler_device": "cpu",
        }
        return load_settings(None, **(values | changes))

    return make


@pytest.fixture
def start_bot(settings: Callable[..., Settings], painter: StyleExecutor, examiners: Examiners) -> StartBot:
    """Starts a bot: `async with start_bot(bot_max_queue=1):`"""

    @asynccontextmanager
    async def start(instead: Painter | None = None, **changes: Any) -> AsyncIterator[Background]:
        async with running_bot(settings(**changes), instead or painter, examiners) as background:
            yield background

    return start


@pytest.fixture
async def bot(start_bot: StartBot) -> AsyncIterator[Background]:
    """The bot, running."""
    async with start_bot() as background:
        yield background


@pytest.fixture
def anna(sandbox: Sandbox) -> Person:
    return sandbox.person()


@pytest.fixture
def boris(sandbox: Sandbox) -> Person:
    return sandbox.person(first_name="Борис", language_code="ru")


@pytest.fixture
async def telegram(settings: Callable[..., Settings], examiners: Examiners) -> AsyncIterator[ExtBot[None]]:
    """A bare bot at the sandbox, as the application has it."""
    async with build_application(make_parts(settings(), examiners)) as application:
        yield application.bot


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path / "data" / "bot.sqlite3") as opened:
        yield opened


@pytest.fixture
def pictures(tmp_path: Path, examiners: Examiners) -> Pictures:
    folders = Pictures(tmp_path / "data", examiners)
    folders.make_folders()
    return folders


@pytest.fixture
def results(
    telegram: ExtBot[None], store: Store, pictures: Pictures, settings: Callable[..., Settings]
) -> Results:
    estimates = Estimates(store, pictures, settings())
    return Results(telegram, store, pictures, load_presets(), estimates)


@pytest.fixture
def serve(
    telegram: ExtBot[None],
    store: Store,
    pictures: Pictures,
    results: Results,
    painter: Painter,
    settings: Callable[..., Settings],
) -> Serve:
    """Starts a worker with the painter of the test, and stops it with little grace."""

    @asynccontextmanager
    async def start() -> AsyncIterator[Worker]:
        presets, estimates = load_presets(), Estimates(store, pictures, settings())
        admission = Admission(store, settings())
        await admission.load()
        worker = Worker(
            jobs=OpenJobs(FairQueue(2, 10)),
            store=store,
            painter=painter,
            delivery=Delivery(telegram, store, results, presets),
            orders=Orders(pictures, presets, estimates, settings()),
            estimates=estimates,
            background=Background(),
            watchdog=Watchdog(painter, "cpu", 3600),
            admission=admission,
            precedence=Precedence(),
            device="cpu",
            result_exists=lambda name: pictures.result_path(name).is_file(),
        )
        await worker.start()
        try:
            yield worker
        finally:
            await worker.stop(0.5)

    return start


@pytest.fixture
async def worker(serve: Serve) -> AsyncIterator[Worker]:
    async with serve() as running:
        yield running


@pytest.fixture
def new_job(pictures: Pictures) -> Callable[..., Any]:
    """Makes jobs whose photo is there."""
    origins = itertools.count()

    async def make(person: Person, **fields: Any) -> Job:
        if not person.messages:
            await person.send_text("/start")
        values = {
            "chat_id": person.chat.id,
            "user_id": person.user_id,
            "content": await pictures.keep(picture()),
            "origin": str(next(origins)),
        }
        return a_job(**(values | fields))

    return make
