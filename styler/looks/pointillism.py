"""Dabs of pure colour side by side, mixed only by the eye: a sunny afternoon by the river."""

import dataclasses

import numpy as np
from PIL import Image

from styler.looks import scenes, shapes, strokes
from styler.looks.canvas import (
    Floats,
    Random,
    blur,
    borders,
    clipped,
    distance,
    finish,
    lit,
    look_up,
    luminance,
    mix,
    noise,
    points,
    rgb,
)
from styler.looks.cartoon import Cartoon
from styler.looks.palette import NATURAL
from styler.looks.person import Person

SUNNY = dataclasses.replace(
    NATURAL,
    sky=rgb("#5f9fe0", "#9fd0f0", "#f8ecc0", "#ffd6a0"),
    sun=rgb("#fffbe0", "#ffe98a", "#ffd05a"),
    cloud=rgb("#fffaf0", "#f6d9e0", "#c9c6ee"),
    far=rgb("#8f9fdc", "#6f7fc8", "#b39fdc"),
    hill=rgb("#f7dc7a", "#8fbf7a", "#ffd9b0", "#5f9fa0"),
    water=rgb("#3f86d0", "#7fc4e6", "#cfeef0", "#2f66b8"),
    leaf=rgb("#4f9f7a", "#d8d060", "#2f5f9a"),
    bark=rgb("#6a3f5f", "#a8684a"),
    skin=rgb("#ffe4c8", "#fcc8a4", "#e8a488"),
    hair=rgb("#4a2a4f", "#8a4a3a", "#c8783a"),
    robe=rgb("#4a4ab8", "#2f2f80", "#8f7fdc"),
    flower=rgb("#e83a4a", "#ff9a3a", "#fff0a0", "#c84aa8", "#ffffff"),
)
PURE = rgb(
    "#1f3fc0",
    "#2f9fe0",
    "#2fa890",
    "#d0d84a",
    "#ffd81f",
    "#ff8a1f",
    "#e8302f",
    "#d83a9a",
    "#7a3fc0",
    "#fff6e0",
)
GROUND = rgb("#efe2c4")[0]
COATS = ((0.0210, 3600), (0.0165, 5600), (0.0130, 6200))  # dabs' width, and how many


def pointillism(rng: Random, size: int) -> Image.Image:
    """A person in the sun, trees and water, in three coats of round dabs."""
    n = 2 * size
    cartoon = _drawing(n, np.random.default_rng(8))
    colours = _light(cartoon, rng)
    picture = strokes.canvas_of(np.broadcast_to(GROUND, (n, n, 3)).astype(np.float32))
    for width, count in COATS:
        places = strokes.scattered(rng, count)
        taken = look_up(colours, places[:, 0], places[:, 1]).astype(np.float32)
        grain = look_up(cartoon.grain(), places[:, 0], places[:, 1]).astype(np.float32)
        strokes.paint(picture, _dabs(rng, places, grain, width), _divided(rng, taken))
    return finish(_ridged(strokes.colours_of(picture)), size)


def _drawing(n: int, rng: Random) -> Cartoon:
    cartoon = Cartoon(n)
    scenes.valley(cartoon, rng, SUNNY, 0.4)
    Person(cartoon, rng, SUNNY, 0.62, 0.42, 0.25, side=-1).draw()
    places = points((0.16, 0.66), (0.3, 0.8), (0.1, 0.88), (0.26, 0.96), (0.93, 0.84))
    scenes.garden(cartoon, rng, SUNNY, places, 0.085)
    return cartoon


def _light(cartoon: Cartoon, rng: Random) -> Floats:
    """Violet shade under each form, a light halo around it, as Seurat has them."""
    n = cartoon.n
    colours = blur(cartoon.colours(), 0.002)
    rim = distance(borders(cartoon.labels()), 0.02)
    patches = noise(rng, n, 6, 3)
    shade = np.clip(0.5 * (1 - rim / 0.02) * (patches < 0) + 0.25 * np.clip(-patches, 0, 1), 0, 0.6)
    colours = mix(colours, rgb("#4a3a9a")[0], shade * 0.7)
    return mix(colours, rgb("#fff0b8")[0], np.clip(patches, 0, 1) * 0.35)


def _dabs(rng: Random, places: Floats, grain: Floats, width: float) -> Floats:
    """Uneven round outlines (k, 9, 2), a little longer along the grain."""
    count = len(places)
    t = np.linspace(0, shapes.TURN, 9, endpoint=False)
    radius = width / 2 * rng.uniform(0.75, 1.2, (count, 1)) * rng.uniform(0.88, 1.12, (count, 9))
    along, aside = 1.15 * radius * np.cos(t), 0.9 * radius * np.sin(t)
    cos, sin = np.cos(grain)[:, None], np.sin(grain)[:, None]
    offsets = np.stack([along * cos - aside * sin, along * sin + aside * cos], -1)
    return (places[:, None] + offsets).astype(np.float32)


def _divided(rng: Random, colours: Floats) -> Floats:
    """Each colour broken up: most dabs lean to the nearest pure colours, some to the opposite one."""
    apart = np.linalg.norm(colours[:, None] - PURE[None], axis=-1) + rng.uniform(
        0, 0.55, (len(colours), len(PURE))
    )
    pure = PURE[np.argmin(apart, 1)]
    kind = rng.uniform(0, 1, len(colours))
    lean = np.where(kind < 0.12, 0.75, np.where(kind < 0.7, 0.42, 0.12))
    divided = mix(colours, pure, lean)
    opposite = np.clip(1 - colours + luminance(colours)[:, None] - 0.35, 0, 1)
    divided = np.where((kind > 0.97)[:, None], mix(colours, opposite, np.full(len(colours), 0.7)), divided)
    return np.clip(divided + rng.uniform(-0.06, 0.06, (len(colours), 1)), 0, 1).astype(np.float32)


def _ridged(colours: Floats) -> Floats:
    """A little light on each dab's upper left edge."""
    light = lit(blur(luminance(colours), 0.0007), 1 / 1500, 0.12)
    return clipped(colours + 0.5 * light[..., None])
