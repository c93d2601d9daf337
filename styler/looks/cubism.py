"""A face, a bust and a guitar broken into planes, each lit from a side of its own, held by black lines."""

import dataclasses

import numpy as np
from PIL import Image

from styler.looks import shapes
from styler.looks.canvas import (
    Floats,
    Ints,
    Random,
    borders,
    distance,
    finish,
    grid,
    line_integral,
    look_up,
    mix,
    noise,
    points,
    rgb,
    smoothstep,
)
from styler.looks.cartoon import Cartoon
from styler.looks.palette import NATURAL
from styler.looks.person import Person
from styler.looks.pieces import Pieces

BLACK = rgb("#14110f")[0]
EARTH = dataclasses.replace(
    NATURAL,
    skin=rgb("#f6dcae", "#e8843c", "#9c4a22"),
    hair=rgb("#1c1a1c", "#123f52", "#c4521f"),
    robe=rgb("#1f7f94", "#12323f", "#c9a468"),
    lip=rgb("#d2401f", "#7c1f14"),
    eye=rgb("#f8efe0", "#2f8fa8", "#14110f"),
)
PLANES = rgb(
    "#1f8aa0",
    "#12505f",
    "#e9692a",
    "#c9a468",
    "#f4e3c0",
    "#8a3a1c",
    "#20262b",
    "#6fb0b8",
    "#a8763a",
    "#f0a24a",
)


def cubism(rng: Random, size: int) -> Image.Image:
    """Teal, orange, sand and black planes that cut through the drawing."""
    n = 2 * size
    cartoon = _drawing(n, rng)
    base = cartoon.labels()
    pieces = _broken(cartoon, base, rng)
    colours = _recoloured(pieces, cartoon)
    picture = _shaded(pieces, colours, rng)
    picture = _lined(picture, pieces.labels, base, rng)
    return finish(picture, size)


def _drawing(n: int, rng: Random) -> Cartoon:
    cartoon = Cartoon(n)
    for k in range(60):
        x, y = rng.uniform(0, 1, 2)
        reach = rng.uniform(0.18, 0.42) * (1 - 0.5 * k / 60)
        turns = np.sort(rng.uniform(0, shapes.TURN, rng.integers(3, 6)))
        outline = np.stack([x + reach * np.cos(turns), y + reach * np.sin(turns)], 1).astype(np.float32)
        colour = PLANES[rng.integers(len(PLANES))]
        cartoon.add(outline, colour, grain=rng.uniform(0, np.pi), kind="plane")
    _guitar(cartoon, 0.8, 0.66, 0.2, -0.5)
    Person(cartoon, rng, EARTH, 0.38, 0.36, 0.24).draw()
    Person(cartoon, rng, EARTH, 0.86, 0.2, 0.12, side=-1).draw()
    return cartoon


def _guitar(cartoon: Cartoon, x: float, y: float, size: float, turn: float) -> None:
    sand, orange, black = PLANES[3], PLANES[2], PLANES[6]
    parts = (
        (shapes.ellipse(0, 0.5, 0.72, 0.66), sand),
        (shapes.ellipse(0, -0.35, 0.55, 0.5), sand),
        (points((0, -0.85), (0.7, -0.1), (0.75, 0.7), (0, 1.15)), orange),
        (shapes.ellipse(0, -0.1, 0.24, 0.24), black),
        (points((-0.09, -2.1), (0.09, -2.1), (0.11, -0.1), (-0.11, -0.1)), PLANES[5]),
        (points((-0.3, 0.62), (0.3, 0.62), (0.3, 0.72), (-0.3, 0.72)), black),
    )
    for outline, colour in parts:
        cartoon.add(shapes.moved(outline, x, y, size, turn), colour, grain=turn + shapes.DOWN, kind="guitar")


def _broken(cartoon: Cartoon, base: Ints, rng: Random) -> Pieces:
    """Long straight cuts run through everything; what lies on one side is no longer the piece it was."""
    x, y = grid(cartoon.n)
    code = np.zeros(base.shape, np.int64)
    for _ in range(15):
        turn = rng.uniform(0, np.pi)
        px, py = rng.uniform(0.1, 0.9, 2)
        side = (x - px) * np.cos(turn) + (y - py) * np.sin(turn) > 0
        along = (y - py) * np.cos(turn) - (x - px) * np.sin(turn)
        code = code * 2 + (side & (np.abs(along) < rng.uniform(0.25, 0.6)))
    small = cartoon.is_kind("eye", "line", "lip")
    keys = base.astype(np.int64) * 2**20 + np.where(small, 0, code)
    return Pieces(keys, rng)


def _recoloured(pieces: Pieces, cartoon: Cartoon) -> Floats:
    """Each plane near its own colour, or at times another of the painting's."""
    colours = pieces.means(cartoon.colours(fade=0.6))
    small = pieces.means(cartoon.is_kind("eye", "line", "lip")) > 0.5
    face = pieces.means(cartoon.is_kind("skin", "blush")) > 0.5
    other = PLANES[(pieces.chance() * len(PLANES)).astype(int)]
    share = np.where(small, 0, np.where(face, 0.2, 0.35) * (pieces.chance() < 0.6))
    swapped = (pieces.chance() < 0.14) & ~small
    colours = np.where(swapped[:, None], other, mix(colours, other, share))
    return pieces.varied(colours, 0.06, 0.02)


def _shaded(pieces: Pieces, colours: Floats, rng: Random) -> Floats:
    """Dark along one edge of each plane, light along the other, with the brush's drag across it."""
    n = pieces.labels.shape[0]
    x, y = grid(n)
    turn = (shapes.TURN * pieces.chance()).astype(np.float32)
    angle, share = turn[pieces.labels], pieces.share_along(turn)
    brush = line_integral(noise(rng, n, 220, 2), angle + np.float32(np.pi / 2), 0.025, 8)
    tone = 0.62 + 0.62 * share + 0.22 * brush
    shaded = colours[pieces.labels] * tone[..., None]
    glow = smoothstep(0.75, 1.05, share + 0.15 * look_up(brush, y, x).astype(np.float32))
    return np.clip(mix(shaded, rgb("#fbeccb")[0], 0.35 * glow), 0, 1)


def _lined(picture: Floats, pieces: Ints, base: Ints, rng: Random) -> Floats:
    """Heavy black around the drawn forms, swelling and thinning; a thin edge between the other planes."""
    n = pieces.shape[0]
    swell = 1 + 0.8 * noise(rng, n, 7, 2)
    drawn = distance(borders(base), 0.01) - 0.0028 * np.clip(swell, 0.15, 2)
    thin = distance(borders(pieces), 0.005) - 0.0009
    line = np.maximum(1 - smoothstep(-0.0005, 0.0005, drawn), 0.75 * (1 - smoothstep(-0.0005, 0.0005, thin)))
    return mix(picture, BLACK, line)
