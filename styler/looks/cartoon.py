"""A cartoon, in the glazier's sense: the drawing under a work, cut into pieces that the medium then fills."""

from collections.abc import Collection

import numpy as np
from PIL import Image, ImageDraw

from styler.looks.canvas import Bools, Floats, Ints, borders, grid, mix
from styler.looks.pieces import spread


class Cartoon:
    """Pieces drawn one over another; each has a colour, a second colour to which it fades, and a grain.

    The first piece is also the ground: it has all that no piece covers.
    """

    def __init__(self, n: int, soft: Collection[str] = ("blush",)) -> None:
        """Pieces of the kinds in `soft` have no outline of their own: `seams` passes over them."""
        self.n = n
        self._soft = soft
        self._image, self._firm = Image.new("I", (n, n), 0), Image.new("I", (n, n), 0)
        self._colour: list[Floats] = []
        self._shade: list[Floats] = []
        self._fall: list[float] = []
        self._grain: list[float] = []
        self._kind: list[str] = []

    def add(
        self,
        outline: Floats,
        colour: Floats,
        shade: Floats | None = None,
        *,
        fall: float = np.pi / 2,
        grain: float = 0.0,
        kind: str = "",
    ) -> None:
        """Draw a piece: `outline` (k, 2), `colour` fading to `shade` along `fall`, strokes along `grain`."""
        corners = [(float(x), float(y)) for x, y in outline * self.n]
        for image in (self._image,) if kind in self._soft else (self._image, self._firm):
            ImageDraw.Draw(image).polygon(corners, fill=len(self._colour))
        self._colour.append(colour)
        self._shade.append(colour if shade is None else shade)
        self._fall.append(fall)
        self._grain.append(grain)
        self._kind.append(kind)

    def labels(self) -> Ints:
        """Which piece each pixel belongs to, (n, n)."""
        return np.asarray(self._image, np.int32)

    def grain(self) -> Floats:
        """The angle of the strokes at each pixel, (n, n)."""
        return np.array(self._grain, np.float32)[self.labels()]

    def seams(self) -> Bools:
        """The lines between pieces, (n, n), but for the soft ones'."""
        return borders(np.asarray(self._firm, np.int32))

    def is_kind(self, *kinds: str) -> Bools:
        """Where the pieces of these kinds lie, (n, n)."""
        return np.array([kind in kinds for kind in self._kind])[self.labels()]

    def colours(self, fade: float = 1.0) -> Floats:
        """The colour of each pixel, (n, n, 3); `fade` 0 leaves every piece flat."""
        labels = self.labels()
        fall = np.array(self._fall)[labels]
        x, y = grid(self.n)
        along = x * np.cos(fall) + y * np.sin(fall)
        low, high = spread(labels, along.astype(np.float32), len(self._colour))
        share = (along - low[labels]) / np.maximum(high - low, 1e-3)[labels]
        first, second = np.stack(self._colour)[labels], np.stack(self._shade)[labels]
        return mix(first, second, np.clip(share, 0, 1) * fade)
