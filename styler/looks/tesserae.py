"""Square stones laid in rows along a direction: centroidal Voronoi cells in a turned, square metric.

After A. Hausner, "Simulating Decorative Mosaics" (SIGGRAPH 2001), with jump flooding on the
processor.
"""

import numpy as np

from styler.looks.canvas import Bools, Floats, Ints, Random, grid, look_up

ROUNDS = 10  # of moving each stone to the middle of its pixels: by then they lie in rows


def lay(rng: Random, n: int, angle: Floats, size: Floats, seams: Bools) -> tuple[Ints, Floats]:
    """Stones over an `n` x `n` canvas: which stone each pixel belongs to, and the stones' middles (k, 2).

    angle: (m, m), the rows' direction; size: (m, m), the stones' width; seams: (m, m), lines that the stones
    should not cross. The work is done at m x m, and brought to n x n at the end.
    """
    places = _scattered(rng, size)
    m = angle.shape[0]
    cells = _flood(np.full((m, m), -1, np.int32), places, angle, size, from_step=m // 4)
    for _ in range(ROUNDS):
        places = _centred(cells, places, seams)
        cells = _flood(cells, places, angle, size, from_step=4)
    x, y = grid(n)
    fine = np.asarray(look_up(cells, x, y), np.int32)
    return _flood(fine, places, angle, size, from_step=2), places


def _scattered(rng: Random, size: Floats) -> Floats:
    """Middles on a loose grid, the closer together the smaller the stones are to be."""
    found = []
    for row_size in np.unique(np.round(size, 4)):
        count = int(1 / row_size)
        x, y = np.meshgrid((np.arange(count) + 0.5) / count, (np.arange(count) + 0.5) / count)
        places = np.stack([x.ravel(), y.ravel()], 1) + rng.uniform(-0.3, 0.3, (count * count, 2)) / count
        places = np.clip(places, 0.001, 0.999).astype(np.float32)
        here = look_up(size, places[:, 0], places[:, 1])
        found.append(places[np.abs(here - row_size) < 1e-4])
    return np.concatenate(found)


def _flood(cells: Ints, places: Floats, angle: Floats, size: Floats, from_step: int) -> Ints:
    """Jump flooding: each pixel takes over the neighbours' stone where that is nearer than its own."""
    n = cells.shape[0]
    x, y = grid(n)
    turn = look_up(angle, places[:, 0], places[:, 1])
    width = look_up(size, places[:, 0], places[:, 1])
    frame = np.stack([places[:, 0], places[:, 1], np.cos(turn) / width, np.sin(turn) / width], 1).astype(
        np.float32
    )
    cells = cells.copy()
    if from_step > 4:
        column, row = (places * n).astype(np.int32).T
        cells[row, column] = np.arange(len(places))
    best = _far(cells, frame, x, y)
    step = from_step
    while step >= 1:
        for dy in (-step, 0, step):
            for dx in (-step, 0, step):
                if dx or dy:
                    _take_over(cells, best, frame, x, y, dx, dy)
        step //= 2
    return cells


def _take_over(cells: Ints, best: Floats, frame: Floats, x: Floats, y: Floats, dx: int, dy: int) -> None:
    n = cells.shape[0]
    here = slice(max(0, -dy), n - max(0, dy)), slice(max(0, -dx), n - max(0, dx))
    there = slice(max(0, dy), n - max(0, -dy)), slice(max(0, dx), n - max(0, -dx))
    offered = cells[there]
    far = _far(offered, frame, x[here], y[here])
    nearer = far < best[here]
    best[here] = np.where(nearer, far, best[here])
    cells[here] = np.where(nearer, offered, cells[here])


def _far(cells: Ints, frame: Floats, x: Floats, y: Floats) -> Floats:
    """How far each pixel is from its stone's middle, in stones: along rows or across, whichever is more."""
    px, py, cos, sin = np.moveaxis(frame[cells], -1, 0)
    dx, dy = x - px, y - py
    far = np.maximum(np.abs(dx * cos + dy * sin), np.abs(dy * cos - dx * sin))
    return np.where(cells < 0, np.inf, far).astype(np.float32)


def _centred(cells: Ints, places: Floats, seams: Bools) -> Floats:
    """Each stone's middle moved to that of its pixels, those on seams left out."""
    x, y = grid(cells.shape[0])
    weights = np.where(seams, 0.02, 1.0).ravel()
    flat, count = cells.ravel(), len(places)
    total = np.bincount(flat, weights, count)
    sums = [np.bincount(flat, weights * axis.ravel(), count) for axis in (x, y)]
    moved = np.stack(sums, 1) / np.maximum(total, 1e-6)[:, None]
    return np.where(total[:, None] > 0, np.clip(moved, 0.001, 0.999), places).astype(np.float32)
