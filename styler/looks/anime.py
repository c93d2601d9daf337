"""Cel painting: flat colours with one hard shade each, thin dark outlines, gloss on the hair."""

import dataclasses

import numpy as np
from PIL import Image

from styler.looks import scenes, shapes
from styler.looks.canvas import (
    Floats,
    Random,
    blur,
    clipped,
    distance,
    finish,
    mix,
    noise,
    points,
    ramp,
    rgb,
    smoothstep,
)
from styler.looks.cartoon import Cartoon
from styler.looks.palette import NATURAL

SOFT = ("shade", "gloss", "blush", "sky", "eye", "cloud", "petal")
OUTLINE = rgb("#2a1f3d")[0]
CEL = dataclasses.replace(
    NATURAL,
    sky=rgb("#2f7fe0", "#5fb4f5", "#a8e0fb", "#fde8ef"),
    cloud=rgb("#ffffff", "#e4ecfb", "#b4c6ee"),
    far=rgb("#7fa8e0", "#5f86cc", "#a4c4ec"),
    hill=rgb("#7fd06f", "#4fb07a", "#b4e27a", "#3a8f74"),
    water=rgb("#3f9fe8", "#8fd8f8", "#ffffff", "#2f78d0"),
    leaf=rgb("#3fae6a", "#8fdc78", "#23786a"),
    flower=rgb("#ff9fc0", "#ffd3e2", "#fff0f5", "#ff7fa8", "#ffe08a"),
)
SKIN, SKIN_SHADE, BLUSH = rgb("#ffe6d6", "#f5b8a4", "#ff9f9a")
HAIRS = (
    rgb("#4a3f8c", "#332a68", "#8f86dc"),
    rgb("#e8647a", "#b83f62", "#ffb0b4"),
    rgb("#f2b84a", "#c8822f", "#ffe8a0"),
)
DRESS = rgb("#fdfdff", "#b9c4ea"), rgb("#2f3f7f", "#1d2753"), rgb("#ff6f7f", "#c83f5f")


def anime(rng: Random, size: int) -> Image.Image:
    """Two girls turned away and one with her eyes closed, a summer sky, blossom in the wind."""
    n = 2 * size
    cartoon = Cartoon(n, SOFT)
    _summer(cartoon, rng)
    _Girl(cartoon, rng, 0.84, 0.4, 0.11, HAIRS[2], DRESS[2]).draw_from_behind()
    _Girl(cartoon, rng, 0.33, 0.42, 0.21, HAIRS[0], DRESS[1]).draw_from_behind()
    _Girl(cartoon, rng, 0.74, 0.68, 0.155, HAIRS[1], DRESS[0]).draw()
    _blossom(cartoon, rng, 30)
    colours = cartoon.colours()
    return finish(_inked(colours, cartoon, rng), size)


def _summer(cartoon: Cartoon, rng: Random) -> None:
    for k in range(14):
        colour, below = ramp(CEL.sky, np.array([k, k + 1.0]) / 14)
        cartoon.add(points((0, k * 0.05), (1, k * 0.05), (1, 1), (0, 1)), colour, below, kind="sky")
    for x, y, width in ((0.62, 0.12, 0.5), (0.1, 0.22, 0.42), (0.98, 0.24, 0.4), (0.55, 0.36, 0.36)):
        scenes.cloud(cartoon, rng, CEL, x, y, width)
    scenes.mountains(cartoon, rng, CEL, 0.5, 0.16)
    scenes.fields(cartoon, rng, CEL, 0.5, 5)
    scenes.tree(cartoon, rng, CEL, 0.97, 0.62, 0.3)
    scenes.tree(cartoon, rng, CEL, 0.04, 0.6, 0.28)


def _blossom(cartoon: Cartoon, rng: Random, count: int) -> None:
    for _ in range(count):
        x, y, length, turn = (
            rng.uniform(0, 1),
            rng.uniform(0, 1),
            rng.uniform(0.016, 0.034),
            rng.uniform(0, 6.3),
        )
        shade = CEL.flower[rng.integers(0, 4)]
        cartoon.add(shapes.leaf(x, y, length, length * 0.6, turn, 0.1), shade, CEL.flower[1], kind="petal")


class _Girl:
    """A head, hair in pointed locks, shoulders; drawn about the middle of the face."""

    def __init__(
        self, cartoon: Cartoon, rng: Random, x: float, y: float, size: float, hair: Floats, dress: Floats
    ) -> None:
        self.cartoon, self.rng, self.x, self.y, self.size = cartoon, rng, x, y, size
        self.hair, self.dress = hair, dress

    def draw(self) -> None:
        """All of her, from the back to the front."""
        self._back()
        self._body()
        self._collar()
        self._face()
        for x in (-0.33, 0.33):
            self._eye(x)
        self._fringe()

    def draw_from_behind(self) -> None:
        """Looking away, a ribbon in her hair."""
        self._body()
        self._back()
        for k in range(13):
            place = (k * 5 % 13) / 6 - 1  # from side to side, but not in turn
            turn = np.pi / 2 - 0.5 * place + self.rng.uniform(-0.06, 0.06)
            self._lock(0.2 * place, -1.2 + 0.12 * abs(place), 2.7, 0.46, turn, 0.14 * place)
        for k in range(6):  # gloss
            x = -0.62 + 0.25 * k
            self._put(
                shapes.leaf(x, -0.85 + 0.2 * x * x, 0.3, 0.1, np.pi / 2 - 0.4 * x), self.hair[2], kind="gloss"
            )
        self._ribbon()

    def _put(self, outline: Floats, colour: Floats, shade: Floats | None = None, kind: str = "cel") -> None:
        placed = outline * np.float32(self.size) + np.array([self.x, self.y], np.float32)
        self.cartoon.add(placed, colour, shade, kind=kind)

    def _lock(self, x: float, y: float, length: float, width: float, turn: float, bend: float) -> None:
        """A pointed lock with its own shade along one side."""
        self._put(shapes.leaf(x, y, length, width, turn, bend), self.hair[0])
        self._put(
            shapes.leaf(x, y, length * 0.97, width * 0.45, turn - 0.09, bend), self.hair[1], kind="shade"
        )

    def _back(self) -> None:
        self._put(shapes.ellipse(0, -0.15, 1.05, 1.12), self.hair[1])
        for k in range(11):
            x = -1.0 + 0.2 * k
            turn = np.pi / 2 - 0.28 * x + self.rng.uniform(-0.1, 0.1)
            self._lock(x * 0.85, -0.5, 2.3 + self.rng.uniform(-0.3, 0.4), 0.42, turn, 0.1 * np.sign(-x))

    def _body(self) -> None:
        self._put(points((-0.24, 0.6), (0.24, 0.6), (0.27, 1.4), (-0.27, 1.4)), SKIN_SHADE)
        shoulders = shapes.curve(
            points((-1.5, 3.4), (-1.15, 1.7), (-0.4, 1.25), (0, 1.5), (0.4, 1.25), (1.15, 1.7), (1.5, 3.4))
        )
        self._put(shoulders, self.dress[0])
        for x in (-0.9, -0.45, 0.1, 0.55, 0.95):
            fold = shapes.leaf(x, 1.55 + 0.2 * abs(x), 1.8, 0.26, np.pi / 2 - 0.1 * x, 0.06)
            self._put(fold, self.dress[1], kind="shade")

    def _collar(self) -> None:
        for side in (-1, 1):
            collar = points((0, 1.5), (side * 0.5, 1.2), (side * 0.75, 1.5), (side * 0.25, 2.0))
            self._put(collar, DRESS[0][0] if self.dress is not DRESS[0] else DRESS[1][0])
            bow = points((0, 1.95), (side * 0.5, 1.72), (side * 0.45, 2.25))
            self._put(bow, DRESS[2][0], DRESS[2][1])

    def _face(self) -> None:
        outline = shapes.curve(
            points(
                (0, 0.92),
                (0.3, 0.76),
                (0.64, 0.35),
                (0.74, -0.2),
                (0.5, -0.8),
                (0, -0.95),
                (-0.5, -0.8),
                (-0.74, -0.2),
                (-0.64, 0.35),
                (-0.3, 0.76),
                (0, 0.92),
            ),
            60,
        )
        self._put(outline, SKIN)
        shade = shapes.curve(
            points(
                (-0.72, -0.5),
                (-0.4, -0.22),
                (0, -0.36),
                (0.35, -0.2),
                (0.72, -0.45),
                (0.6, -0.8),
                (0, -0.93),
                (-0.6, -0.8),
                (-0.72, -0.5),
            ),
            60,
        )
        self._put(shade, SKIN_SHADE, kind="shade")
        for x in (-0.46, 0.46):
            self._put(shapes.ellipse(x, 0.38, 0.14, 0.08), BLUSH, SKIN, kind="blush")
        self._put(shapes.leaf(-0.12, 0.62, 0.24, 0.06, 0, 0.16), rgb("#d8586a")[0])
        self._put(points((0.0, 0.26), (0.05, 0.4), (-0.03, 0.4)), SKIN_SHADE, kind="shade")

    def _eye(self, x: float) -> None:
        """Closed, for open ones would look out of every bush of a photo painted like this."""
        self._put(shapes.leaf(x - 0.24, 0.08, 0.48, 0.1, 0.0, 0.2), OUTLINE, kind="eye")
        self._put(shapes.leaf(x - 0.2, -0.3, 0.42, 0.05, 0.0, -0.12), self.hair[1])

    def _ribbon(self) -> None:
        for side in (-1, 1):
            tail = shapes.leaf(0, -0.35, 1.3, 0.3, np.pi / 2 - 0.35 * side, 0.1 * side)
            self._put(tail, DRESS[2][1])
            loop = shapes.leaf(0, -0.4, 0.75, 0.5, (0.0 if side > 0 else np.pi) - 0.2 * side, 0.05)
            self._put(loop, DRESS[2][0], DRESS[2][1])
        self._put(shapes.ellipse(0, -0.4, 0.13, 0.15), DRESS[2][0])

    def _fringe(self) -> None:
        """Locks that fan out from the crown and end above the eyes; longer ones beside the face."""
        self._put(
            shapes.curve(
                points(
                    (-0.8, -0.25),
                    (-0.66, -0.95),
                    (0, -1.2),
                    (0.66, -0.95),
                    (0.8, -0.25),
                    (0.4, -0.6),
                    (0, -0.66),
                    (-0.4, -0.6),
                    (-0.8, -0.25),
                ),
                60,
            ),
            self.hair[0],
        )
        for k in range(8):
            x = -0.7 + 0.2 * k
            turn = np.pi / 2 + 0.12 * x + self.rng.uniform(-0.18, 0.18)
            self._lock(x * 0.8, -0.95 + 0.18 * x * x, 0.66 + 0.4 * x * x, 0.33, turn, -0.12 * np.sign(x))
        for side in (-1, 1):
            self._lock(side * 0.72, -0.75, 1.9, 0.32, np.pi / 2 - 0.04 * side, -0.06 * side)
        for k in range(7):  # a band of gloss across the crown
            x = -0.6 + 0.2 * k
            self._put(
                shapes.leaf(x, -0.78 + 0.25 * x * x, 0.2, 0.09, np.pi / 2, 0), self.hair[2], kind="gloss"
            )


def _inked(colours: Floats, cartoon: Cartoon, rng: Random) -> Floats:
    """Outlines that swell and thin; shade, gloss and sky have none; a soft bloom from what is bright."""
    n = cartoon.n
    seams = cartoon.seams()
    width = 0.0017 * np.clip(1 + 0.6 * noise(rng, n, 14, 2), 0.4, 2)
    line = 1 - smoothstep(-0.0004, 0.0005, distance(seams, 0.006) - width)
    inked = mix(colours, OUTLINE, line)
    return clipped(inked + 0.10 * np.maximum(blur(inked, 0.012) - 0.45, 0))
