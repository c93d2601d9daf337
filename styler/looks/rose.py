"""A rose window: small pieces of deep-coloured glass in rings of stone tracery."""

import numpy as np
from PIL import Image

from styler.looks import shapes
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
    mix,
    noise,
    rgb,
    smoothstep,
)
from styler.looks.pieces import Pieces

DEEP = rgb("#0a2fb0", "#0d1f7a", "#1f5fe0", "#06124a", "#2f86f0")
WARM = rgb("#c20f1f", "#e8342a", "#8a0a2a", "#ff7a1a", "#ffc21f", "#ffe27a", "#ffc79a", "#f5a07a")
COOL = rgb("#0f8f4f", "#39c07a", "#6a1f9f", "#a83fd0", "#d8f0ff", "#10a5b5", "#ffe3cf")
STONE = rgb("#0e0d12", "#2a2730", "#4c4750")


def rose_window(rng: Random, size: int) -> Image.Image:
    """Rings of lights around a flower, small roses in the corners, lozenges between."""
    n = 2 * size
    shape, stone = _tracery(n)
    pieces = _glaze(shape, n, rng)
    glass = _coloured(pieces)[pieces.labels]
    glow = noise(rng, n, 40, 3)
    glass = mix(glass, glass * glass, smoothstep(0.1, 1.0, -glow))
    glass = mix(glass, 1 - (1 - glass) * 0.45, smoothstep(0.1, 1.0, glow) * 0.6)
    return finish(_assembled(glass, pieces.labels, stone, rng), size)


def _tracery(n: int) -> tuple[Ints, Bools]:
    """Which light (opening) each pixel lies in, and where the stone between the lights is."""
    x, y = grid(n)
    shape = _ring(x, y, 0.5, 0.5, 0.46, 12, 1)
    outside = np.hypot(x - 0.5, y - 0.5) > 0.46
    corner_x, corner_y = np.where(x < 0.5, 0.075, 0.925), np.where(y < 0.5, 0.075, 0.925)
    corner = _ring(x, y, corner_x, corner_y, 0.14, 8, 1)
    in_corner = np.hypot(x - corner_x, y - corner_y) < 0.14
    quarter = (x < 0.5) + 2 * (y < 0.5)
    shape = np.where(outside, np.where(in_corner, 3000 + 200 * quarter + corner, 9000 + quarter), shape)
    stone = distance(borders(shape.astype(np.int32)), 0.012) < 0.0065
    return shape.astype(np.int32), stone


def _ring(
    x: Floats, y: Floats, cx: Floats | float, cy: Floats | float, reach: float, count: int, base: int
) -> Ints:
    """A rose about (cx, cy): an eye, petals, pairs of roundels, and a rim of small lights."""
    radius = np.hypot(x - cx, y - cy) / reach
    turn = (np.arctan2(y - cy, x - cx) / shapes.TURN) % 1
    sector = np.floor(turn * count)
    within = (turn * count) % 1 - 0.5  # -0.5..0.5 across a petal
    swell = np.sin(np.pi * np.clip((radius - 0.2) / 0.36, 0, 1))
    narrow = 0.5 * np.maximum(swell, 0) ** 0.45
    petal = (radius > 0.17) & (radius < 0.56) & (np.abs(within) < narrow)
    label = np.where(petal, 10 + sector, 5)
    half = np.floor(turn * count + 0.5) % count
    aside = ((turn * count + 0.5) % 1 - 0.5) * shapes.TURN / count * 0.64
    label = np.where(np.hypot(aside, radius - 0.64) < 0.085, 50 + half, label)
    aside = within * shapes.TURN / count * 0.8
    label = np.where(np.hypot(aside, radius - 0.8) < 0.125, 90 + sector, label)
    label = np.where(radius > 0.93, 130 + np.floor(turn * count * 2), label)
    label = np.where(radius < 0.16, 1, label)
    return (label + base).astype(np.int32)


def _glaze(shape: Ints, n: int, rng: Random) -> Pieces:
    """Cuts the lights into small pieces; a piece's key holds its light above the lower 20 bits."""
    x, y = grid(n)
    dx, dy = x - 0.5, y - 0.5
    radius, turn = np.hypot(dx, dy), np.arctan2(dy, dx)
    warp = 0.012 * noise(rng, n, 14)
    bands = np.floor((radius + warp) / 0.032)
    spokes = np.floor(
        (turn / shapes.TURN + 0.4 * warp) * np.maximum(np.round(radius * 12) * 7, 8) + 0.5 * (bands % 2)
    )
    lozenge = np.floor((x + y) * 19) * 64 + np.floor((x - y) * 19 + 64)
    part = np.where(shape >= 9000, lozenge, (bands + 2) * 512 + spokes + 256).astype(np.int64)
    return Pieces(shape.astype(np.int64) * 2**20 + part, rng)


def _coloured(pieces: Pieces) -> Floats:
    """Rings of warm glass on a ground of blue, with a little of everything in between."""
    lights, picks, odds = pieces.keys >> 20, pieces.chance(), pieces.chance()
    colours = [_colour(*chosen) for chosen in zip(lights.tolist(), picks, odds, strict=True)]
    return pieces.varied(np.stack(colours), 0.06, 0.04)


def _colour(light: int, pick: float, chance: float) -> Floats:
    kind = (light - 1) % 200 if light < 9000 else -1
    if kind in (1, 5) or kind < 0:
        colours = WARM if kind == 1 or chance > 0.9 else DEEP
    elif 10 <= kind < 50:
        colours = (WARM if kind % 2 else DEEP) if chance < 0.75 else COOL
    elif 50 <= kind < 90:
        colours = COOL if chance < 0.6 else WARM
    elif 90 <= kind < 130:
        colours = (DEEP if kind % 2 else WARM) if chance < 0.6 else COOL
    else:
        colours = WARM if kind % 2 else DEEP
    return np.asarray(colours[int(pick * len(colours))], np.float32)


def _assembled(glass: Floats, pieces: Ints, stone: Bools, rng: Random) -> Floats:
    to_lead = distance(borders(pieces), 0.012)
    lead = 1 - smoothstep(0.0012, 0.0026, to_lead)
    glass = glass * (0.6 + 0.4 * smoothstep(0.001, 0.009, to_lead))[..., None]
    lit = mix(glass, STONE[0], lead)
    depth = distance(~stone, 0.012)
    rock = mix(
        STONE[0], STONE[2], smoothstep(0.001, 0.006, depth) * (0.6 + 0.4 * noise(rng, len(pieces), 60, 2))
    )
    solid = blur(stone.astype(np.float32), 0.0006)
    halo = blur(lit * (1 - solid)[..., None], 0.008)
    return np.clip(mix(lit, rock, solid) + 0.22 * halo, 0, 1)
