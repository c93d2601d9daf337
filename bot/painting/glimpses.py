"""How a painting looks while it is made: now and then, small and rough."""

import io
import time
from functools import cached_property
from typing import TYPE_CHECKING

from bot.painting.painter import AS_PAINTED, Glimpse, OnGlimpse, PaintOrder, SheetOrder
from bot.painting.sheets import compose, painted, pale_photo
from styler.blend import blend
from styler.images import open_picture
from styler.outputs import encode_picture

if TYPE_CHECKING:
    from PIL import Image

    from styler import Progress

GLIMPSE_SECONDS = 0.5  # between two looks at a running painting
FIRST_PICTURE_STEP = 8  # before that it is still the photo
FIRST_PICTURE_SECONDS = 1.0  # and somebody who gets the painting in a moment needs no rough one
PICTURE_SECONDS = 8.0  # between two rough pictures
ROUGH_SIDE = 640  # pixels: quick to encode and to upload
SHOWN_SIDE = 1280  # pixels: Telegram shows no more of a photo


class Looker:
    """Turns the progress of every step into a glimpse now and then."""

    def __init__(self, order: PaintOrder, on_glimpse: OnGlimpse) -> None:
        self._order = order
        self._on_glimpse = on_glimpse
        self._start = time.monotonic()
        self._next_glimpse = self._start
        self._next_picture = self._start + FIRST_PICTURE_SECONDS

    def __call__(self, progress: "Progress") -> None:
        now = time.monotonic()
        if now < self._next_glimpse:
            return
        self._next_glimpse = now + GLIMPSE_SECONDS
        picture = None
        if now >= self._next_picture and progress.step >= FIRST_PICTURE_STEP:
            self._next_picture = now + PICTURE_SECONDS
            picture = self._rough_jpeg(progress.picture())
        self._on_glimpse(Glimpse(progress.fraction, progress.remaining, picture))

    def _rough_jpeg(self, picture: "Image.Image") -> bytes:
        picture.thumbnail((ROUGH_SIDE, ROUGH_SIDE))
        shown = self._order.shown
        if shown != AS_PAINTED:
            picture = blend(picture, self._rough_photo, shown.strength, keep_colors=shown.keep_colors)
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=85)
        return file.getvalue()

    @cached_property
    def _rough_photo(self) -> "Image.Image":
        """Kept, for a large photo takes a second and more to open, in which nothing is painted."""
        photo = open_picture(self._order.content, ROUGH_SIDE)
        photo.thumbnail((ROUGH_SIDE, ROUGH_SIDE))
        return photo


class SheetLooker:
    """Turns the glimpses of the cells into those of the sheet."""

    def __init__(self, order: SheetOrder, on_glimpse: OnGlimpse) -> None:
        self._order = order
        self._on_glimpse = on_glimpse
        self._started = time.monotonic()
        self._before = len(painted(order.cells))
        self._next_picture = self._started
        self._seconds = 0.0  # that a cell takes, by those painted since the start

    def within_cell(self, glimpse: Glimpse) -> None:
        """In the midst of a cell."""
        done = len(painted(self._order.cells))
        if done == self._before:  # of the first one it is known only how long it will have taken
            self._seconds = time.monotonic() - self._started + glimpse.remaining
        self._tell(done + glimpse.fraction, None)

    def after_cell(self) -> None:
        """One more is painted: now and then, show the sheet."""
        now, picture = time.monotonic(), None
        if now >= self._next_picture:
            self._next_picture = now + PICTURE_SECONDS
            sheet = compose(self._order, self._pale)
            sheet.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
            picture = encode_picture(sheet, "JPEG")
        done = len(painted(self._order.cells))
        self._seconds = (time.monotonic() - self._started) / max(1, done - self._before)
        self._tell(done, picture)

    @cached_property
    def _pale(self) -> "Image.Image":
        """Kept, likewise."""
        return pale_photo(self._order)

    def _tell(self, done: float, picture: bytes | None) -> None:
        cells = len(self._order.cells)
        self._on_glimpse(Glimpse(min(1.0, done / cells), self._seconds * (cells - done), picture))
