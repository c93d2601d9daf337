"""What a job that waits is told: whom it waits for, and how long."""

from collections.abc import Callable

import pytest

from bot.jobs import Job, Waiting
from bot.painting.estimates import LOOKED_AT, Estimates
from bot.painting.painter import EngineInfo, Glimpse
from bot.painting.speeds import record_speed
from bot.queue.open_jobs import Run
from bot.queue.outlook import before, look
from bot.settings import Settings
from bot.storage.pictures import Pictures
from bot.store import Store
from tests.bot.end_to_end.chat import picture
from tests.bot.some_jobs import a_job


@pytest.fixture
def estimates(store: Store, pictures: Pictures, settings: Callable[..., Settings]) -> Estimates:
    found = Estimates(store, pictures, settings(styler_quality="standard"))
    found.engine = EngineInfo("cpu", 768, on_gpu=False)
    return found


@pytest.fixture
async def jobs(pictures: Pictures) -> list[Job]:
    """Of two people, the second job of the first one last."""
    content = await pictures.keep(picture(200, 150))
    return [a_job(str(number), user_id=owner, content=content) for number, owner in enumerate((1, 2, 1))]


def test_people_are_counted_once_and_own_jobs_apart(jobs: list[Job]) -> None:
    other, more = a_job("3", user_id=2), a_job("4", user_id=3)
    assert before(jobs[2], []) == (0, 0)
    assert before(jobs[2], jobs[:2]) == (1, 1)
    assert before(jobs[2], [*jobs[:2], other, more]) == (2, 1)


async def test_the_wait_is_that_of_all_before_it_and_its_own(
    estimates: Estimates, store: Store, jobs: list[Job]
) -> None:
    await record_speed(store, "cpu", "standard", 64 * 48, 10.0)
    view = await look(jobs[2], True, jobs[:2], Run(jobs[0].id), estimates)
    assert view.waiting == Waiting(people=1, own=1, seconds=30.0)
    run = Run(jobs[0].id, glimpse=Glimpse(0.6, 4.0, None))
    view = await look(jobs[2], True, jobs[:2], run, estimates)
    assert view.waiting == Waiting(people=1, own=1, seconds=24.0)


async def test_of_a_long_queue_the_first_jobs_stand_for_all(
    estimates: Estimates, store: Store, jobs: list[Job]
) -> None:
    await record_speed(store, "cpu", "standard", 64 * 48, 10.0)
    assert await estimates.seconds(jobs[:1] * (2 * LOOKED_AT + 50)) == pytest.approx(
        (2 * LOOKED_AT + 50) * 10
    )


async def test_a_new_bot_judges_by_the_painting_under_way(estimates: Estimates, jobs: list[Job]) -> None:
    run = Run(jobs[0].id)
    for glimpse, seconds in (
        (None, None),
        (Glimpse(0.05, 95.0, None), None),
        (Glimpse(0.5, 10.0, None), 50.0),
    ):
        run.glimpse = glimpse
        view = await look(jobs[2], True, jobs[:2], run, estimates)
        assert view.waiting is not None
        assert view.waiting.seconds == seconds


async def test_one_that_is_painted_waits_no_more(estimates: Estimates, jobs: list[Job]) -> None:
    run = Run(jobs[0].id, glimpse=Glimpse(0.6, 4.0, None))
    view = await look(jobs[0], False, [], run, estimates)
    assert (view.waiting, view.glimpse) == (None, run.glimpse)
    assert (await look(jobs[1], False, [], run, estimates)).glimpse is None
