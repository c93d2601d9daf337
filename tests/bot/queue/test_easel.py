"""What is shown of a painting under way, by a worker with a painter of our own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from bot.app import running_bot
from bot.dialogue_states import Idle
from bot.jobs import Job
from bot.painting.painter import EngineInfo, Glimpse
from bot.painting.speeds import record_speed
from bot.queue.easel import engine_of
from bot.queue.watchdog import EngineLost
from bot.sandbox import Person, Sandbox
from bot.settings import Settings
from bot.storage.examiners import Examiners
from bot.store import Store
from bot.worker import Worker
from tests.bot.conftest import NewJob
from tests.bot.easel_painter import EaselPainter, Work, until
from tests.bot.end_to_end.chat import picture, says


@pytest.fixture
def painter() -> EaselPainter:
    return EaselPainter()


async def begin_a_brief_one(
    worker: Worker, store: Store, painter: EaselPainter, first: Job, brief: Job
) -> Work:
    """The second painting, after the first; where usually all is there at once."""
    for _ in range(3):
        await record_speed(store, "cpu", "draft", 64 * 48, 0.001)
    await worker.enqueue(first, Idle())
    await worker.enqueue(brief, Idle())
    (await painter.work(1)).finish()
    return await painter.work(2)


async def test_of_a_painting_that_is_there_at_once_only_the_painting_is_shown(
    worker: Worker,
    store: Store,
    painter: EaselPainter,
    anna: Person,
    boris: Person,
    sandbox: Sandbox,
    new_job: NewJob,
) -> None:
    work = await begin_a_brief_one(worker, store, painter, await new_job(anna), await new_job(boris))
    work.on_glimpse(Glimpse(0.5, 0.001, None))
    work.finish()
    await boris.wait_for(says("🖼"))
    calls = [call.method for call in sandbox.calls if call.chat_id == boris.chat.id]
    assert calls == ["sendMessage", "editMessageMedia"]


async def test_a_painting_that_was_to_be_there_at_once_and_is_not_is_told_of(
    worker: Worker,
    store: Store,
    painter: EaselPainter,
    anna: Person,
    boris: Person,
    new_job: NewJob,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.queue.easel.BRIEF_SECONDS", 0.05)
    await begin_a_brief_one(worker, store, painter, await new_job(anna), await new_job(boris))
    await boris.wait_for(says("Mixing the paint"))


async def test_a_glimpse_after_the_bot_has_ended_harms_no_painting(
    settings: Callable[..., Settings],
    examiners: Examiners,
    anna: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The step under way when the bot is stopped may end after it, and its state is still to be saved."""
    monkeypatch.setattr("bot.app.GRACE_SECONDS", 0.1)
    await anna.send_photo(picture(), "/style ink")

    async def begin_and_end() -> Work:
        painter = EaselPainter()
        async with running_bot(settings(), painter, examiners):
            return await painter.work(1)

    work = await asyncio.to_thread(lambda: asyncio.run(begin_and_end()))
    work.on_glimpse(Glimpse(0.5, 10.0, None))


class Silent(EaselPainter):
    """Answers when the test says so, if at all."""

    def __init__(self) -> None:
        super().__init__()
        self.answer: Future[EngineInfo] = Future()

    def warm_up(self, device: str) -> "Future[EngineInfo]":
        return self.answer


async def test_an_engine_that_is_long_in_answering_is_told_and_waited_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.queue.easel.SLOW_SECONDS", 0.0)
    silent, engine = Silent(), EngineInfo("cpu", 768, on_gpu=False)
    waiting = asyncio.ensure_future(engine_of(silent, "cpu"))
    await until(lambda: asyncio.sleep(0, "has not answered for 0 s" in caplog.text))
    silent.answer.set_result(engine)
    assert await waiting is engine


async def test_an_engine_that_never_answers_ends_the_bot(monkeypatch: pytest.MonkeyPatch) -> None:
    """To be started anew; it would wait for ever, and nobody would know for what."""
    monkeypatch.setattr("bot.queue.easel.SLOW_SECONDS", 0.0)
    monkeypatch.setattr("bot.queue.easel.SILENT_SECONDS", 0.0)
    with pytest.raises(EngineLost, match="has not answered"):
        await engine_of(Silent(), "cpu")
