"""A burning evening sky over a dark fjord, in long swirling strokes of thick paint."""

import numpy as np
from PIL import Image

from styler.looks import strokes
from styler.looks.canvas import (
    Floats,
    Random,
    blur,
    clipped,
    finish,
    grid,
    jitter,
    line_integral,
    lit,
    look_up,
    luminance,
    mix,
    noise,
    ramp,
    rgb,
    smoothstep,
)

SKY = rgb(
    "#5a1030",
    "#c4231f",
    "#f0501f",
    "#ffb02e",
    "#ffe07a",
    "#f7902a",
    "#e2401f",
    "#ffc24a",
    "#e8762a",
    "#8a4a5a",
)
WATER = rgb("#f2a04a", "#2f6f8f", "#14335f", "#3f8f96", "#0c1c42", "#1f4f7f", "#0a1230", "#2a3f5f")


def fiery_sky(rng: Random, size: int) -> Image.Image:
    """Red and gold bands of sky, blue and indigo water, one swell through both."""
    n = 2 * size
    height = _swell(rng, n)
    colours = _bands(height, rng)
    angle = _along(height)
    picture = strokes.canvas_of(mix(colours, rgb("#2a1030")[0], np.full((n, n), 0.25)))
    for count, length, width, light in (
        (9000, 0.11, 0.0115, 0.10),
        (14000, 0.075, 0.0075, 0.14),
        (9000, 0.05, 0.0042, 0.2),
    ):
        _layer(picture, rng, colours, angle, count, length, width, light)
    return finish(_impasto(strokes.colours_of(picture), angle, rng), size)


def _swell(rng: Random, n: int) -> Floats:
    """A field that rises from top to bottom, bent by waves and whirls; strokes run along its levels."""
    x, y = grid(n)
    for _ in range(9):
        cx, cy, reach = rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(0.06, 0.16)
        dx, dy = x - cx, y - cy
        turn = rng.choice([-1, 1]) * rng.uniform(1.6, 3.0) * np.exp(-(dx**2 + dy**2) / reach**2)
        x, y = cx + dx * np.cos(turn) - dy * np.sin(turn), cy + dx * np.sin(turn) + dy * np.cos(turn)
    waves = 0.05 * np.sin(7.3 * x + 5 * y + 0.6) + 0.022 * np.sin(17 * x - 9 * y)
    return (y + waves + 0.03 * noise(rng, n, 4, 2)).astype(np.float32)


def _bands(height: Floats, rng: Random) -> Floats:
    split = 0.6
    finer = 0.035 * np.sin(height * 75) + 0.03 * noise(rng, len(height), 10, 2)
    sky = ramp(SKY, np.clip(height / split + finer, 0, 1))
    water = ramp(WATER, np.clip((height - split) / (1 - split) + finer, 0, 1))
    return mix(sky, water, smoothstep(split - 0.004, split + 0.004, height))


def _along(height: Floats) -> Floats:
    down, right = np.gradient(blur(height, 0.004))
    return np.asarray(np.arctan2(down, right) + np.pi / 2, np.float32)


def _layer(
    picture: Image.Image,
    rng: Random,
    colours: Floats,
    angle: Floats,
    count: int,
    length: float,
    width: float,
    light: float,
) -> None:
    places = strokes.scattered(rng, count)
    lines = strokes.follow(places, angle, length * rng.uniform(0.5, 1.3, count).astype(np.float32), 8)
    shapes = strokes.outlines(lines, width * rng.uniform(0.6, 1.3, count).astype(np.float32), 0.6)
    taken = look_up(colours, places[:, 0], places[:, 1]).astype(np.float32)
    strokes.paint(picture, shapes, jitter(rng, taken, light, 0.06))


def _impasto(colours: Floats, angle: Floats, rng: Random) -> Floats:
    """Bristle marks along the strokes, lit from the upper left."""
    n = len(colours)
    bristles = 0.7 * line_integral(noise(rng, n, 800), angle, 0.012, 10)
    relief = luminance(colours) * 0.6 + 1.5 * bristles
    light = lit(blur(relief, 0.0006), 1 / 900, 0.2)
    return clipped(colours * (1 + 0.8 * bristles[..., None]) + 0.9 * light[..., None])
