"""The worker with a painter of our own: order, cancelling, failures, restarts, stopping."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from telegram.error import NetworkError

from bot.chat.results import Results
from bot.delivery import Delivery
from bot.dialogue_states import Idle
from bot.fair_queue import UserLimitReached
from bot.jobs import Job, JobStatus, JobStyle
from bot.painting import estimates
from bot.painting.orders import TookTooLong
from bot.painting.painter import EngineInfo, Glimpse
from bot.painting.speeds import estimate
from bot.people.forgetting import forget_person
from bot.queue.admission import Admission, Intake
from bot.queue.studio import MAX_ATTEMPTS
from bot.queue.watchdog import EngineLost
from bot.sandbox import Message, Person, Sandbox
from bot.settings import Settings
from bot.storage.database import StoreError
from bot.storage.pictures import Pictures
from bot.store import Store
from bot.worker import Cancel, Worker
from styler import DeviceError, OutOfMemory, PictureError, PictureReason
from tests.bot.conftest import NewJob, Serve, StartBot
from tests.bot.easel_painter import EaselPainter, status_of, until
from tests.bot.end_to_end.chat import picture, says
from tests.bot.some_jobs import WAITING, add_job
from tests.patience import PATIENCE


@pytest.fixture
def painter() -> EaselPainter:
    return EaselPainter()


async def test_from_acceptance_to_the_painting(
    worker: Worker, store: Store, painter: EaselPainter, anna: Person, new_job: Callable[..., Any]
) -> None:
    job = await new_job(anna)
    assert await worker.enqueue(job, Idle())
    work = await painter.work(1)
    assert (await status_of(store, job, JobStatus.RUNNING)).attempts == 1
    work.on_glimpse(Glimpse(0.4, 6, None))
    await anna.wait_for(says("40%"))
    [view] = await worker.views(anna.chat.id, anna.user_id)
    assert view.waiting is None
    assert view.glimpse is not None
    assert view.glimpse.fraction == 0.4
    work.finish()
    await anna.wait_for(says("🖼 Starry Night"))
    await status_of(store, job, JobStatus.DONE)
    assert await worker.views(anna.chat.id, anna.user_id) == []
    assert await estimate(store, "cpu", "draft", 128 * 96) == 2.0


async def test_what_comes_twice_is_painted_once(
    worker: Worker, painter: EaselPainter, anna: Person, new_job: Callable[..., Any]
) -> None:
    first, second = await new_job(anna, origin="same"), await new_job(anna, origin="same")
    assert await worker.enqueue(first, Idle())
    assert not await worker.enqueue(second, Idle())
    (await painter.work(1)).finish()
    await anna.wait_for(says("🖼"))
    assert len(painter.works) == 1


async def test_the_next_is_painted_while_one_is_delivered(
    worker: Worker,
    store: Store,
    painter: EaselPainter,
    anna: Person,
    boris: Person,
    sandbox: Sandbox,
    new_job: Callable[..., Any],
) -> None:
    first, second = await new_job(anna), await new_job(boris, language="ru")
    await worker.enqueue(first, Idle())
    await worker.enqueue(second, Idle())
    await boris.wait_for(says("Перед вами 1 человек"))
    work = await painter.work(1)
    sandbox.delay_next("editMessageMedia", 2.0)
    work.finish()
    assert (await painter.work(2)).name == second.id
    assert (await store.job(first.id)).status is JobStatus.DELIVERING
    await boris.wait_for(says("Смешиваю краски"))
    await status_of(store, first, JobStatus.DONE)


async def test_a_sheet_gives_way_to_every_other_job(
    worker: Worker,
    store: Store,
    painter: EaselPainter,
    anna: Person,
    boris: Person,
    new_job: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.queue.news.NEWS_SECONDS", 0.1)
    sheet = await new_job(anna, sheet=True)
    await worker.enqueue(sheet, Idle())
    first = await painter.work(1)
    assert not first.should_stop()
    job = await new_job(boris)
    await worker.enqueue(job, Idle())
    assert first.should_stop()
    [view] = await worker.views(boris.chat.id, boris.user_id)
    assert view.waiting is not None
    assert (view.waiting.people, view.waiting.own) == (0, 0), "a sheet is in nobody's way"
    first.finish(stopped=True)
    second = await painter.work(2)
    assert second.name == job.id
    await anna.wait_for(says("1 person before you"))
    assert (await store.job(sheet.id)).attempts == 0, "it was no fault of its own"
    second.finish()
    third = await painter.work(3)
    assert third.name == sheet.id
    assert not third.should_stop()
    third.finish()
    await anna.wait_for(says("Your photo in every style"))
    await status_of(store, sheet, JobStatus.DONE)


async def test_while_nothing_is_begun_a_sheet_goes_on(
    worker: Worker, painter: EaselPainter, anna: Person, boris: Person, new_job: NewJob
) -> None:
    """A pause leaves alone what is being painted; afterwards it gives way."""
    await worker.enqueue(await new_job(anna, sheet=True), Idle())
    sheet = await painter.work(1)
    await worker.set_intake(Intake.PAUSED)
    await worker.enqueue(job := await new_job(boris), Idle())
    assert not sheet.should_stop()
    await worker.set_intake(Intake.OPEN)
    assert sheet.should_stop()
    sheet.finish(stopped=True)
    assert (await painter.work(2)).name == job.id


async def test_a_sheet_waits_for_those_before_and_after_it(
    worker: Worker,
    store: Store,
    painter: EaselPainter,
    anna: Person,
    boris: Person,
    new_job: Callable[..., Any],
) -> None:
    running, sheet, later = await new_job(boris), await new_job(anna, sheet=True), await new_job(boris)
    for job in (running, sheet, later):
        await worker.enqueue(job, Idle())
    for number, job in enumerate((running, later, sheet), 1):
        work = await painter.work(number)
        assert work.name == job.id
        work.finish()
        await status_of(store, job, JobStatus.DONE)


async def test_a_cancelled_sheet_leaves_no_cells(
    worker: Worker,
    store: Store,
    pictures: Pictures,
    painter: EaselPainter,
    anna: Person,
    new_job: Callable[..., Any],
) -> None:
    sheet = await new_job(anna, sheet=True)
    await worker.enqueue(sheet, Idle())
    work = await painter.work(1)
    pictures.result_path(f"{sheet.id}-1.png").write_bytes(picture(format="PNG"))
    await worker.cancel(sheet.id, anna.user_id)
    work.finish(stopped=True)
    await status_of(store, sheet, JobStatus.CANCELLED)
    await until(lambda: asyncio.to_thread(lambda: not list(pictures.result_path("").iterdir())))


async def test_one_persons_limit(
    worker: Worker, painter: EaselPainter, anna: Person, store: Store, new_job: Callable[..., Any]
) -> None:
    jobs = [await new_job(anna) for _ in range(3)]
    await worker.enqueue(jobs[0], Idle())
    await worker.enqueue(jobs[1], Idle())
    with pytest.raises(UserLimitReached):
        await worker.enqueue(jobs[2], Idle())
    (await painter.work(1)).finish()
    await status_of(store, jobs[0], JobStatus.DONE)
    assert await worker.enqueue(jobs[2], Idle())


async def test_cancelling_while_it_waits(
    worker: Worker, painter: EaselPainter, anna: Person, store: Store, new_job: Callable[..., Any]
) -> None:
    running, waiting = await new_job(anna), await new_job(anna)
    await worker.enqueue(running, Idle())
    await painter.work(1)
    await worker.enqueue(waiting, Idle())
    assert await worker.cancel(waiting.id, anna.user_id) is Cancel.STOPPED
    assert (await store.job(waiting.id)).status is JobStatus.CANCELLED
    await anna.wait_for(says("Cancelled"))
    painter.works[0].finish()
    await status_of(store, running, JobStatus.DONE)
    assert len(painter.works) == 1


async def test_cancelling_while_it_is_painted(
    worker: Worker, painter: EaselPainter, anna: Person, store: Store, new_job: Callable[..., Any]
) -> None:
    job = await new_job(anna)
    await worker.enqueue(job, Idle())
    work = await painter.work(1)
    assert not work.should_stop()
    assert await worker.cancel(job.id, anna.user_id) is Cancel.STOPPED
    assert work.should_stop()
    work.finish(stopped=True)
    await anna.wait_for(says("Cancelled"))
    await status_of(store, job, JobStatus.CANCELLED)
    assert not work.order.output.exists(), "nobody wanted it"
    assert await worker.cancel(job.id, anna.user_id) is Cancel.OVER


async def test_enough_delivers_what_is_there(
    worker: Worker, painter: EaselPainter, anna: Person, boris: Person, store: Store, new_job: NewJob
) -> None:
    job, other = await new_job(anna), await new_job(boris)
    await worker.enqueue(job, Idle())
    await worker.enqueue(other, Idle())
    work = await painter.work(1)
    assert worker.enough(job.id, anna.user_id) is Cancel.TOO_EARLY, "it is still the photo"
    work.on_glimpse(Glimpse(0.4, 10.0, picture(64, 48)))
    await anna.wait_for(says("40%"))
    assert worker.enough(job.id, boris.user_id) is Cancel.NOT_YOURS
    assert worker.enough(other.id, boris.user_id) is Cancel.TOO_EARLY
    assert not work.should_stop()
    assert worker.enough(job.id, anna.user_id) is Cancel.STOPPED
    assert work.should_stop()
    work.finish(stopped=True)
    await anna.wait_for(says("🖼"))
    await status_of(store, job, JobStatus.DONE)
    assert worker.enough(job.id, anna.user_id) is Cancel.OVER
    assert await estimate(store, "cpu", "draft", 128 * 96) is None, "half a painting tells no speed"


async def test_while_it_is_delivered_it_is_too_late_for_enough(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    new_job: NewJob,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    showing, shown = asyncio.Event(), asyncio.Event()

    async def slow(*_: object, **__: object) -> None:
        showing.set()
        await shown.wait()

    monkeypatch.setattr(Results, "show", slow)
    job = await new_job(anna)
    await worker.enqueue(job, Idle())
    (await painter.work(1)).finish()
    await asyncio.wait_for(showing.wait(), 10)
    assert worker.enough(job.id, anna.user_id) is Cancel.OVER
    shown.set()


async def test_cancelling_at_the_last_moment_still_cancels(
    worker: Worker, painter: EaselPainter, anna: Person, store: Store, new_job: Callable[..., Any]
) -> None:
    job = await new_job(anna)
    await worker.enqueue(job, Idle())
    work = await painter.work(1)
    await worker.cancel(job.id, anna.user_id)
    work.finish()
    await status_of(store, job, JobStatus.CANCELLED)
    assert not any(says("🖼")(message) for message in anna.messages)


async def test_only_the_owner_cancels(
    worker: Worker, painter: EaselPainter, anna: Person, boris: Person, new_job: Callable[..., Any]
) -> None:
    job = await new_job(anna)
    await worker.enqueue(job, Idle())
    assert await worker.cancel(job.id, boris.user_id) is Cancel.NOT_YOURS
    assert not (await painter.work(1)).should_stop()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError("shapes do not match"), "did not work out"),
        (PictureError(PictureReason.TRUNCATED, "the end is missing"), "could not read that picture"),
        (OutOfMemory("cuda ran out of memory"), "memory was too small"),
        (MemoryError(), "memory was too small"),
        (DeviceError("there is no cuda:1 here"), "did not work out"),
    ],
)
async def test_a_failure_is_told_and_frees_the_painter(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    store: Store,
    new_job: Callable[..., Any],
    error: Exception,
    words: str,
) -> None:
    bad, good = await new_job(anna), await new_job(anna)
    await worker.enqueue(bad, Idle())
    await worker.enqueue(good, Idle())
    (await painter.work(1)).future.set_exception(error)
    await anna.wait_for(says(words))
    (await painter.work(2)).finish()
    await anna.wait_for(says("🖼"))
    assert (await store.job(bad.id)).status is JobStatus.FAILED


async def test_a_photo_whose_painting_failed_is_painted_in_another_style(
    start_bot: StartBot, painter: EaselPainter, anna: Person
) -> None:
    async with start_bot(painter):
        await anna.send_photo(picture(), "/style ink")
        (await painter.work(1)).future.set_exception(RuntimeError("shapes do not match"))
        failed = await anna.wait_for(says("did not work out"))
        await anna.press(failed, "Another style")
        question = await anna.wait_for(says("Starry Night", "style"), after=failed)
        await anna.press(question, question.buttons[0])
        (await painter.work(2)).finish()
        await anna.wait_for(says("🖼 Starry Night"))


async def test_a_photo_that_is_gone(
    worker: Worker, anna: Person, pictures: Pictures, new_job: Callable[..., Any]
) -> None:
    job = await new_job(anna)
    await pictures.delete(job.content)
    await worker.enqueue(job, Idle())
    await anna.wait_for(says("no longer have that photo"))


async def test_a_preset_that_is_gone(worker: Worker, anna: Person, new_job: Callable[..., Any]) -> None:
    await worker.enqueue(await new_job(anna, styles=(JobStyle(preset="old-one"),)), Idle())
    await anna.wait_for(says("no longer have that style"))


async def test_a_sheet_keeps_its_slice_though_others_come(
    worker: Worker, painter: EaselPainter, anna: Person, boris: Person, new_job: Callable[..., Any]
) -> None:
    worker._queue.later_after = 1
    first, sheet, second, third = (
        await new_job(anna),
        await new_job(anna, sheet=True),
        await new_job(boris),
        await new_job(boris),
    )
    for job in (first, sheet, second, third):
        await worker.enqueue(job, Idle())
    (await painter.work(1)).finish()
    (await painter.work(2)).finish()
    work = await painter.work(3)
    assert work.name == sheet.id
    await worker.enqueue(await new_job(anna), Idle())
    assert not work.should_stop()
    work.finish()
    assert (await painter.work(4)).name == third.id


async def test_who_blocks_the_bot_frees_the_queue(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    boris: Person,
    store: Store,
    new_job: Callable[..., Any],
) -> None:
    running, waiting, other = await new_job(anna), await new_job(anna), await new_job(boris)
    for job in (running, waiting, other):
        await worker.enqueue(job, Idle())
    await store.save_dialogue(anna.chat.id, 7, WAITING)
    work = await painter.work(1)
    await anna.block_bot()
    await worker.drop_chat(anna.chat.id)
    assert await store.load_dialogue(anna.chat.id, 7) == Idle()
    assert work.should_stop()
    work.finish(stopped=True)
    (await painter.work(2)).finish()
    await boris.wait_for(says("🖼"))
    for job in (running, waiting):
        assert (await store.job(job.id)).status is JobStatus.CANCELLED


async def test_who_is_found_gone_while_painting_frees_the_painter(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    store: Store,
    new_job: Callable[..., Any],
) -> None:
    job = await new_job(anna)
    await worker.enqueue(job, Idle())
    await store.save_dialogue(anna.chat.id, 7, WAITING)
    work = await painter.work(1)
    await anna.block_bot()
    work.on_glimpse(Glimpse(0.5, 5, None))

    async def stopping() -> bool:
        return work.should_stop() and await store.load_dialogue(anna.chat.id, 7) == Idle()

    await until(stopping)
    work.finish(stopped=True)
    await status_of(store, job, JobStatus.CANCELLED)


async def test_telegram_refusing_all_ends_the_job_and_not_the_worker(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    store: Store,
    sandbox: Sandbox,
    new_job: Callable[..., Any],
) -> None:
    bad, good = await new_job(anna), await new_job(anna)
    await worker.enqueue(bad, Idle())
    work = await painter.work(1)
    sandbox.fail_next("editMessageMedia", 400, "Bad Request: something new", times=2)
    work.finish()
    assert (await status_of(store, bad, JobStatus.FAILED)).error == "delivery"
    await worker.enqueue(good, Idle())
    (await painter.work(2)).finish()
    await status_of(store, good, JobStatus.DONE)


async def test_what_nobody_foresaw_at_delivery_is_told_too(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    store: Store,
    new_job: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ValueError("never seen before")

    monkeypatch.setattr(Results, "show", broken)
    job = await new_job(anna)
    await worker.enqueue(job, Idle())
    (await painter.work(1)).finish()
    assert (await status_of(store, job, JobStatus.FAILED)).error == "delivery"
    await anna.wait_for(says("did not work out"))


async def test_a_damaged_database_ends_the_bot_and_does_not_hang_the_painter(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    store: Store,
    new_job: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def damaged(*_: object, **__: object) -> Job:
        raise StoreError("The database is damaged.")

    job = await new_job(anna)
    await worker.enqueue(job, Idle())
    work = await painter.work(1)
    monkeypatch.setattr(store, "update_job", damaged)
    work.finish()
    async with asyncio.timeout(PATIENCE):
        error = await worker._background.broken
    assert str(error) == "The database is damaged."


async def test_what_goes_wrong_at_delivery_as_the_bot_ends_is_delivered_at_its_next_start(
    serve: Serve,
    painter: EaselPainter,
    anna: Person,
    store: Store,
    new_job: NewJob,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = await new_job(anna)
    with monkeypatch.context() as patch:
        async with serve() as worker:

            async def broken(*_: object, **__: object) -> None:
                worker.begin_to_stop()
                raise RuntimeError("This HTTPXRequest is not initialized!")

            patch.setattr(Results, "show", broken)
            await worker.enqueue(job, Idle())
            (await painter.work(1)).finish()
            await until(lambda: asyncio.sleep(0, not worker._jobs.of_person(anna.user_id)))
    assert (await store.job(job.id)).status is JobStatus.DELIVERING
    async with serve():
        await status_of(store, job, JobStatus.DONE)
    assert len(painter.works) == 1


async def test_who_is_found_gone_at_delivery_frees_the_queue(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    boris: Person,
    store: Store,
    new_job: NewJob,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.queue.news.NEWS_SECONDS", 1000.0)  # nobody else finds it out
    first, other, second = await new_job(anna), await new_job(boris), await new_job(anna)
    await worker.enqueue(first, Idle())
    work = await painter.work(1)
    await anna.wait_for(says("Mixing the paint"))
    await worker.enqueue(other, Idle())
    await worker.enqueue(second, Idle())
    anna.chat.blocked = True
    work.finish()
    for job in (first, second):
        await status_of(store, job, JobStatus.CANCELLED)
    (await painter.work(2)).finish()
    await status_of(store, other, JobStatus.DONE)
    assert len(painter.works) == 2


async def test_a_disk_too_full_for_a_statistic_costs_no_painting(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    store: Store,
    new_job: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(estimates, "estimate", full)
    monkeypatch.setattr(estimates, "record_speed", full)
    for number in (1, 2):
        job = await new_job(anna)
        await worker.enqueue(job, Idle())
        (await painter.work(number)).finish()
        await status_of(store, job, JobStatus.DONE)


async def test_a_sheets_cells_go_when_the_sheet_is_there(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    store: Store,
    pictures: Pictures,
    new_job: Callable[..., Any],
) -> None:
    sheet = await new_job(anna, sheet=True)
    await worker.enqueue(sheet, Idle())
    work = await painter.work(1)
    cell = pictures.result_path(f"{sheet.id}-1.png")
    cell.write_bytes(picture())
    work.finish()
    await status_of(store, sheet, JobStatus.DONE)
    assert not cell.exists()


def beginnings(pictures: Pictures, job: Job) -> list[Path]:
    """Half a painting, and what it would be gone on from."""
    files = [pictures.result_path(f"{job.id}{end}") for end in (".jpg", ".checkpoint")]
    for file in files:
        file.write_bytes(picture())
    return files


async def test_of_a_painting_that_failed_nothing_is_left(
    worker: Worker, painter: EaselPainter, anna: Person, pictures: Pictures, new_job: NewJob
) -> None:
    job = await new_job(anna)
    await worker.enqueue(job, Idle())
    work = await painter.work(1)
    files = beginnings(pictures, job)
    work.future.set_exception(TookTooLong())
    await anna.wait_for(says("😔"))
    assert [file for file in files if file.exists()] == []


async def test_an_engine_that_is_lost_costs_no_painting(
    serve: Serve, painter: EaselPainter, anna: Person, store: Store, new_job: NewJob, monkeypatch
) -> None:
    """The next start begins it anew; how often it was begun is counted, in case that it is to blame."""
    job, ready = await new_job(anna), painter.warm_up
    async with serve() as worker, asyncio.timeout(PATIENCE):
        await worker.enqueue(job, Idle())
        work = await painter.work(1)
        gone: Future[EngineInfo] = Future()
        gone.set_exception(DeviceError("an illegal memory access was encountered"))
        monkeypatch.setattr(painter, "warm_up", lambda _: gone)
        work.future.set_exception(RuntimeError("CUDA error"))
        assert isinstance(await worker._background.broken, EngineLost)
    left = await store.job(job.id)
    assert (left.status, left.attempts) == (JobStatus.RUNNING, 1), "as at a crash"
    monkeypatch.setattr(painter, "warm_up", ready)
    async with serve():
        work = await painter.work(2)
        assert (await status_of(store, job, JobStatus.RUNNING)).attempts == 2
        work.finish()
        await status_of(store, job, JobStatus.DONE)


async def test_of_a_painting_whose_owner_was_forgotten_nothing_is_left(
    worker: Worker, painter: EaselPainter, anna: Person, store: Store, pictures: Pictures, new_job: NewJob
) -> None:
    job = await new_job(anna)
    await worker.enqueue(job, Idle())
    work = await painter.work(1)
    await worker.drop_person(anna.user_id, 0.01)
    await forget_person(store, pictures, anna.user_id, counted=False)
    files = beginnings(pictures, job)
    work.finish(stopped=True)
    await until(lambda: asyncio.sleep(0, not any(file.exists() for file in files)))


async def test_a_painting_that_telegram_does_not_take_stays(
    worker: Worker, painter: EaselPainter, anna: Person, store: Store, sandbox: Sandbox, new_job: NewJob
) -> None:
    job = await new_job(anna)
    await worker.enqueue(job, Idle())
    work = await painter.work(1)
    sandbox.fail_next("editMessageMedia", 400, "Bad Request: something new", times=2)
    work.finish()
    await status_of(store, job, JobStatus.FAILED)
    await anna.wait_for(says("😔"))
    assert work.order.output.exists()


@pytest.fixture
def while_it_is_written(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets something happen before the store has answered that a job has a status."""

    def at(status: JobStatus, happens: Callable[[], Awaitable[object]]) -> None:
        update = Store.update_job

        async def slow(store: Store, job_id: str, after: JobStatus | None = None, **changes: Any) -> Job:
            job = await update(store, job_id, after, **changes)
            if after is status:
                monkeypatch.setattr(Store, "update_job", update)
                await happens()
            return job

        monkeypatch.setattr(Store, "update_job", slow)

    return at


@pytest.mark.parametrize("moment", [JobStatus.RUNNING, JobStatus.DELIVERING, JobStatus.QUEUED])
async def test_a_cancel_while_something_else_is_written_down_cancels(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    store: Store,
    new_job: NewJob,
    while_it_is_written: Callable[..., None],
    moment: JobStatus,
) -> None:
    job, answers = await new_job(anna), []

    async def cancel() -> None:
        answers.append(await worker.cancel(job.id, anna.user_id))

    while_it_is_written(moment, cancel)
    await worker.enqueue(job, Idle())
    if moment is not JobStatus.RUNNING:
        work = await painter.work(1)
        work.finish(stopped=moment is JobStatus.QUEUED)
    await status_of(store, job, JobStatus.CANCELLED)
    assert answers == [Cancel.STOPPED]
    await anna.wait_for(says("Cancelled"))
    assert len(painter.works) == (0 if moment is JobStatus.RUNNING else 1)
    assert not any(says("🖼")(message) for message in anna.messages)


async def test_an_ending_is_written_down_however_long_that_takes(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    store: Store,
    new_job: NewJob,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running, waiting = await new_job(anna), await new_job(anna)
    await worker.enqueue(running, Idle())
    await worker.enqueue(waiting, Idle())
    work = await painter.work(1)
    update = Store.update_job

    async def slow(*arguments: Any, **changes: Any) -> Job:
        await asyncio.sleep(0.2)
        return await update(*arguments, **changes)

    monkeypatch.setattr(Store, "update_job", slow)
    await worker.drop_person(anna.user_id, 0.01)
    assert work.should_stop()
    assert (await store.job(waiting.id)).status is JobStatus.CANCELLED
    work.finish(stopped=True)
    await status_of(store, running, JobStatus.CANCELLED)


def in_russian(words: str) -> Callable[[Message], bool]:
    return lambda message: says(words)(message) and re.search("[а-я]", message.words.text) is not None


async def test_who_speaks_another_language_is_told_of_their_jobs_in_that(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    boris: Person,
    store: Store,
    new_job: NewJob,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.queue.news.NEWS_SECONDS", 0.1)
    monkeypatch.setattr("bot.delivery.EDIT_SECONDS", 0.0)
    running, other, waiting = await new_job(anna), await new_job(boris), await new_job(anna)
    for job in (running, other, waiting):
        await worker.enqueue(job, Idle())
    work = await painter.work(1)
    await anna.wait_for(says("🕐"))
    await worker.change_language(anna.user_id, "ru")
    await anna.wait_for(in_russian("🕐"))
    work.on_glimpse(Glimpse(0.4, 10.0, None))
    await anna.wait_for(in_russian("40%"))
    assert [(await store.job(job.id)).language for job in (running, other, waiting)] == ["ru", "en", "ru"]
    work.finish()
    await anna.wait_for(in_russian("🖼"))


@pytest.mark.parametrize("cells", [0, 1])
async def test_a_sheet_that_gave_way_and_is_cancelled_costs_what_was_painted(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    boris: Person,
    store: Store,
    pictures: Pictures,
    new_job: NewJob,
    monkeypatch: pytest.MonkeyPatch,
    cells: int,
) -> None:
    given_back = list[str]()
    monkeypatch.setattr(Admission, "give_back", lambda _, job: given_back.append(job.id))
    sheet = await new_job(anna, sheet=True)
    await worker.enqueue(sheet, Idle())
    work = await painter.work(1)
    await worker.enqueue(await new_job(boris), Idle())
    for number in range(cells):
        pictures.result_path(f"{sheet.id}-{number + 1}.png").write_bytes(picture())
    work.finish(stopped=True)
    await painter.work(2)
    assert (await store.job(sheet.id)).attempts == 0
    await worker.cancel(sheet.id, anna.user_id)
    assert given_back == ([] if cells else [sheet.id])
    assert (await store.job(sheet.id)).attempts == cells, "as it is counted after a restart"


async def test_a_stop_puts_the_running_job_back(
    serve: Serve, painter: EaselPainter, anna: Person, store: Store, new_job: Callable[..., Any]
) -> None:
    running, waiting = await new_job(anna), await new_job(anna)
    async with serve() as worker:
        await worker.enqueue(running, Idle())
        await worker.enqueue(waiting, Idle())
        work = await painter.work(1)
        stopping = asyncio.get_running_loop().call_later(0.1, lambda: work.finish(stopped=True))
    assert stopping.when() > 0
    assert [job.status for job in await store.open_jobs()] == [JobStatus.QUEUED, JobStatus.QUEUED]
    assert not any(says("Cancelled", "😔")(message) for message in anna.messages), "nothing alarming is said"
    async with serve():
        assert (await painter.work(2)).name == running.id
        painter.works[1].finish()
        assert (await painter.work(3)).name == waiting.id


async def test_what_waits_at_a_paused_start_is_painted_when_the_pause_is_over(
    serve: Serve,
    painter: EaselPainter,
    anna: Person,
    store: Store,
    settings: Callable[..., Settings],
    new_job: NewJob,
) -> None:
    await Admission(store, settings()).set_intake(Intake.PAUSED)
    job = await new_job(anna)
    await add_job(store, job)
    async with serve() as worker:
        await anna.wait_for(says("I am taking a break"))
        assert painter.works == []
        assert (await store.job(job.id)).status is JobStatus.QUEUED
        await worker.set_intake(Intake.OPEN)
        assert (await painter.work(1)).name == job.id


async def test_a_stop_does_not_wait_for_a_painter_that_does_not_listen(
    serve: Serve, painter: EaselPainter, anna: Person, store: Store, new_job: Callable[..., Any]
) -> None:
    job = await new_job(anna)
    async with serve() as worker:
        await worker.enqueue(job, Idle())
        await painter.work(1)
        before = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - before < 3
    assert (await store.job(job.id)).status is JobStatus.QUEUED


async def test_stops_that_do_not_wait_for_the_painter_are_no_attempts(
    serve: Serve, painter: EaselPainter, anna: Person, store: Store, new_job: NewJob
) -> None:
    job = await new_job(anna)
    await add_job(store, job)
    for number in range(1, MAX_ATTEMPTS + 2):
        async with serve():
            assert (await painter.work(number)).name == job.id
        assert (await store.job(job.id)).attempts == 0


async def test_what_was_cancelled_when_the_bot_stops_is_not_painted_at_its_next_start(
    serve: Serve, painter: EaselPainter, anna: Person, store: Store, new_job: Callable[..., Any]
) -> None:
    job = await new_job(anna)
    async with serve() as worker:
        await worker.enqueue(job, Idle())
        work = await painter.work(1)
        await worker.cancel(job.id, anna.user_id)
        assert work.should_stop(), "its step takes longer than the grace"
    assert (await store.job(job.id)).status is JobStatus.CANCELLED
    async with serve():
        await anna.wait_for(says("Cancelled"))
    assert len(painter.works) == 1


async def test_of_what_was_cancelled_when_the_bot_stops_nothing_is_left(
    serve: Serve, painter: EaselPainter, anna: Person, store: Store, pictures: Pictures, new_job: NewJob
) -> None:
    """Nor of what its thread has written only after that."""
    job = await new_job(anna)
    async with serve() as worker:
        await worker.enqueue(job, Idle())
        await painter.work(1)
        files = beginnings(pictures, job)
        await worker.cancel(job.id, anna.user_id)
    assert [file for file in files if file.exists()] == []
    files = beginnings(pictures, job)
    async with serve():
        await until(lambda: asyncio.sleep(0, not any(file.exists() for file in files)))


async def test_a_crash_while_painting_is_tried_again_in_order(
    serve: Serve,
    painter: EaselPainter,
    anna: Person,
    boris: Person,
    store: Store,
    new_job: Callable[..., Any],
) -> None:
    crashed, waiting = await new_job(boris, created_at=20.0), await new_job(anna)
    for job in (crashed, waiting):
        await add_job(store, job)
    await store.update_job(crashed.id, JobStatus.RUNNING)
    async with serve():
        assert (await painter.work(1)).name == crashed.id
        painter.works[0].finish()
        assert (await painter.work(2)).name == waiting.id


async def test_a_job_that_crashed_the_bot_thrice_is_given_up(
    serve: Serve, painter: EaselPainter, anna: Person, store: Store, new_job: Callable[..., Any]
) -> None:
    poison = await new_job(anna)
    await add_job(store, poison)
    for _ in range(MAX_ATTEMPTS - 1):
        await store.update_job(poison.id, JobStatus.RUNNING)
        await store.update_job(poison.id, JobStatus.QUEUED)
    await store.update_job(poison.id, JobStatus.RUNNING)
    async with serve():
        await anna.wait_for(says("did not work out"))
        await status_of(store, poison, JobStatus.FAILED)
    assert painter.works == []


async def test_a_crash_while_delivering_delivers_again(
    serve: Serve,
    painter: EaselPainter,
    anna: Person,
    store: Store,
    pictures: Pictures,
    new_job: Callable[..., Any],
) -> None:
    kept, lost = await new_job(anna), await new_job(anna)
    for job in (kept, lost):
        await add_job(store, job)
        await store.update_job(job.id, JobStatus.RUNNING)
        await store.update_job(job.id, JobStatus.DELIVERING, result=f"{job.id}.jpg")
    pictures.result_path(f"{kept.id}.jpg").write_bytes(picture())
    async with serve():
        await status_of(store, kept, JobStatus.DONE)
        assert (await painter.work(1)).name == lost.id, "what was lost is painted again"


async def being_delivered(store: Store, pictures: Pictures, job: Job, attempts: int) -> None:
    """As at the start after so many crashes while it was delivered."""
    await add_job(store, job)
    await store.update_job(job.id, JobStatus.RUNNING)
    pictures.result_path(f"{job.id}.jpg").write_bytes(picture())
    await store.update_job(job.id, JobStatus.DELIVERING, result=f"{job.id}.jpg", attempts=attempts)


async def test_a_delivery_that_crashed_the_bot_twice_is_made_without_blending(
    serve: Serve, anna: Person, store: Store, pictures: Pictures, new_job: Callable[..., Any]
) -> None:
    """Which may be what takes too much memory."""
    once, twice = await new_job(anna, strength=40.0), await new_job(anna, strength=40.0, keep_colors=True)
    await being_delivered(store, pictures, once, attempts=1)
    await being_delivered(store, pictures, twice, attempts=2)
    async with serve():
        assert (await status_of(store, once, JobStatus.DONE)).strength == 40
        whole = await status_of(store, twice, JobStatus.DONE)
    assert (whole.strength, whole.keep_colors) == (None, False)


async def test_a_delivery_that_crashed_the_bot_thrice_is_given_up_before_what_was_painted_meanwhile(
    serve: Serve,
    painter: EaselPainter,
    anna: Person,
    boris: Person,
    store: Store,
    pictures: Pictures,
    new_job: Callable[..., Any],
) -> None:
    poison, innocent = await new_job(anna), await new_job(boris)
    await being_delivered(store, pictures, poison, attempts=MAX_ATTEMPTS)
    await add_job(store, innocent)
    await store.update_job(innocent.id, JobStatus.RUNNING)
    await store.update_job(innocent.id, attempts=MAX_ATTEMPTS)
    async with serve():
        assert (await status_of(store, poison, JobStatus.FAILED)).error == "delivery"
        work = await painter.work(1)
        assert work.name == innocent.id
        work.finish()
        await status_of(store, innocent, JobStatus.DONE)
    assert pictures.result_path(f"{poison.id}.jpg").is_file(), "it is painted"


async def test_a_delivery_that_was_stopped_with_the_bot_is_no_crash(
    serve: Serve,
    anna: Person,
    store: Store,
    pictures: Pictures,
    new_job: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job, began = await new_job(anna), asyncio.Event()

    async def for_ever(*_: object, **__: object) -> None:
        began.set()
        await asyncio.Event().wait()

    await being_delivered(store, pictures, job, attempts=2)
    with monkeypatch.context() as patch:
        patch.setattr(Results, "show", for_ever)
        async with serve(), asyncio.timeout(PATIENCE):
            await began.wait()
            assert (await store.job(job.id)).attempts == 3
    assert (await store.job(job.id)).attempts == 2


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.CANCELLED])
async def test_an_end_that_a_crash_left_untold_is_told_at_the_next_start(
    serve: Serve, anna: Person, store: Store, new_job: Callable[..., Any], status: JobStatus
) -> None:
    job = await new_job(anna)
    await add_job(store, job)
    await store.update_job(job.id, status, error="picture", owed=True)
    for _ in range(2):
        async with serve():
            await anna.wait_for(says("could not read that picture", "Cancelled"))
            async with asyncio.timeout(PATIENCE):
                while (await store.job(job.id)).owed:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
    assert len([message for message in anna.messages if message.from_bot]) == 1, "once"


async def nothing_is_owed(store: Store) -> bool:
    return await store.owed_jobs() == []


async def test_an_end_is_owed_until_it_is_told(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    store: Store,
    new_job: NewJob,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    telling, told = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> None:
        telling.set()
        await told.wait()

    monkeypatch.setattr(Delivery, "ended", slow)
    job = await new_job(anna)
    await worker.enqueue(job, Idle())
    (await painter.work(1)).future.set_exception(TookTooLong())
    await asyncio.wait_for(telling.wait(), 10)
    assert [owed.id for owed in await store.owed_jobs()] == [job.id]
    told.set()
    await until(lambda: nothing_is_owed(store))


async def test_an_end_that_telegram_refuses_is_not_told_for_ever(
    serve: Serve, anna: Person, store: Store, sandbox: Sandbox, new_job: NewJob
) -> None:
    job = await new_job(anna)
    await add_job(store, job)
    await store.update_job(job.id, JobStatus.FAILED, error="picture", owed=True)
    sandbox.fail_next("sendMessage", 400, "Bad Request: something new", times=100)
    async with serve():
        await until(lambda: nothing_is_owed(store))


async def test_an_end_that_does_not_get_through_is_told_at_the_next_start(
    serve: Serve, anna: Person, store: Store, new_job: NewJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await new_job(anna)
    await add_job(store, job)
    await store.update_job(job.id, JobStatus.FAILED, error="picture", owed=True)

    async def away(*_: object) -> None:
        raise NetworkError("Bad Gateway")

    with monkeypatch.context() as patch:
        patch.setattr(Delivery, "ended", away)
        async with serve():
            pass  # at the stop what was begun comes to its end
    assert [owed.id for owed in await store.owed_jobs()] == [job.id]
    async with serve():
        await anna.wait_for(says("could not read that picture"))


async def test_an_end_that_telegram_takes_from_nobody_is_not_told_for_ever(
    serve: Serve, anna: Person, store: Store, new_job: Callable[..., Any]
) -> None:
    job = await new_job(anna)
    await add_job(store, job)
    await store.update_job(job.id, JobStatus.FAILED, error="picture", owed=True)
    anna.chat.blocked = True
    async with serve(), asyncio.timeout(PATIENCE):
        while (await store.job(job.id)).owed:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_painter_without_a_device_is_fatal(
    serve: Serve, painter: EaselPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: Future[EngineInfo] = Future()
    broken.set_exception(DeviceError("there is no cuda here"))
    monkeypatch.setattr(painter, "warm_up", lambda device: broken)
    async with serve() as worker:
        async with asyncio.timeout(PATIENCE):
            error = await worker._background.broken
        assert str(error) == "there is no cuda here"


async def test_an_engine_that_is_lost_at_a_painting_is_fatal(
    worker: Worker, painter: EaselPainter, anna: Person, new_job: NewJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    await worker.enqueue(await new_job(anna), Idle())
    work = await painter.work(1)
    broken: Future[EngineInfo] = Future()
    broken.set_exception(DeviceError("CUDA error"))
    monkeypatch.setattr(painter, "warm_up", lambda device: broken)
    work.future.set_exception(RuntimeError("CUDA error"))
    async with asyncio.timeout(PATIENCE):
        assert isinstance(await worker._background.broken, EngineLost)


async def test_who_blocked_the_bot_frees_the_queue(
    worker: Worker,
    painter: EaselPainter,
    anna: Person,
    boris: Person,
    store: Store,
    new_job: Callable[..., Any],
) -> None:
    first, *gone = await new_job(boris), await new_job(anna), await new_job(anna)
    await worker.enqueue(first, Idle())
    work = await painter.work(1)
    await worker.enqueue(gone[0], Idle())
    anna.chat.blocked = True  # and the update that says so is still on its way
    await worker.enqueue(gone[1], Idle())
    for job in gone:
        await status_of(store, job, JobStatus.CANCELLED)
    work.finish()
    await status_of(store, first, JobStatus.DONE)
    await worker.enqueue(last := await new_job(boris), Idle())
    assert (await painter.work(2)).name == last.id


async def test_who_blocked_the_bot_while_it_paints_frees_the_painter(
    worker: Worker, painter: EaselPainter, anna: Person, store: Store, new_job: Callable[..., Any]
) -> None:
    running, waiting = await new_job(anna), await new_job(anna)
    await worker.enqueue(running, Idle())
    await worker.enqueue(waiting, Idle())
    work = await painter.work(1)
    anna.chat.blocked = True
    work.on_glimpse(Glimpse(0.4, 6, None))
    await status_of(store, waiting, JobStatus.CANCELLED)
    assert work.should_stop()
    work.finish(stopped=True)
    await status_of(store, running, JobStatus.CANCELLED)
