"""Cuts the maps of one block of the encoder into bands of whole rows, which it makes one after the other.

A band's maps are small enough to stay in a processor's cache from one operation to the next, and to be made
again on the way back instead of being kept. What a band lacks beside its own rows is made with it: one row
more on both sides for each convolution that is still to come.
"""

from dataclasses import dataclass

from torch import Tensor

LEAST_ROWS = 8  # a thinner band would be nearly all of what it shares with its neighbours


@dataclass(frozen=True, slots=True)
class Band:
    """Rows `top` to `bottom` of maps that have `height` rows."""

    top: int
    bottom: int
    height: int

    @property
    def is_whole(self) -> bool:
        return self.top == 0 and self.bottom == self.height

    @property
    def rows(self) -> int:
        return self.bottom - self.top

    @property
    def pooled(self) -> "Band":
        """The same rows after a pooling by two."""
        return Band(self.top // 2, -(-self.bottom // 2), -(-self.height // 2))

    def widened(self, rows: int) -> "Band":
        """With as many rows more on both sides, where there are any."""
        return Band(max(0, self.top - rows), min(self.height, self.bottom + rows), self.height)

    def of(self, x: Tensor, wider: "Band | None" = None) -> Tensor:
        """Its rows of a map, (N, C, H, W): a view. wider: the band whose rows x has; None: it has all."""
        above = wider.top if wider else 0
        return x[:, :, self.top - above : self.bottom - above]


def cut(height: int, most: int) -> list[Band]:
    """Bands of about `most` rows each, which own each of `height` rows once; each begins at an even row."""
    most = max(LEAST_ROWS, most)
    count = -(-height // most)
    rows = -(-height // (2 * count)) * 2
    return [Band(top, min(top + rows, height), height) for top in range(0, height, rows)]
