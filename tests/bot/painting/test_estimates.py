"""How long those who wait are told that it takes."""

from collections.abc import Callable

import pytest

from bot.jobs import JobStatus, JobStyle
from bot.painting.estimates import CELL_SIDE, Estimates
from bot.painting.painter import EngineInfo, Glimpse
from bot.painting.speeds import record_speed
from bot.settings import Settings
from bot.storage.pictures import Pictures
from bot.store import Store
from tests.bot.end_to_end.chat import picture
from tests.bot.some_jobs import a_job, add_job

CELL_SECONDS = 2.0


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
