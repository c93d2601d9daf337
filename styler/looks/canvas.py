"""What every look is drawn with: colours, noise, blurs and distances, as numpy arrays over a square canvas.

A canvas has `n` x `n` pixels. Places and lengths are in units of its side, x to the right and y down, so that
one drawing comes out alike at every `n`. Colours are float32 in [0, 1], sRGB, shape (..., 3).
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageDraw

Floats: TypeAlias = NDArray[np.floating[Any]]
Ints: TypeAlias = NDArray[np.int32]
Bools: TypeAlias = NDArray[np.bool_]
Random: TypeAlias = np.random.Generator

BICUBIC = Image.Resampling.BICUBIC


def rgb(*codes: str) -> Floats:
    """Colours of codes such as "#1f4e79", shape (number of codes, 3)."""
    return np.array([[int(code[i : i + 2], 16) for i in (1, 3, 5)] for code in codes], np.float32) / 255


def grid(n: int) -> tuple[Floats, Floats]:
    """x and y of every pixel's middle, each (n, n)."""
    line = (np.arange(n, dtype=np.float32) + 0.5) / n
    return np.broadcast_to(line, (n, n)), np.broadcast_to(line[:, None], (n, n))


def noise(rng: Random, n: int, cells: int, octaves: int = 1) -> Floats:
    """Smooth noise in about [-1, 1], (n, n), of `cells` bumps to a side; each octave is twice as fine."""
    total = np.zeros((n, n), np.float32)
    for octave in range(octaves):
        side = cells * 2**octave
        bumps = rng.uniform(-1, 1, (side + 4, side + 4)).astype(np.float32)
        if side < 2 * n:  # finer ones would be drawn as nothing; they are taken from rng all the same
            picture = Image.fromarray(bumps).resize((n, n), BICUBIC, (2, 2, side + 2, side + 2))
            total += np.asarray(picture, np.float32) / 2**octave
    return total * np.float32(1.25)


def blur(values: Floats, radius: float) -> Floats:
    """Blurred by about a Gaussian of `radius` (in sides): three box blurs, the edges held."""
    n = values.shape[0]
    half = round(radius * n)
    if half < 1:
        return values
    for axis in (0, 1, 0, 1, 0, 1):
        values = _box(values, half, axis)
    return values


def _box(values: Floats, half: int, axis: int) -> Floats:
    pad = [(0, 0)] * values.ndim
    pad[axis] = (half + 1, half)
    sums = np.cumsum(np.pad(values, pad, mode="edge"), axis=axis, dtype=np.float64)
    length, width = values.shape[axis], 2 * half + 1
    later = np.take(sums, np.arange(width, width + length), axis=axis)
    earlier = np.take(sums, np.arange(length), axis=axis)
    return ((later - earlier) / width).astype(np.float32)


def mix(first: ArrayLike, second: ArrayLike, share: ArrayLike) -> Floats:
    """`first` and `second` (colours), with `share` (one number per colour) of the second."""
    part = np.asarray(share, np.float32)[..., None]
    return (np.asarray(first, np.float32) * (1 - part) + np.asarray(second, np.float32) * part).astype(
        np.float32
    )


def ramp(stops: Floats, position: Floats) -> Floats:
    """The colour at `position` (0..1, any shape) along evenly spaced `stops` (k, 3)."""
    places = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(position, places, stops[:, c]) for c in range(3)], -1).astype(np.float32)


def smoothstep(low: float, high: float, values: ArrayLike) -> Floats:
    """0 below `low`, 1 above `high`, an S between."""
    t = np.clip((np.asarray(values, np.float32) - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def look_up(values: NDArray[Any], x: Floats, y: Floats) -> NDArray[Any]:
    """The pixel of `values` (n, n, ...) nearest each place, wrapped around the canvas's edges."""
    n = values.shape[0]
    column = np.floor(x * n).astype(np.int32) % n
    row = np.floor(y * n).astype(np.int32) % n
    found: NDArray[Any] = values[row, column]
    return found


def filled(outline: Floats, n: int) -> Bools:
    """Which pixels lie within an outline (k, 2), (n, n)."""
    picture = Image.new("1", (n, n))
    ImageDraw.Draw(picture).polygon((outline * n).ravel().tolist(), fill=1)
    return np.asarray(picture, bool)


def borders(labels: Ints) -> Bools:
    """Where a pixel's label differs from its right or lower neighbour's, (n, n)."""
    found = np.zeros(labels.shape, bool)
    found[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    found[:-1] |= labels[:-1] != labels[1:]
    return found


def distance(marked: Bools, reach: float) -> Floats:
    """How far each pixel is from the nearest marked one, in sides, exact up to `reach` and capped there."""
    n = marked.shape[0]
    steps = max(1, int(np.ceil(reach * n)))
    across = np.where(marked, 0, steps).astype(np.float32)
    for shift in range(1, steps):
        np.minimum(across[:, shift:], np.where(marked[:, :-shift], shift, steps), out=across[:, shift:])
        np.minimum(across[:, :-shift], np.where(marked[:, shift:], shift, steps), out=across[:, :-shift])
    squares = across**2
    nearest = squares.copy()
    for shift in range(1, steps):
        np.minimum(nearest[shift:], squares[:-shift] + shift**2, out=nearest[shift:])
        np.minimum(nearest[:-shift], squares[shift:] + shift**2, out=nearest[:-shift])
    return np.asarray(np.minimum(np.sqrt(nearest) / n, reach), np.float32)


def line_integral(texture: Floats, angle: Floats, length: float, steps: int = 12) -> Floats:
    """`texture` (n, n) smeared along `angle` (radians, (n, n)), `length` to both sides: brushed streaks."""
    x0, y0 = grid(texture.shape[0])
    total = texture.copy()
    for sign in (-1, 1):
        x, y = x0, y0
        for _ in range(steps):
            turn = look_up(angle, x, y).astype(np.float32)
            x = np.clip(x + sign * length / steps * np.cos(turn), 0, 0.9999)
            y = np.clip(y + sign * length / steps * np.sin(turn), 0, 0.9999)
            total = total + look_up(texture, x, y).astype(np.float32)
    return (total / (2 * steps + 1)).astype(np.float32)


def lit(height: Floats, gain: float, most: float) -> Floats:
    """The light that a relief of `height` (n, n) catches from the upper left, -`most` to `most`."""
    down, right = np.gradient(height)
    return np.asarray(np.clip(-(down + right) * len(height) * gain, -most, most), np.float32)


def clipped(colours: ArrayLike) -> Floats:
    """Colours brought into [0, 1]."""
    return np.asarray(np.clip(colours, 0, 1), np.float32)


def finish(colours: Floats, size: int) -> Image.Image:
    """The picture: `colours` (n, n, 3) brought down to `size` x `size` pixels."""
    levels = np.clip(np.rint(colours * 255), 0, 255).astype(np.uint8)
    picture = Image.fromarray(levels)
    return picture if picture.width == size else picture.resize((size, size), Image.Resampling.LANCZOS)


def luminance(colours: Floats) -> Floats:
    """Brightness of colours (..., 3), in [0, 1]."""
    return (colours @ np.array([0.299, 0.587, 0.114], np.float32)).astype(np.float32)


def jitter(rng: Random, colours: Floats, light: float, hue: float) -> Floats:
    """Colours (k, 3) made a little lighter or darker, and a little more of this or that primary."""
    k = len(colours)
    shifts = rng.uniform(-light, light, (k, 1)) + rng.uniform(-hue, hue, (k, 3))
    return np.clip(colours + shifts, 0, 1).astype(np.float32)


def points(*pairs: Sequence[float]) -> Floats:
    """An outline's (k, 2) corners."""
    return np.array(pairs, np.float32)
