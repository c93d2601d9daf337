"""How long a painting still takes, judged by how the last one of its kind went.

The engine knows what share of the work is done, but the same work takes longer on a small scale than on a
large one, on each machine otherwise. So the share of the time is learnt from the painting before: by the
engine's own reckoning 40 % done were 25 s left, where it was 10. A new bot's first painting is judged by a
typical one, and by its own steps alone: getting ready takes seconds then that say nothing about the rest.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from bot.painting.painter import Glimpse

BRIEF_SECONDS = 1.0  # in which nobody would read how far it is
SURE = 0.3  # share of the time from which on the painting's own speed is all that counts

Shares = Sequence[tuple[float, float]]  # of the work, and of the time it took; from (0, 0) to (1, 1), rising

# As measured at 512 px on two cores.
TYPICAL: Shares = ((0, 0), (0.05, 0.09), (0.17, 0.28), (0.41, 0.63), (0.65, 0.78), (0.88, 0.93), (1, 1))
LEAST_SHARE = 0.05  # of the time: less of it tells no speed


class Course:
    """One painting on its way."""

    def __init__(self, earlier: Shares | None = None, usual: float | None = None) -> None:
        """`earlier` is how one of its kind went; `usual` the seconds that such a painting takes."""
        self._earlier = earlier
        self._usual = usual
        self._points: list[tuple[float, float]] = []  # of the work, and seconds

    @property
    def is_brief(self) -> bool:
        """Whether such a painting is usually there before anybody has read that it is begun."""
        return self._usual is not None and self._usual < BRIEF_SECONDS

    def honest(self, glimpse: Glimpse) -> Glimpse:
        """The glimpse with the time that is really left. Called in the painting thread."""
        done = glimpse.fraction
        if not 0 < done < 1:
            return glimpse
        elapsed = glimpse.remaining * done / (1 - done)
        if not self._points or done > self._points[-1][0]:
            self._points.append((done, elapsed))
        if self._earlier is None and self._usual is None:
            return glimpse
        return replace(glimpse, remaining=self._remaining(done, elapsed))

    def shares(self, seconds: float) -> Shares:
        """How it went, when it has taken so many seconds in all."""
        times = [(done, elapsed / seconds) for done, elapsed in self._points if elapsed < seconds]
        return ((0.0, 0.0), *times, (1.0, 1.0))

    def _remaining(self, done: float, elapsed: float) -> float:
        if self._usual is None:
            return self._remaining_of_first(done, elapsed)
        share = done if self._earlier is None else max(share_of_time(self._earlier, done), 1e-3)
        by_itself = elapsed / share
        # At first its own speed says little, for much of the time went into getting ready.
        weight = share if self._earlier is None else min(1.0, share / SURE)
        return weight * by_itself + (1 - weight) * max(self._usual, elapsed) - elapsed

    def _remaining_of_first(self, done: float, elapsed: float) -> float:
        assert self._earlier is not None  # where nothing at all is known, `honest` changes nothing
        share = share_of_time(self._earlier, done)
        first_done, first_elapsed = self._points[0]
        gained = share - share_of_time(self._earlier, first_done)
        if gained < LEAST_SHARE:
            return (1 - share) * elapsed / max(share, LEAST_SHARE)
        return (1 - share) * (elapsed - first_elapsed) / gained


class SheetCourse(Course):
    """A sheet on its way: until one of its cells is painted, the time is that which a cell usually takes."""

    def __init__(self, cells: int, cells_left: int, usual: float | None) -> None:
        """`usual` is the seconds that a cell usually takes."""
        super().__init__(usual=None if usual is None else usual * cells_left)
        self._cells = cells
        self._cells_left = cells_left
        self._usual_of_cell = usual

    def honest(self, glimpse: Glimpse) -> Glimpse:
        """The first cell waits for the engine to be loaded, so of the others its own speed says little."""
        left = self._cells * (1 - glimpse.fraction)
        is_one_painted = self._cells_left - left > 0.99  # a sum of fractions is not exactly 1
        if self._usual_of_cell is None or is_one_painted:
            return glimpse
        return replace(glimpse, remaining=left * self._usual_of_cell)


def share_of_time(shares: Shares, done: float) -> float:
    """What share of its time a painting has taken when so much of the work was done.

    >>> share_of_time(((0, 0), (0.4, 0.6), (1, 1)), 0.2)
    0.3
    """
    place = min(max(1, bisect_left(shares, done, key=lambda point: point[0])), len(shares) - 1)
    (before, since), (after, until) = shares[place - 1], shares[place]
    return since + (until - since) * (done - before) / (after - before)
