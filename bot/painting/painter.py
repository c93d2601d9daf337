"""What is asked of a painter and what it answers: plain values and the Protocol between worker and engine."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.jobs import WHOLE
from styler import DeviceError, Preset
from styler.options import StyleOptions

AGAIN_SECONDS = 2.0  # between two attempts to reach an engine that is away


@dataclass(frozen=True, slots=True)
class Shown:
    """How a painting is shown, beside as it is: see `styler.blend`."""

    strength: float = WHOLE
    keep_colors: bool = False


AS_PAINTED = Shown()


@dataclass(frozen=True, slots=True)
class PaintOrder:
    """All that a painter needs to know. Only plain values: it may travel to another machine some day."""

    content: Path
    styles: tuple[tuple[Path | Preset, float], ...]  # with their weights
    options: StyleOptions
    output: Path  # where the painting is written, in the format of its suffix: as it is, not as it is shown
    shown: Shown = AS_PAINTED  # for the glimpses
    checkpoint: Path | None = None  # where it goes on from, if that is there; what is kept of it meanwhile


@dataclass(frozen=True, slots=True)
class SheetOrder:
    """Several small paintings of one photo, to be shown as one numbered picture."""

    cells: tuple[PaintOrder, ...]  # what is painted stays at their outputs until the sheet is whole
    titles: tuple[str, ...]  # one for each, "" for none
    output: Path


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A look at a running painting."""

    fraction: float  # 0 to 1
    remaining: float  # seconds, estimated
    picture: bytes | None  # a small JPEG of how it looks, now and then


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What the engine found on this machine."""

    device: str  # "cpu", "cuda:0" ...
    default_size: int  # long side in pixels where none is asked for
    on_gpu: bool


@dataclass(frozen=True, slots=True)
class Painting:
    """A finished painting, written to `path`; stopped before anything was there: no file, and 0 x 0."""

    path: Path
    width: int  # of a sheet: these three are of one of its cells
    height: int
    seconds: float
    stopped: bool  # it was asked to stop: this is how far it had come
    reduced: bool = False  # memory did not suffice for the size that was asked for

    @property
    def is_there(self) -> bool:
        """Whether there is a file of it. Looks at the disk."""
        return self.path.is_file()


class EngineAway(DeviceError):
    """The engine is on another machine that cannot be reached now: trying again later may help."""


OnGlimpse = Callable[[Glimpse], None]
ShouldStop = Callable[[], bool]


class Painter(Protocol):
    """What the worker asks for a painting; `StyleExecutor` is the real one."""

    def warm_up(self, device: str) -> Future[EngineInfo]:
        """Get ready, and tell what there is. Raises `DeviceError`: `EngineAway` if trying again may help."""
        ...

    def paint(self, order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> Future[Painting]:
        """Begin; `on_glimpse` and `should_stop` are called from the painting thread."""
        ...

    def paint_sheet(
        self, order: SheetOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop
    ) -> Future[Painting]:
        """Begin, or go on where it was stopped."""
        ...

    def replace(self) -> None:
        """Leave what is being painted to itself, and have the next ones painted all the same."""
        ...
