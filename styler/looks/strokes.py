"""Strokes drawn with Pillow: thousands of short, bent, tapered marks along a field of directions."""

from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw

from styler.looks.canvas import Floats, Random, look_up


def scattered(rng: Random, count: int) -> Floats:
    """`count` places, spread more evenly than chance would: one in each cell of a grid, in random order."""
    side = int(np.ceil(np.sqrt(count)))
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    places = (np.stack([x.ravel(), y.ravel()], 1) + rng.uniform(0, 1, (side * side, 2))) / side
    return places[rng.permutation(side * side)][:count].astype(np.float32)


def follow(places: Floats, angle: Floats, length: Floats, steps: int = 6) -> Floats:
    """Lines (k, 2 * steps + 1, 2) through `places`, running `length` (k,) in all along `angle` (n, n)."""
    halves = []
    for sign in (-1, 1):
        spot, line = places.copy(), []
        for _ in range(steps):
            inside = np.clip(spot, 0, 0.9999)
            turn = look_up(angle, inside[:, 0], inside[:, 1])
            step = np.stack([np.cos(turn), np.sin(turn)], 1) * (sign * length / (2 * steps))[:, None]
            spot = spot + step
            line.append(spot)
        halves.append(line)
    middle = [places]
    return np.stack([*halves[0][::-1], *middle, *halves[1]], 1).astype(np.float32)


def outlines(lines: Floats, widths: Floats, blunt: float = 0.5) -> Floats:
    """The strokes' outlines (k, corners, 2): `widths` (k,) in the middle, `blunt` ends thicker."""
    step = np.gradient(lines, axis=1)
    normal = np.stack([-step[..., 1], step[..., 0]], -1) / (
        np.linalg.norm(step, axis=-1, keepdims=True) + 1e-9
    )
    taper = np.sin(np.pi * np.linspace(0.04, 0.96, lines.shape[1])) ** (1 - blunt)
    aside = normal * (widths[:, None] / 2 * taper)[..., None]
    return np.concatenate([lines + aside, (lines - aside)[:, ::-1]], 1).astype(np.float32)


def paint(picture: Image.Image, shapes: Iterable[Floats], colours: Floats) -> None:
    """Fills each outline (corners, 2) on an RGB `picture` with its colour, one over another."""
    draw = ImageDraw.Draw(picture)
    levels = np.clip(np.rint(colours * 255), 0, 255).astype(int)
    for shape, (red, green, blue) in zip(shapes, levels, strict=True):
        corners = (shape * picture.width).ravel().tolist()
        draw.polygon(corners, fill=(red, green, blue))


def canvas_of(colours: Floats) -> Image.Image:
    """An RGB picture of `colours` (n, n, 3), to paint on."""
    return Image.fromarray(np.clip(np.rint(colours * 255), 0, 255).astype(np.uint8))


def colours_of(picture: Image.Image) -> Floats:
    """An RGB picture's colours, (n, n, 3)."""
    return np.asarray(picture, np.float32) / 255
