"""Stained glass: pieces of streaky glass held by lead, lit from behind."""

import dataclasses

import numpy as np
from PIL import Image

from styler.looks import scenes, shapes
from styler.looks.canvas import (
    Bools,
    Floats,
    Ints,
    Random,
    blur,
    borders,
    distance,
    finish,
    grid,
    look_up,
    mix,
    noise,
    points,
    ramp,
    rgb,
    smoothstep,
)
from styler.looks.cartoon import Cartoon
from styler.looks.palette import NATURAL
from styler.looks.person import Person
from styler.looks.pieces import Pieces

LEAD = rgb("#17120f")[0]
SUNDOWN = dataclasses.replace(
    NATURAL,
    cloud=rgb("#f3e6f2", "#cdbbe6", "#9f8fd0"),
    far=rgb("#6a5fb5", "#3a3f8f", "#9a6fb8"),
    hill=rgb("#2f7d4a", "#8cb83a", "#1f6a5c", "#c2b83a"),
    water=rgb("#0f5fa8", "#1fa3b8", "#6fd6cf", "#123f8c"),
    skin=rgb("#ffd9b0", "#f0a878", "#c46f4f"),
    hair=rgb("#5a1f14", "#a3401c", "#d9752a"),
    robe=rgb("#b01030", "#6f0f3a", "#e03a3a"),
)
SKY = rgb("#fff2a8", "#ffd24a", "#ffab2e", "#f57a3a", "#d95f8c", "#8c6fcf", "#4a7fd0")


def stained_glass(rng: Random, size: int) -> Image.Image:
    """A lake at sundown in opalescent glass: large pieces that follow the drawing."""
    n = 2 * size
    cartoon = _lakeside(n, rng)
    painted = cartoon.is_kind("eye", "line", "lip", "blush")
    pieces = _cut(cartoon, rng, 0.13)
    colours = pieces.varied(pieces.means(cartoon.colours()), 0.08, 0.05)
    glass = _streaked(pieces, colours, rng)
    return finish(_leaded(glass, pieces.labels, painted, rng), size)


def _lakeside(n: int, rng: Random) -> Cartoon:
    cartoon = Cartoon(n)
    _rays(cartoon, rng, 0.7, 0.3)
    for x, y, width in ((0.18, 0.1, 0.34), (0.93, 0.2, 0.3), (0.55, 0.06, 0.24), (0.47, 0.36, 0.2)):
        scenes.cloud(cartoon, rng, SUNDOWN, x, y, width)
    scenes.mountains(cartoon, rng, SUNDOWN, 0.52, 0.2)
    for k, y in enumerate(np.linspace(0.5, 0.95, 9)):
        colour, below = SUNDOWN.water[k % 4], SUNDOWN.water[(k + 1) % 4]
        cartoon.add(shapes.ridge(rng, float(y), 0.016, 6), colour, below, grain=0.0, kind="water")
    for k in range(7):  # the sun's path on the water
        y = 0.53 + 0.035 * k
        glint = shapes.leaf(0.7 - 0.06 - 0.006 * k, y, 0.12 + 0.012 * k, 0.02, rng.uniform(-0.08, 0.08))
        cartoon.add(glint, SKY[k % 4], kind="water")
    scenes.tree(cartoon, rng, SUNDOWN, 0.93, 0.66, 0.36)
    Person(cartoon, rng, SUNDOWN, 0.33, 0.44, 0.17).draw()
    places = points(
        (0.6, 0.76), (0.73, 0.84), (0.87, 0.75), (0.95, 0.92), (0.06, 0.82), (0.62, 0.95), (0.8, 0.97)
    )
    scenes.garden(cartoon, rng, SUNDOWN, places, 0.075)
    return cartoon


def _rays(cartoon: Cartoon, rng: Random, x: float, y: float) -> None:
    """The sky: wedges around the sun, cut across by rings, from gold to blue."""
    turns = np.sort(np.linspace(0, shapes.TURN, 22, endpoint=False) + rng.uniform(-0.09, 0.09, 22))
    for ring, reach in reversed(list(enumerate((0.14, 0.21, 0.3, 0.42, 0.58, 1.4)))):
        for k, turn in enumerate(turns):
            following = turns[(k + 1) % 22] + (shapes.TURN if k == 21 else 0)
            sweep = np.linspace(turn, following, 8)
            radius = reach * rng.uniform(0.92, 1.1)
            rim = np.stack([x + radius * np.cos(sweep), y + radius * np.sin(sweep)], 1)
            outline = np.concatenate([[[x, y]], rim]).astype(np.float32)
            colour = ramp(SKY, np.array([min(1, ring / 5.5 + rng.uniform(-0.05, 0.12))]))[0]
            cartoon.add(outline, colour, fall=turn, grain=float(turn), kind="sky")
    cartoon.add(shapes.ellipse(x, y, 0.09, 0.09), SKY[0], kind="sun")


def _cut(cartoon: Cartoon, rng: Random, width: float) -> Pieces:
    """Pieces too long for glass are cut across."""
    labels, grain = cartoon.labels(), cartoon.grain()
    x, y = grid(cartoon.n)
    along = x * np.cos(grain) + y * np.sin(grain) + 0.03 * noise(rng, cartoon.n, 6)
    offset = rng.uniform(0, 1, labels.max() + 1).astype(np.float32)
    part = np.floor(along / width + offset[labels]).astype(np.int32) + 16
    whole = cartoon.is_kind("eye", "line", "lip", "blush", "skin", "sky", "sun", "flower")
    return Pieces(np.where(whole, labels * 64, labels * 64 + part).astype(np.int64), rng)


def _streaked(pieces: Pieces, colours: Floats, rng: Random) -> Floats:
    """Each piece with streaks of its own direction, and light that comes through unevenly."""
    labels, n = pieces.labels, pieces.labels.shape[0]
    turn = (np.pi * pieces.chance()).astype(np.float32)[labels]
    start = pieces.chance().astype(np.float32)[labels]
    x, y = grid(n)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    texture = noise(rng, n, 12, 4)
    streak = look_up(texture, 0.35 * along + start, 1.6 * across).astype(np.float32)
    cloudy = look_up(texture, 0.8 * along, 0.8 * across + start).astype(np.float32)
    glass = colours[labels]
    glass = mix(glass, glass * glass * 0.75, smoothstep(0.0, 0.9, -streak))  # deeper where the glass is thick
    return mix(glass, 1 - (1 - glass) * 0.4, smoothstep(0.1, 1.0, streak + 0.35 * cloudy) * 0.7)


def _leaded(glass: Floats, labels: Ints, painted: Bools, rng: Random) -> Floats:
    """Lead between the pieces, thin lines around what is painted on it, and a darker rim to each piece."""
    n = labels.shape[0]
    seams = borders(labels)
    near_paint = distance(painted, 0.004) < 0.003
    to_lead = distance(seams & ~near_paint, 0.03)
    to_line = distance(seams & near_paint, 0.006)
    width = 0.0042 * (1 + 0.25 * noise(rng, n, 24))
    glass = glass * (0.55 + 0.45 * smoothstep(0.0, 0.02, to_lead - width))[..., None]
    lead = LEAD + 0.1 * smoothstep(0.5, 1.2, noise(rng, n, 90, 2))[..., None]
    came = np.maximum(
        1 - smoothstep(-0.0006, 0.0006, to_lead - width), 1 - smoothstep(0.0005, 0.0016, to_line)
    )
    glow = blur(glass * (1 - came)[..., None], 0.006)
    return mix(np.clip(glass + 0.18 * glow, 0, 1), lead, came)
