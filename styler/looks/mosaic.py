"""A mosaic of small stones and gilded glass, laid in rows that follow the drawing."""

import dataclasses

import numpy as np
from PIL import Image

from styler.looks import scenes, shapes, tesserae
from styler.looks.canvas import (
    Bools,
    Floats,
    Random,
    blur,
    borders,
    distance,
    finish,
    grid,
    jitter,
    lit,
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

GROUT = rgb("#5d5248", "#3a322d")
GOLD = rgb("#e8b73a", "#c98f1e", "#f7dc7a", "#9c6a14")
STONES = dataclasses.replace(
    NATURAL,
    sky=rgb("#0f3f8f", "#1f6fc0", "#4fb0d8", "#bfe6e0"),
    cloud=rgb("#fbf6e6", "#cfe3e6", "#8fb8d0"),
    hill=rgb("#2f7f3f", "#8fb52f", "#1a5f4f", "#d0c23f"),
    water=rgb("#0a4f9c", "#1f9fc4", "#7fdcd8", "#123070"),
    skin=rgb("#f8dcc0", "#e6ac88", "#a8684f"),
    hair=rgb("#3a1a12", "#7a3a1c", "#b06a2a"),
    robe=rgb("#a3122f", "#5f0c3a", "#d8463a"),
    flower=rgb("#d8203a", "#f5f0e0", "#f08a2a", "#8a3aa0", "#ffd23f"),
)
STONE, SMALL_STONE = 0.0165, 0.0115


def mosaic(rng: Random, size: int) -> Image.Image:
    """A person before a gilded sky, flowers and water, in stones of two sizes."""
    n = 2 * size
    m = min(512, n)
    drawing = _drawing(n, np.random.default_rng(11))
    plan = _drawing(m, np.random.default_rng(11))
    seams = borders(plan.labels())
    fine = plan.is_kind("skin", "eye", "line", "lip", "blush", "flower")
    width = np.where(fine, SMALL_STONE, STONE).astype(np.float32)
    cells, places = tesserae.lay(rng, n, _rows(plan, seams), width, seams)
    colours = look_up(drawing.colours(), places[:, 0], places[:, 1]).astype(np.float32)
    gilded = look_up(drawing.is_kind("gold"), places[:, 0], places[:, 1]).astype(bool)
    return finish(_set(cells, _stones(rng, colours, gilded), places, gilded, rng), size)


def _drawing(n: int, rng: Random) -> Cartoon:
    cartoon = Cartoon(n)
    scenes.valley(cartoon, rng, STONES, 0.5)
    for k, radius in enumerate((0.36, 0.33, 0.29)):
        colour = (rgb("#8a1f2a")[0], GOLD[0], GOLD[2])[k]
        cartoon.add(shapes.ellipse(0.34, 0.4, radius, radius), colour, kind="gold" if k else "")
    Person(cartoon, rng, STONES, 0.34, 0.42, 0.2).draw()
    places = points((0.68, 0.66), (0.86, 0.72), (0.64, 0.86), (0.8, 0.9), (0.95, 0.93), (0.07, 0.72))
    scenes.garden(cartoon, rng, STONES, places, 0.09)
    return cartoon


def _rows(plan: Cartoon, seams: Bools) -> Floats:
    """The rows run along the nearest seam; far from any, along the grain of the piece."""
    depth = blur(distance(seams, 0.05), 0.006)
    down, right = np.gradient(depth)
    steep = np.hypot(right, down) * plan.n
    grain = plan.grain()
    share = smoothstep(0.15, 0.5, steep)
    # A row has no head or tail, so it is the doubled angle that is averaged.
    along = 2 * (np.arctan2(down, right) + np.pi / 2)
    cos = share * np.cos(along) + (1 - share) * np.cos(2 * grain)
    sin = share * np.sin(along) + (1 - share) * np.sin(2 * grain)
    return (np.arctan2(blur(sin.astype(np.float32), 0.004), blur(cos.astype(np.float32), 0.004)) / 2).astype(
        np.float32
    )


def _stones(rng: Random, colours: Floats, gilded: Bools) -> Floats:
    colours = jitter(rng, colours, 0.11, 0.05)
    sparkle = rng.uniform(0, 1, len(colours))
    gold = jitter(rng, GOLD[(sparkle * len(GOLD)).astype(int)], 0.07, 0.03)
    colours = np.where((gilded | (sparkle > 0.985))[:, None], gold, colours)
    return colours.astype(np.float32)


def _set(cells: np.ndarray, stones: Floats, places: Floats, gilded: Bools, rng: Random) -> Floats:
    """The stones in their grout: each a little tilted towards the light or away, its edges rounded."""
    n, count = cells.shape[0], len(stones)
    x, y = grid(n)
    tilt = rng.uniform(0, shapes.TURN, count).astype(np.float32)[cells]
    off_x, off_y = x - places[cells, 0], y - places[cells, 1]
    lean = (off_x * np.cos(tilt) + off_y * np.sin(tilt)) / STONE
    light = 1 + lean * np.where(gilded, 0.9, 0.35)[cells] + 0.07 * noise(rng, n, 150, 2)
    colours = stones[cells] * light[..., None].astype(np.float32)
    depth = distance(borders(cells), 0.006)
    edge = smoothstep(0.0012, 0.0035, depth)
    bevel = -lit(blur(edge, 0.0008), 1 / 900, 1.0)
    colours = np.clip(colours * (0.72 + 0.28 * edge)[..., None] + 0.28 * bevel[..., None], 0, 1)
    grout = mix(GROUT[1], GROUT[0], 0.5 + 0.5 * noise(rng, n, 120, 2))
    return mix(grout, colours, smoothstep(0.0010, 0.0020, depth))
