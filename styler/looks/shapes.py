"""Outlines, as (k, 2) arrays of corners in units of the canvas's side."""

import numpy as np

from styler.looks.canvas import Floats, Random

TURN = 2 * np.pi
DOWN = np.pi / 2  # the direction


def ellipse(x: float, y: float, rx: float, ry: float) -> Floats:
    """About (x, y), its axes along the canvas's sides."""
    t = np.linspace(0, TURN, 48, endpoint=False)
    return _placed(rx * np.cos(t), ry * np.sin(t), x, y, 0)


def blob(
    rng: Random, x: float, y: float, rx: float, ry: float, wobble: float = 0.15, lobes: int = 5
) -> Floats:
    """A round thing with an uneven edge: a tree's crown, a cloud, a puddle."""
    t = np.linspace(0, TURN, 72, endpoint=False)
    radius = np.ones_like(t)
    for k in range(2, 2 + lobes):
        radius += wobble / np.sqrt(k) * rng.uniform(0.3, 1) * np.sin(k * t + rng.uniform(0, TURN))
    return _placed(rx * radius * np.cos(t), ry * radius * np.sin(t), x, y, 0)


def leaf(x: float, y: float, length: float, width: float, turn: float, bend: float = 0.0) -> Floats:
    """Pointed at both ends, from (x, y) along `turn`, its middle line bent sideways by `bend` lengths."""
    t = np.linspace(0, 1, 24)
    middle = bend * length * 4 * t * (1 - t)
    half = width / 2 * np.sin(np.pi * t) ** 0.8
    along = np.concatenate([t, t[::-1]]) * length
    aside = np.concatenate([middle + half, (middle - half)[::-1]])
    return _placed(along, aside, x, y, turn)


def ribbon(line: Floats, widths: Floats) -> Floats:
    """A line (k, 2) drawn as wide as `widths` (k,) say."""
    step = np.gradient(line, axis=0)
    normal = np.stack([-step[:, 1], step[:, 0]], 1) / (np.hypot(step[:, 0], step[:, 1])[:, None] + 1e-9)
    aside = normal * widths[:, None] / 2
    return np.concatenate([line + aside, (line - aside)[::-1]]).astype(np.float32)


def curve(corners: Floats, count: int = 40) -> Floats:
    """A smooth line (count, 2) through `corners` (Catmull-Rom)."""
    padded = np.concatenate([2 * corners[:1] - corners[1:2], corners, 2 * corners[-1:] - corners[-2:-1]])
    place = np.linspace(0, len(corners) - 1, count)
    i = np.minimum(place.astype(int), len(corners) - 2)
    t = (place - i)[:, None]
    p0, p1, p2, p3 = (padded[i + k] for k in range(4))
    smooth = (
        2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    return np.asarray(smooth / 2, np.float32)


def ridge(rng: Random, height: float, swing: float, bumps: int, rough: float = 0.0) -> Floats:
    """Everything below a wavering skyline at about `height`; `rough` adds small teeth to it."""
    x = np.linspace(-0.02, 1.02, 160)
    knots = rng.uniform(-swing, swing, bumps + 3)
    line = curve(np.stack([np.linspace(-0.1, 1.1, bumps + 3), height + knots], 1).astype(np.float32), 160)
    y = np.interp(x, line[:, 0], line[:, 1]) + rough * rng.uniform(-1, 1, 160)
    return np.concatenate([np.stack([x, y], 1), [[1.02, 1.02], [-0.02, 1.02]]]).astype(np.float32)


def petals(x: float, y: float, radius: float, count: int, turn: float) -> list[Floats]:
    """A flower's petals, the first along `turn`."""
    width = 0.8 * TURN * radius / count / 1.4
    return [leaf(x, y, radius, width, turn + TURN * k / count) for k in range(count)]


def moved(outline: Floats, x: float, y: float, scale: float = 1.0, turn: float = 0.0) -> Floats:
    """An outline drawn about the origin, put at (x, y)."""
    return _placed(outline[:, 0] * scale, outline[:, 1] * scale, x, y, turn)


def _placed(along: Floats, aside: Floats, x: float, y: float, turn: float) -> Floats:
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([x + along * cos - aside * sin, y + along * sin + aside * cos], 1).astype(np.float32)
