"""Watercolour: transparent washes that run into each other, dry to a dark rim, and leave paper white."""

import dataclasses

import numpy as np
from PIL import Image

from styler.looks import scenes, shapes
from styler.looks.canvas import (
    Bools,
    Floats,
    Random,
    blur,
    clipped,
    distance,
    filled,
    finish,
    grid,
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

PAPER = rgb("#fbf8f0")[0]
WASHES = dataclasses.replace(
    NATURAL,
    sky=rgb("#6f8fd0", "#a9b8e8", "#f2d0b8", "#f7c98f"),
    sun=rgb("#fff6d0", "#fde39a", "#f6b56a"),
    cloud=rgb("#fdfbf6", "#e4dcef", "#b9b3d8"),
    far=rgb("#9a94cc", "#6a6cae", "#c8a8c8"),
    hill=rgb("#b8c878", "#7fa878", "#e0c078", "#5f8a8a"),
    water=rgb("#5fa0cc", "#a0cfe0", "#dceef0", "#3f78b0"),
    leaf=rgb("#6fa060", "#b4c860", "#3f7068"),
    bark=rgb("#7a5a4a", "#a88a6a"),
    flower=rgb("#e0506a", "#f4a05a", "#f8dc80", "#b06ab8", "#fbeef0"),
    wall=rgb("#f4e4c4", "#e0a888", "#c8c4dc"),
    roof=rgb("#c0605a", "#8a5a78"),
    skin=rgb("#fce0c8", "#f0b898", "#c88478"),
    hair=rgb("#4a3038", "#7a4a3c", "#b07a4a"),
    robe=rgb("#4a62b0", "#33407f", "#8fa4dc"),
    lip=rgb("#cc5a62", "#a04458"),
    eye=rgb("#fdfbf8", "#4f7fa0", "#2a2430"),
)


def aquarelle(rng: Random, size: int) -> Image.Image:
    """Somebody looks over a valley, flowers before her, in light washes."""
    n = 2 * size
    cartoon = _drawing(n, np.random.default_rng(21))
    x, y = _unsteady(rng, n)
    colours = look_up(cartoon.colours(), x, y).astype(np.float32)
    seams = look_up(cartoon.seams(), x, y).astype(bool)
    drawn = look_up(cartoon.is_kind("eye", "line", "lip"), x, y).astype(bool)
    colours = _run_together(colours, drawn, rng)
    amount = _pigment(seams, drawn, rng)
    washed = PAPER * np.clip(colours / PAPER, 0.02, 1) ** amount[..., None]
    return finish(clipped(_glazed(_left_dry(washed, seams, drawn, rng), drawn, rng)), size)


def _drawing(n: int, rng: Random) -> Cartoon:
    cartoon = Cartoon(n)
    scenes.valley(cartoon, rng, WASHES, 0.42)
    Person(cartoon, rng, WASHES, 0.38, 0.46, 0.19).draw_from_behind()
    places = points((0.7, 0.66), (0.87, 0.74), (0.66, 0.86), (0.82, 0.9), (0.95, 0.93), (0.06, 0.78))
    scenes.garden(cartoon, rng, WASHES, places, 0.085)
    return cartoon


def _unsteady(rng: Random, n: int) -> tuple[Floats, Floats]:
    """Where each pixel's colour is taken from: edges drawn with a brush are never quite straight."""
    x, y = grid(n)
    bent = [0.007 * noise(rng, n, 9, 2) + 0.0025 * noise(rng, n, 60, 2) for _ in range(2)]
    return np.clip(x + bent[0], 0, 0.9999), np.clip(y + bent[1], 0, 0.9999)


def _run_together(colours: Floats, drawn: Bools, rng: Random) -> Floats:
    """Wet in wet: here and there neighbouring colours flow into each other."""
    n = len(colours)
    wet = smoothstep(-0.1, 0.6, noise(rng, n, 5, 2)) * ~drawn
    return mix(mix(colours, blur(colours, 0.006), 0.5 * wet), blur(colours, 0.028), 0.75 * wet)


def _pigment(seams: Bools, drawn: Bools, rng: Random) -> Floats:
    """How much pigment lies at each place, about 1: dark rims, pools, blooms, and the paper's grain."""
    n = len(seams)
    to_seam = distance(seams, 0.02)
    amount = 0.85 + 0.45 * noise(rng, n, 5, 3) + 0.9 * np.exp(-to_seam / 0.0032)
    x, y = grid(n)
    ragged = 0.22 * noise(rng, n, 26, 3)
    for _ in range(22):  # blooms: water dropped into a wash pushes the pigment out to a rim
        cx, cy, reach = rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0.03, 0.11)
        away = np.hypot(x - cx, y - cy) / reach * (1 + ragged)
        amount += 0.55 * np.exp(-(((away - 1) / 0.07) ** 2)) - 0.4 * smoothstep(1.0, 0.85, away)
    grain = noise(rng, n, 230) + 0.6 * noise(rng, n, 115)
    amount = amount * (1 + 0.2 * grain)
    return np.asarray(np.clip(np.where(drawn, 1.2, amount), 0.25, 2.8), np.float32)


def _left_dry(washed: Floats, seams: Bools, drawn: Bools, rng: Random) -> Floats:
    """Slivers of bare paper along some of the seams, and where a dry brush skipped."""
    n = len(washed)
    sliver = smoothstep(0.0028, 0.0018, distance(seams & ~drawn, 0.006)) * smoothstep(
        0.3, 0.6, noise(rng, n, 12, 2)
    )
    skipped = smoothstep(0.65, 0.95, noise(rng, n, 7, 2)) * smoothstep(0.25, 0.6, noise(rng, n, 170, 2))
    return mix(washed, PAPER, np.maximum(sliver, 0.8 * skipped) * ~drawn)


def _glazed(washed: Floats, drawn: Bools, rng: Random) -> Floats:
    """Thin second washes over parts of the sheet, and a few splashes."""
    n = len(washed)
    tints = np.concatenate([WASHES.far, WASHES.sky[2:], WASHES.water[1:2], WASHES.flower[:2]])
    for k in range(26):
        splash = k >= 9
        reach = rng.uniform(0.004, 0.012) if splash else rng.uniform(0.09, 0.2)
        x, y = rng.uniform(0, 1, 2)
        wash = filled(shapes.blob(rng, float(x), float(y), reach, reach * 0.75, 0.3), n)
        inside = blur(wash.astype(np.float32), 0.0012)
        rim = inside * (1 - smoothstep(0.0, 0.006, distance(~wash, 0.008)))
        share = (0.75 if splash else 0.28) * inside + 0.3 * rim
        tint = tints[rng.integers(len(tints))]
        washed = washed * (1 - (share * ~drawn)[..., None] * (1 - tint))
    return washed
