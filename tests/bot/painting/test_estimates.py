"""How long those who wait are told that it takes."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.jobs import JobStatus, JobStyle
from bot.painting.courses import Course
from bot.painting.estimates import CELL_SIDE, Estimates
from bot.painting.painter import EngineInfo, Glimpse
from bot.painting.speeds import record_speed
from bot.settings import LARGEST_ON_CPU, LARGEST_ON_GPU, Settings
from bot.storage.pictures import Pictures
from bot.store import Store
from tests.bot.end_to_end.chat import picture
from tests.bot.some_jobs import a_job, add_job

CELL_SECONDS = 2.0


@pytest.mark.parametrize(
    ("wished", "on_cpu", "on_gpu"),
    [
        ({}, LARGEST_ON_CPU, LARGEST_ON_GPU),
        ({"styler_size": 1500}, 1500, LARGEST_ON_GPU),
        ({"styler_size": 1500, "bot_max_size": 1200}, 1200, 1200),
        ({"bot_max_size": 3000}, 3000, 3000),
    ],
)
def test_how_large_people_may_have_it(
    store: Store,
    pictures: Pictures,
    settings: Callable[..., Settings],
    wished: dict[str, int],
    on_cpu: int,
    on_gpu: int,
) -> None:
    estimates = Estimates(store, pictures, settings(**wished))
    for is_gpu, largest in ((False, on_cpu), (True, on_gpu)):
        estimates.engine = EngineInfo("any", 512, on_gpu=is_gpu)
        assert estimates.largest_size == largest


async def test_a_painting_is_judged_by_the_last_of_its_kind_and_not_by_a_sheet(
    store: Store, pictures: Pictures, settings: Callable[..., Settings]
) -> None:
    estimates = Estimates(store, pictures, settings())
    estimates.engine = EngineInfo("cpu", 512, on_gpu=False)
    painting = a_job(content=await pictures.keep(picture(200, 200)), size=CELL_SIDE)
    sheet = replace(painting, sheet=True)
    half = Glimpse(0.5, 10.0, None)  # after ten seconds

    async def left(usual: float | None) -> float:
        assert await estimates.seconds([painting]) == usual
        return (await estimates.course_of(painting)).honest(half).remaining

    assert await left(None) == pytest.approx(10.0, rel=0.7)
    assert await left(None) != 10.0, "as is typical, which the engine does not know"
    await estimates.record(painting, CELL_SIDE**2, 0.0, Course())
    assert await left(None) != 10.0, "what took no time teaches nothing"
    went = Course()
    went.honest(half)
    await estimates.record(sheet, CELL_SIDE**2, 40.0, Course())
    assert await left(40.0) == pytest.approx(0.5 * 20 + 0.5 * 40 - 10)
    await estimates.record(painting, CELL_SIDE**2, 40.0, went)
    assert await left(40.0) == pytest.approx((10 / 0.25) * 5 / 6 + 40 / 6 - 10)


async def test_of_a_sheet_that_was_stopped_only_the_other_cells_are_still_painted(
    store: Store, pictures: Pictures, settings: Callable[..., Settings]
) -> None:
    estimates = Estimates(store, pictures, settings())
    estimates.engine = EngineInfo("cpu", 512, on_gpu=False)
    await record_speed(store, "cpu", "draft", CELL_SIDE * CELL_SIDE, CELL_SECONDS)
    photo = await pictures.keep(picture(200, 200))
    styles = tuple(JobStyle(preset=name) for name in ("ink", "mosaic", "starry-night", "great-wave"))
    sheet = a_job(content=photo, styles=styles, sheet=True)
    await add_job(store, sheet)
    assert await estimates.seconds([sheet]) == pytest.approx(4 * CELL_SECONDS)
    await store.update_job(sheet.id, JobStatus.RUNNING)
    for number in (1, 3, 4):
        pictures.result_path(f"{sheet.id}-{number}.png").write_bytes(b"a cell")
    sheet = await store.update_job(sheet.id, JobStatus.QUEUED, attempts=0)
    assert await estimates.seconds([sheet]) == pytest.approx(CELL_SECONDS)
    course = await estimates.course_of(sheet)
    assert course.honest(Glimpse(0.8, 99.0, None)).remaining == pytest.approx(0.8 * CELL_SECONDS)
