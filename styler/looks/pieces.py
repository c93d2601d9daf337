"""Pieces of a picture, and what is chosen for each: by chance, but by a key of its own rather than in turn.

So a piece that is too small to be drawn on a small canvas does not change what all the others get.
"""

import numpy as np
from numpy.typing import NDArray

from styler.looks.canvas import Floats, Ints, Random, clipped

Keys = NDArray[np.int64]


class Pieces:
    """A canvas cut into pieces: `labels` (n, n) count from 0 to `count` - 1."""

    def __init__(self, keys: Keys, rng: Random) -> None:
        """keys: (n, n), equal within a piece."""
        self.keys, labels = np.unique(keys, return_inverse=True)
        self.labels: Ints = labels.reshape(keys.shape).astype(np.int32)
        self.count = len(self.keys)
        self._salt = int(rng.integers(0, 2**31))

    def chance(self) -> Floats:
        """A number in [0, 1) for each piece, (count,), other ones each time."""
        self._salt += 1
        return chances(self.keys, self._salt)

    def varied(self, colours: Floats, light: float, hue: float) -> Floats:
        """Colours (count, 3) made a little lighter or darker, and a little more of this or that primary."""
        lighter = light * (2 * self.chance()[:, None] - 1)
        tinted = hue * (2 * np.stack([self.chance() for _ in range(3)], 1) - 1)
        return clipped(colours + lighter + tinted)

    def means(self, values: NDArray[np.generic]) -> Floats:
        """The mean of `values` (n, n) or (n, n, 3) in each piece."""
        return means(self.labels, np.asarray(values, np.float32), self.count)

    def share_along(self, angle: Floats) -> Floats:
        """How far through its piece each pixel lies, 0..1, along each piece's `angle` (count,)."""
        n = self.labels.shape[0]
        line = (np.arange(n, dtype=np.float32) + 0.5) / n
        turn = angle[self.labels]
        along = (line * np.cos(turn) + line[:, None] * np.sin(turn)).astype(np.float32)
        low, high = spread(self.labels, along, self.count)
        share = (along - low[self.labels]) / np.maximum(high - low, 0.02)[self.labels]
        return np.asarray(share, np.float32)


def chances(keys: Keys, salt: int) -> Floats:
    """A number in [0, 1) for each key, ever the same for one key and salt (SplitMix64)."""
    mixed = (keys.astype(np.uint64) + np.uint64(salt)) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return np.asarray((mixed >> np.uint64(11)) / 2**53, np.float64)


def spread(labels: Ints, values: Floats, count: int) -> tuple[Floats, Floats]:
    """The least and the greatest of `values` in each of `count` pieces."""
    low, high = np.full(count, np.inf, np.float32), np.full(count, -np.inf, np.float32)
    np.minimum.at(low, labels.ravel(), values.ravel())
    np.maximum.at(high, labels.ravel(), values.ravel())
    return np.where(np.isfinite(low), low, 0), np.where(np.isfinite(high), high, 1)


def means(labels: Ints, values: Floats, count: int) -> Floats:
    """The mean of `values` (n, n) or (n, n, 3) in each of `count` pieces."""
    flat = labels.ravel()
    sizes = np.maximum(np.bincount(flat, minlength=count), 1)
    layers = values.reshape(flat.size, -1)
    sums = [np.bincount(flat, layers[:, c], count) / sizes for c in range(layers.shape[1])]
    return np.stack(sums, -1).astype(np.float32).reshape(count, *values.shape[2:])
