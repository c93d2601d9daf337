"""What most looks draw: a valley with its sky, and what grows and stands in it."""

import numpy as np

from styler.looks import shapes
from styler.looks.canvas import Floats, Random, mix, points, ramp
from styler.looks.cartoon import Cartoon
from styler.looks.palette import Palette

BANDS = 9  # of a sky


def sky(cartoon: Cartoon, rng: Random, palette: Palette, horizon: float) -> None:
    """Wavering bands from the top down to the horizon."""
    for k in range(BANDS):
        colour, below = ramp(palette.sky, np.array([k, k + 1.0]) / BANDS)
        outline = shapes.ridge(rng, (k - 0.5) / BANDS * horizon - 0.02, 0.35 * horizon / BANDS, 5)
        cartoon.add(outline, colour, below, grain=rng.uniform(-0.15, 0.15), kind="sky")


def sun(cartoon: Cartoon, palette: Palette, x: float, y: float, radius: float) -> None:
    """A disc with rings of light around it."""
    for share, colour in zip((2.3, 1.55, 1.0), palette.sun[::-1], strict=True):
        cartoon.add(shapes.ellipse(x, y, radius * share, radius * share), colour, kind="sun")


def cloud(cartoon: Cartoon, rng: Random, palette: Palette, x: float, y: float, width: float) -> None:
    """Billows: shaded below, lit above."""
    for lift, share, colour in ((0.1, 1.0, 2), (0.0, 0.93, 1), (-0.1, 0.8, 0)):
        for k in range(5):
            place = (k - 2) / 2
            size = width * 0.24 * (1.25 - 0.6 * abs(place)) * share
            centre = x + place * width * 0.36, y + lift * width * 0.5 + rng.uniform(-0.03, 0.03) * width
            outline = shapes.blob(rng, *centre, size, size * 0.72, 0.1)
            cartoon.add(outline, palette.cloud[colour], grain=rng.uniform(-0.4, 0.4), kind="cloud")


def mountains(cartoon: Cartoon, rng: Random, palette: Palette, horizon: float, height: float) -> None:
    """Peaks with a lit and a shaded side."""
    for k in range(6):
        x, peak = (k + rng.uniform(0.1, 0.9)) / 6, horizon - height * rng.uniform(0.5, 1)
        half = height * rng.uniform(0.7, 1.1)
        ridge_x = x + rng.uniform(-0.05, 0.08)
        lit = points((x - half, horizon + 0.06), (x, peak), (ridge_x, horizon + 0.06))
        shaded = points((x, peak), (x + half, horizon + 0.06), (ridge_x, horizon + 0.06))
        colours = palette.far[k % 2 * 2], palette.far[1]
        cartoon.add(lit, colours[0], mix(colours[0], palette.sky[-1], 0.35), grain=1.9, kind="far")
        cartoon.add(shaded, colours[1], mix(colours[1], palette.sky[-1], 0.2), grain=1.0, kind="far")


def fields(cartoon: Cartoon, rng: Random, palette: Palette, top: float, count: int) -> None:
    """Hills one before another, the nearer the taller."""
    for k in range(count):
        height = top + (1.02 - top) * (k / count) ** 1.25
        colour, below = palette.hill[k % len(palette.hill)], palette.hill[(k + 1) % len(palette.hill)]
        grain = rng.uniform(-0.5, 0.5)
        cartoon.add(
            shapes.ridge(rng, height, 0.025 + 0.02 * k / count, 5), colour, below, grain=grain, kind="hill"
        )


def river(cartoon: Cartoon, palette: Palette, top: float, x: float) -> None:
    """It winds from the horizon to the lower edge, growing wider."""
    bends = points(
        (x, top), (x + 0.1, top + 0.08), (x - 0.1, top + 0.2), (x + 0.12, top + 0.36), (x - 0.1, 1.1)
    )
    line = shapes.curve(bends)
    widths = np.linspace(0.015, 0.3, len(line))
    for k, share in enumerate((1.0, 0.62, 0.28)):
        outline = shapes.ribbon(line, (widths * share).astype(np.float32))
        cartoon.add(outline, palette.water[k], palette.water[(k + 1) % 3], grain=0.1, kind="water")


def tree(cartoon: Cartoon, rng: Random, palette: Palette, x: float, y: float, height: float) -> None:
    """A trunk with boughs, and a crown of lumps lit from the left."""
    bough = shapes.curve(points((x, y), (x + 0.02 * height, y - 0.3 * height), (x, y - 0.7 * height)))
    widths = np.linspace(0.14, 0.04, len(bough)).astype(np.float32) * height
    cartoon.add(
        shapes.ribbon(bough, widths), palette.bark[0], palette.bark[1], grain=shapes.DOWN, kind="bark"
    )
    for colour, shift, share in ((2, 0.05, 1.0), (0, 0.0, 0.85), (1, -0.06, 0.55)):
        for k in range(5):
            angle = k * shapes.TURN / 5 + rng.uniform(0, 1)
            centre = (
                x + (shift + 0.17 * np.cos(angle)) * height,
                y + (-0.75 + shift + 0.15 * np.sin(angle)) * height,
            )
            size = 0.17 * height * share
            grain = rng.uniform(0, np.pi)
            cartoon.add(
                shapes.blob(rng, *centre, size, size, 0.2), palette.leaf[colour], grain=grain, kind="leaf"
            )


def house(cartoon: Cartoon, palette: Palette, x: float, y: float, size: float, k: int = 0) -> None:
    """A front, a side in the shade, a roof, a window and a door."""
    wall, roof = palette.wall[k % len(palette.wall)], palette.roof[k % len(palette.roof)]
    dark = mix(wall, palette.far[1], 0.5)

    def put(colour: Floats, *pairs: tuple[float, float], grain: float = 0.0) -> None:
        cartoon.add(points(*pairs) * size + np.array([x, y], np.float32), colour, grain=grain, kind="house")

    put(wall, (-0.5, 0), (-0.5, -0.7), (0.1, -0.7), (0.1, 0), grain=shapes.DOWN)
    put(dark, (0.1, 0), (0.1, -0.7), (0.6, -0.6), (0.6, 0), grain=shapes.DOWN)
    put(roof, (-0.6, -0.68), (-0.2, -1.2), (0.35, -1.15), (0.12, -0.68), grain=1.0)
    put(mix(roof, palette.far[1], 0.45), (0.1, -0.66), (0.34, -1.15), (0.7, -0.58), grain=2.0)
    put(palette.far[1], (-0.4, -0.3), (-0.4, -0.55), (-0.22, -0.55), (-0.22, -0.3))
    put(palette.bark[0], (-0.1, 0), (-0.1, -0.4), (0.04, -0.4), (0.04, 0))


def flower(
    cartoon: Cartoon, rng: Random, palette: Palette, x: float, y: float, radius: float, k: int
) -> None:
    """Two rings of petals around a middle, on a stem with leaves."""
    stem = shapes.curve(
        points((x, y), (x + rng.uniform(-0.03, 0.03), y + 2 * radius), (x, y + 6 * radius)), 20
    )
    cartoon.add(shapes.ribbon(stem, np.full(20, 0.16 * radius, np.float32)), palette.leaf[0], kind="leaf")
    for side in (-1, 1):
        turn = shapes.DOWN - side * rng.uniform(0.7, 1.1)
        outline = shapes.leaf(
            x, y + radius * rng.uniform(2, 3), radius * 2, radius * 0.7, turn - 0.9 * side, 0.15
        )
        cartoon.add(outline, palette.leaf[1], palette.leaf[2], fall=turn, grain=turn, kind="leaf")
    outer, inner = palette.flower[k % len(palette.flower)], palette.flower[(k + 1) % len(palette.flower)]
    start = rng.uniform(0, 1)
    for ring, (share, count) in enumerate(((1.0, 9), (0.62, 7))):
        for j, petal in enumerate(shapes.petals(x, y, radius * share, count, start + ring * 0.4)):
            turn = start + ring * 0.4 + shapes.TURN * j / count
            colour = mix(outer, inner, 0.25 + 0.5 * ring)
            cartoon.add(petal, inner, colour, fall=turn, grain=turn, kind="flower")
    middle = palette.flower[(k + 2) % len(palette.flower)]
    cartoon.add(shapes.ellipse(x, y, radius * 0.25, radius * 0.25), middle, kind="flower")


def valley(cartoon: Cartoon, rng: Random, palette: Palette, horizon: float = 0.42) -> None:
    """Sky, sun, clouds, mountains, fields, a river, houses and trees."""
    sky(cartoon, rng, palette, horizon + 0.06)
    sun(cartoon, palette, 0.73, horizon * 0.45, 0.055)
    for x, y, width in ((0.2, 0.16, 0.3), (0.52, 0.34, 0.22), (0.93, 0.3, 0.26), (0.5, 0.07, 0.2)):
        cloud(cartoon, rng, palette, x, y / 0.42 * horizon, width)
    mountains(cartoon, rng, palette, horizon, 0.55 * horizon)
    fields(cartoon, rng, palette, horizon, 7)
    river(cartoon, palette, horizon + 0.02, 0.6)
    for k, (x, y, size) in enumerate(((0.3, 0.53, 0.09), (0.42, 0.5, 0.065), (0.86, 0.6, 0.13))):
        house(cartoon, palette, x, horizon + (y - 0.42), size, k)
    for x, y, height in ((0.07, 0.66, 0.3), (0.18, 0.56, 0.15), (0.75, 0.53, 0.12), (0.96, 0.75, 0.36)):
        tree(cartoon, rng, palette, x, horizon + (y - 0.42), height)


def garden(cartoon: Cartoon, rng: Random, palette: Palette, places: Floats, radius: float) -> None:
    """Flowers at `places` (k, 2), the lower the larger."""
    for k, (x, y) in enumerate(places[np.argsort(places[:, 1])]):
        flower(cartoon, rng, palette, float(x), float(y), radius * (0.6 + 0.6 * float(y)), k)
