"""Jobs of one message are accepted together: as many as there is room for, in one transaction."""

import asyncio
from collections.abc import Callable

import pytest

from bot.actions import Enqueue, PictureRef
from bot.clock import now
from bot.dialogue_states import Idle, NoRoom
from bot.fair_queue import FairQueue, QueueClosed, QueueFull, UserLimitReached
from bot.jobs import JobStyle
from bot.people.quota import QuotaReached
from bot.queue.admission import Admission, Draining, Intake
from bot.sandbox import Person, Sandbox
from bot.settings import Settings
from bot.store import Store
from bot.worker import Worker
from tests.bot.conftest import NewJob
from tests.bot.easel_painter import EaselPainter
from tests.bot.end_to_end.chat import results
from tests.bot.some_jobs import WAITING, a_job

JOBS = [a_job(origin=f"1:1:{number}", created_at=10.0 + number) for number in range(3)]
REST = NoRoom((Enqueue(PictureRef("photo.jpg", 1), (JobStyle(preset="starry-night"),)),))


@pytest.fixture
def painter() -> EaselPainter:
    return EaselPainter()


@pytest.fixture
def queue() -> FairQueue:
    return FairQueue(max_per_user=2, max_total=10)


@pytest.fixture
def admission(store: Store, settings: Callable[..., Settings]) -> Admission:
    return Admission(store, settings())


def test_as_many_as_there_is_room_for(admission: Admission, queue: FairQueue) -> None:
    with admission.places(JOBS, queue) as places:
        assert places.jobs == JOBS[:2]
        assert isinstance(places.refusal, UserLimitReached)
        assert queue.room(2) == 0, "they are kept meanwhile"
        assert len(queue) == 0
        places.take()
    assert queue.order() == tuple(job.id for job in JOBS[:2])


def test_after_the_first_that_is_refused_no_other_is_let_in(admission: Admission, queue: FairQueue) -> None:
    for name in ("a", "b"):
        queue.put(name, user_id=3)
    first, last = JOBS[:2]
    with admission.places([first, a_job(user_id=3), last], queue) as places:
        assert places.jobs == [first]
        assert isinstance(places.refusal, UserLimitReached)


def test_places_that_are_not_taken_are_free_again(admission: Admission, queue: FairQueue) -> None:
    with pytest.raises(ValueError, match="disk"), admission.places(JOBS, queue) as places:
        assert len(places.jobs) == 2
        raise ValueError("disk")
    assert queue.room(2) == 2


def test_a_queue_that_is_closed_takes_nothing_and_refuses_nothing(
    admission: Admission, queue: FairQueue
) -> None:
    queue.close()
    with pytest.raises(QueueClosed), admission.places(JOBS, queue):
        pass


def test_a_quota_counts_each(store: Store, settings: Callable[..., Settings], queue: FairQueue) -> None:
    admission = Admission(store, settings(bot_max_jobs_per_hour=1))
    for _ in range(2):
        with admission.places(JOBS, queue) as places:
            assert places.jobs == JOBS[:1], "what was not taken cost nothing"
            assert isinstance(places.refusal, QuotaReached)
    with admission.places(JOBS, queue) as places:
        places.take()
    with admission.places(JOBS[1:], queue) as places:
        assert places.jobs == []


def test_while_others_stand_in_line_only_who_is_next_comes_in(admission: Admission, queue: FairQueue) -> None:
    admission.line = frozenset({2, 3})
    with admission.places(JOBS, queue) as places:
        assert places.jobs == []
        assert isinstance(places.refusal, QueueFull)
    with admission.places(JOBS, queue, next_in_line=True) as places:
        assert places.jobs == JOBS[:2]
    admission.line = frozenset({2})
    with admission.places(JOBS, queue) as places:
        assert places.jobs == JOBS[:2], "nobody but they are in line"


async def test_nothing_is_taken_while_draining(admission: Admission, queue: FairQueue) -> None:
    await admission.set_intake(Intake.DRAINING)
    with admission.places(JOBS, queue) as places:
        assert places.jobs == []
        assert isinstance(places.refusal, Draining)


async def test_all_are_stored_with_the_state_or_none(store: Store) -> None:
    assert await store.accept(JOBS[:2], REST)
    assert await store.jobs_of(2) == JOBS[:2]
    assert await store.load_dialogue(1, 2) == REST
    assert not await store.accept([a_job(origin="1:1:5"), a_job(origin="1:1:1")], WAITING)
    assert await store.jobs_of(2) == JOBS[:2]
    assert await store.load_dialogue(1, 2) == REST, "nothing has changed"


async def test_what_has_made_a_job_is_known(store: Store) -> None:
    assert not await store.has_made_job("1:1:0")
    await store.accept([JOBS[0]], Idle())
    assert await store.has_made_job("1:1:0")
    assert not await store.has_made_job("1:1:1")


async def test_the_workers_place_for_two_of_three(
    worker: Worker, store: Store, anna: Person, new_job: NewJob
) -> None:
    jobs = [await new_job(anna) for _ in range(3)]
    accepted, refusal = await worker.enqueue_all(jobs, lambda count: REST if count == 2 else Idle())
    assert accepted == 2
    assert isinstance(refusal, UserLimitReached)
    assert [job.id for job in await store.jobs_of(anna.user_id)] == [job.id for job in jobs[:2]]
    assert await store.load_dialogue(anna.chat.id, anna.user_id) == REST
    assert (await worker.enqueue_all(jobs[2:], lambda _: Idle()))[0] == 0
    assert await store.load_dialogue(anna.chat.id, anna.user_id) == REST, "nothing has changed"


async def test_whose_turn_comes_while_others_are_announced_is_not_announced_after_that(
    worker: Worker, painter: EaselPainter, anna: Person, sandbox: Sandbox, new_job: NewJob
) -> None:
    jobs = [await new_job(anna, created_at=now()) for _ in range(2)]
    sandbox.delay_next("sendMessage", 1.0)
    enqueueing = asyncio.create_task(worker.enqueue_all(jobs, lambda _: Idle()))
    (await painter.work(1)).finish()
    (await painter.work(2)).finish()
    assert await enqueueing == (2, None)
    await anna.wait_for(lambda _: len(results(anna)) == 2)
    await asyncio.sleep(0.2)
    assert len([each for each in anna.messages if each.from_bot]) == 2, "nothing stands beside them"
