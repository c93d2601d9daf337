"""How long people will wait, from the speeds that were measured."""

import logging
from collections.abc import Iterable

from bot.jobs import Job
from bot.painting.courses import TYPICAL, Course, Shares, SheetCourse
from bot.painting.painter import EngineInfo
from bot.painting.sheets import cell_names
from bot.painting.speeds import estimate, record_speed
from bot.settings import LARGEST_ON_CPU, LARGEST_ON_GPU, Settings
from bot.storage.database import StoreError
from bot.storage.pictures import Pictures
from bot.store import Store
from styler import PictureError, Quality
from styler.images import fit_within
from styler.options import DEFAULT_SIZE_CPU

log = logging.getLogger(__name__)

LOOKED_AT = 30  # jobs of a queue; the others will take as long as these
CELL_SIDE = 256  # pixels, of a sheet's cells: the smallest at which the engine paints well


class Estimates:
    """Knows nothing until `engine` is set and the first picture was painted; says None until then."""

    def __init__(self, store: Store, pictures: Pictures, settings: Settings) -> None:
        self._store = store
        self._pictures = pictures
        self._settings = settings
        self.engine: EngineInfo | None = None
        self._courses: dict[tuple[Quality, int | None], Shares] = {}  # of the last painting of each kind

    def size_of(self, job: Job) -> int | None:
        """The long side that a job will be painted at, in pixels; of a sheet, that of each cell."""
        if job.sheet:
            return CELL_SIDE
        return job.size or (self.usual_size if self.engine or self._settings.styler_size else None)

    @property
    def usual_size(self) -> int:
        """The long side of a painting for which nobody chose one, in pixels: within the operator's limit."""
        return self._settings.usual_size(self.engine.default_size if self.engine else DEFAULT_SIZE_CPU)

    @property
    def largest_size(self) -> int:
        """The longest side that people may choose: without an operator's limit, at least what is usual."""
        on_gpu = self.engine is not None and self.engine.on_gpu
        limit = self._settings.bot_max_size or (LARGEST_ON_GPU if on_gpu else LARGEST_ON_CPU)
        return max(limit, self.usual_size)

    def quality_of(self, job: Job) -> Quality:
        """The quality that a job will be painted with."""
        if job.sheet:
            return Quality.DRAFT
        return Quality(job.quality) if job.quality else self._settings.styler_quality

    async def seconds(self, jobs: Iterable[Job]) -> float | None:
        """How long painting all these takes, one after the other."""
        known: dict[tuple[Quality, int], float | None] = {}
        total, jobs = 0.0, list(jobs)
        for job in jobs[:LOOKED_AT]:
            pixels = await self._pixels(job)
            if self.engine is None or pixels is None:
                return None
            kind = self.quality_of(job), pixels
            if kind not in known:
                known[kind] = await estimate(self._store, self.engine.device, kind[0], pixels)
            seconds = known[kind]
            if seconds is None:
                return None
            total += seconds * (self._cells_left(job) if job.sheet else 1)
        return total * max(1.0, len(jobs) / LOOKED_AT)

    async def course_of(self, job: Job) -> Course:
        """To judge by, while the job is painted, how long it still takes."""
        try:
            usual = await self.seconds([job])
        except StoreError as error:
            log.warning("How long job %s will take is not known: %s", job.id, error)
            usual = None
        if job.sheet:
            left = self._cells_left(job)
            return SheetCourse(len(job.styles), left, usual / left if usual and left else None)
        return Course(self._courses.get(self._kind(job), TYPICAL if usual is None else None), usual)

    async def record(self, job: Job, pixels: int, seconds: float, course: Course) -> None:
        """Learn from a finished painting, or from the cells of a sheet; where it can be written down."""
        if self.engine is None or seconds <= 0:
            return
        if not job.sheet:
            self._courses[self._kind(job)] = course.shares(seconds)
        try:
            await record_speed(self._store, self.engine.device, self.quality_of(job), pixels, seconds)
        except StoreError as error:
            log.warning("How long job %s took is not remembered: %s", job.id, error)

    def _cells_left(self, job: Job) -> int:
        """How many cells of a sheet are still to be painted: some may be there since before a stop."""
        if job.started_at is None:
            return len(job.styles)
        return sum(not self._pictures.result_path(name).is_file() for name in cell_names(job))

    def _kind(self, job: Job) -> tuple[Quality, int | None]:
        return self.quality_of(job), self.size_of(job)

    async def _pixels(self, job: Job) -> int | None:
        size = self.size_of(job)
        if size is None:
            return None
        try:
            width, height = fit_within(*await self._pictures.size(job.content), size)
        except PictureError:  # deleted meanwhile; painting will say so
            return None
        return width * height
