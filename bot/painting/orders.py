"""A job as the engine needs it, and why it may fail there."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bot.jobs import Failure, Job
from bot.painting.estimates import Estimates
from bot.painting.painter import PaintOrder, SheetOrder, Shown
from bot.painting.sheets import cell_names
from bot.settings import Settings
from bot.storage.pictures import Pictures
from bot.titles import cell_titles, sheet_title
from styler import OutOfMemory, OutputError, PictureError, Preset, StyleOptions


class CannotPaint(Exception):
    """The job cannot be begun."""

    def __init__(self, reason: Failure) -> None:
        super().__init__(reason)
        self.reason = reason


class TookTooLong(Exception):
    """The painting was ended, or left to its thread, because its time was over."""


class Orders:
    """Makes paint orders of jobs."""

    def __init__(
        self, pictures: Pictures, presets: Mapping[str, Preset], estimates: Estimates, settings: Settings
    ) -> None:
        self._pictures = pictures
        self._presets = presets
        self._estimates = estimates
        self._settings = settings

    def order(self, job: Job) -> PaintOrder:
        """Raises `CannotPaint` when a picture or a preset is gone. Looks at the disk: call it in a thread."""
        if not all(self._pictures.picture_path(name).is_file() for name in job.pictures):
            raise CannotPaint(Failure.LOST)
        return PaintOrder(
            content=self._pictures.picture_path(job.content),
            styles=tuple(self._styles(job)),
            options=self._options(job),
            output=self._pictures.result_path(result_name(job)),
            shown=Shown(job.shown_strength, job.keep_colors),
            checkpoint=None if job.sheet else self._checkpoint(job),  # a sheet goes on from its cells
        )

    def sheet(self, job: Job) -> SheetOrder:
        """The same for a sheet."""
        whole = self.order(job)
        cells = [
            replace(whole, styles=(style,), output=self._pictures.result_path(name))
            for style, name in zip(whole.styles, cell_names(job), strict=True)
        ]
        titles = [sheet_title(title) for title in cell_titles(job, self._presets)]
        return SheetOrder(tuple(cells), tuple(titles), whole.output)

    def is_begun(self, job: Job) -> bool:
        """Whether something is painted of it already, to be gone on from. Call it in a thread."""
        return any(file.exists() for file in self._beginnings(job))

    def discard(self, job: Job) -> None:
        """Delete what was painted of a job that will have no result. Call it in a thread."""
        self._pictures.result_path(result_name(job)).unlink(missing_ok=True)
        self.discard_unfinished(job)

    def discard_unfinished(self, job: Job) -> None:
        """Delete what would be gone on from: the painting is good as it is. Call it in a thread."""
        for file in self._beginnings(job):
            file.unlink(missing_ok=True)

    def _beginnings(self, job: Job) -> list[Path]:
        cells = cell_names(job) if job.sheet else []
        return [self._checkpoint(job), *map(self._pictures.result_path, cells)]

    def _checkpoint(self, job: Job) -> Path:
        return self._pictures.result_path(f"{job.id}.checkpoint")

    def _styles(self, job: Job) -> list[tuple[Path | Preset, float]]:
        styles: list[tuple[Path | Preset, float]] = []
        for style in job.styles:
            if style.picture is not None:
                styles.append((self._pictures.picture_path(style.picture), style.weight))
            elif style.preset and style.preset in self._presets:
                styles.append((self._presets[style.preset], style.weight))
            else:
                raise CannotPaint(Failure.STYLE)
        return styles

    def _options(self, job: Job) -> StyleOptions:
        return StyleOptions(
            size=self._estimates.size_of(job),
            quality=self._estimates.quality_of(job),
            device=self._settings.styler_device,
            weights=self._settings.styler_weights,
        )


def result_name(job: Job) -> str:
    """The file name of a job's result: a file that was sent as PNG stays one."""
    whole = job.as_file and not job.sheet
    return job.id + (".png" if whole and job.content.endswith(".png") else ".jpg")


def failure_reason(error: BaseException) -> Failure:
    """What a failure is stored, counted and told as."""
    match error:
        case CannotPaint(reason=reason):
            return reason
        case PictureError():
            return Failure.PICTURE
        case OutOfMemory() | MemoryError():
            return Failure.MEMORY
        case OutputError():
            return Failure.DISK
        case TookTooLong():
            return Failure.TIME
        case _:
            return Failure.ENGINE
