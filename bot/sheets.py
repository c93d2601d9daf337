"""One photo in many styles: paints a sheet cell by cell, and puts the cells together.

It may be stopped at any time and gone on with later: what was painted waits beside the output.
"""

import time
from collections.abc import Sequence

from PIL import Image

from bot.executor import (
    PICTURE_SECONDS,
    Glimpse,
    OnGlimpse,
    Painting,
    PaintOrder,
    SheetOrder,
    ShouldStop,
    paint,
)
from styler.images import encode_picture, fit_within, open_picture, resize, save_picture
from styler.options import DEFAULT_SIZE_CPU
from styler.sheet import GROUND, contact_sheet

STEEPEST = 2  # one side of a cell to the other; what is longer is cropped
PALE = 0.75  # how much of the ground covers the photo where nothing is painted yet
SHOWN_SIDE = 1280  # Telegram shows no more of a photo


def paint_sheet(order: SheetOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> Painting:
    """Paint here and now what is not painted yet. Raises `StylerError`."""
    started, painted_before = time.monotonic(), len(_painted(order.cells))
    looker = _SheetLooker(order, on_glimpse)
    size, stopped = (0, 0), False
    for cell in order.cells:
        if cell.output.is_file():
            continue
        stopped = should_stop()
        if not stopped:
            painting = paint(cell, looker.within_cell, should_stop)
            size, stopped = (painting.width, painting.height), painting.stopped
            if stopped:
                cell.output.unlink()  # half a cell says nothing about its style
        if stopped:
            break
        looker.after_cell()
    save_picture(compose(order), order.output)
    fresh = len(_painted(order.cells)) - painted_before
    if not stopped:
        discard(order.cells)
    return Painting(order.output, *size, (time.monotonic() - started) / max(1, fresh), stopped)


def compose(order: SheetOrder) -> Image.Image:
    """The sheet as far as it is painted; elsewhere the photo shines through."""
    painted = {cell.output: open_picture(cell.output) for cell in _painted(order.cells)}
    first = order.cells[0]
    photo = open_picture(first.content, first.options.size)
    photo = resize(photo, fit_within(*photo.size, first.options.size or DEFAULT_SIZE_CPU))
    pale = Image.blend(photo, Image.new("RGB", photo.size, GROUND), PALE)
    width, height = _cell_size(*photo.size)
    count = len(order.cells)
    columns = max(2, min(7, round((count * height / width) ** 0.5)))  # about as high as wide
    cells = [
        (title, painted.get(cell.output, pale)) for title, cell in zip(order.titles, order.cells, strict=True)
    ]
    return contact_sheet(cells, columns, width, height)


def discard(cells: Sequence[PaintOrder]) -> None:
    """Delete what was painted for a sheet."""
    for cell in cells:
        cell.output.unlink(missing_ok=True)


class _SheetLooker:
    """Turns the glimpses of the cells into those of the sheet."""

    def __init__(self, order: SheetOrder, on_glimpse: OnGlimpse) -> None:
        self._order = order
        self._on_glimpse = on_glimpse
        self._started = time.monotonic()
        self._before = len(_painted(order.cells))
        self._next_picture = self._started

    def within_cell(self, glimpse: Glimpse) -> None:
        """In the midst of a cell."""
        self._tell(len(_painted(self._order.cells)) + glimpse.fraction, None)

    def after_cell(self) -> None:
        """One more is painted: now and then, show the sheet."""
        now, picture = time.monotonic(), None
        if now >= self._next_picture:
            self._next_picture = now + PICTURE_SECONDS
            sheet = compose(self._order)
            sheet.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
            picture = encode_picture(sheet, "JPEG")
        self._tell(len(_painted(self._order.cells)), picture)

    def _tell(self, done: float, picture: bytes | None) -> None:
        cells = len(self._order.cells)
        elapsed = time.monotonic() - self._started
        remaining = elapsed / max(0.1, done - self._before) * (cells - done)
        self._on_glimpse(Glimpse(min(1.0, done / cells), remaining, picture))


def _painted(cells: Sequence[PaintOrder]) -> list[PaintOrder]:
    return [cell for cell in cells if cell.output.is_file()]


def _cell_size(width: int, height: int) -> tuple[int, int]:
    """What a picture of this size is cropped to."""
    least = max(width, height) // STEEPEST
    return max(width, least), max(height, least)
