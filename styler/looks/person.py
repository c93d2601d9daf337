"""A person, head and shoulders, drawn in pieces."""

import numpy as np

from styler.looks import shapes
from styler.looks.canvas import Floats, Random, mix, points
from styler.looks.cartoon import Cartoon
from styler.looks.palette import Palette


class Person:
    """Draws a person about (x, y), the middle of the face; `size` is half the height of the head."""

    def __init__(
        self, cartoon: Cartoon, rng: Random, palette: Palette, x: float, y: float, size: float, side: int = 1
    ) -> None:
        self.cartoon, self.rng, self.palette = cartoon, rng, palette
        self.x, self.y, self.size, self.side = x, y, size, side

    def draw(self) -> None:
        """All of it, from the back to the front; the light comes from the left where `side` is 1."""
        self._hair_behind()
        self._robe()
        self._neck_and_face()
        self._features()
        self._hair_before()

    def draw_from_behind(self) -> None:
        """Looking away: a style without a face paints none where there was none."""
        self._robe()
        self._neck_and_face()
        self._hair_behind()
        for k in range(15):
            place = (k * 4 % 15) / 7 - 1  # from side to side, but not in turn
            turn = shapes.DOWN - 0.5 * place + self.rng.uniform(-0.1, 0.1)
            length = 2.3 - 0.5 * abs(place) + self.rng.uniform(-0.2, 0.2)
            lock = shapes.leaf(0.25 * place, -1.02 + 0.1 * abs(place), length, 0.44, turn, 0.16 * place)
            self._put(lock, self.palette.hair[k % 3], self.palette.hair[(k + 1) % 3], grain=turn, kind="hair")

    def _put(
        self, outline: Floats, colour: Floats, shade: Floats | None = None, grain: float = 0, kind: str = ""
    ) -> None:
        placed = outline * np.array([self.side * self.size, self.size], np.float32)
        turn = grain if self.side > 0 else np.pi - grain
        placed += np.array([self.x, self.y], np.float32)
        self.cartoon.add(placed, colour, shade, grain=turn, kind=kind)

    def _hair_behind(self) -> None:
        hair = self.palette.hair
        self._put(shapes.ellipse(0, -0.12, 0.86, 0.98), hair[0], kind="hair")
        for k in range(9):
            x = -0.8 + 0.2 * k
            turn = shapes.DOWN + 0.3 * np.sign(x) * self.rng.uniform(0, 1)
            lock = shapes.leaf(
                x, -0.4, 1.9 * self.rng.uniform(0.8, 1.1), 0.42, turn, self.rng.uniform(-0.12, 0.12)
            )
            self._put(lock, hair[k % 2], hair[(k + 1) % 3], grain=turn, kind="hair")

    def _robe(self) -> None:
        robe = self.palette.robe
        outline = shapes.curve(
            points((-2.1, 3.2), (-1.7, 1.75), (-0.75, 1.2), (0, 1.35), (0.75, 1.2), (1.7, 1.75), (2.1, 3.2))
        )
        self._put(outline, robe[0], robe[1], grain=1.2, kind="robe")
        for k in range(11):
            x = -1.6 + 0.32 * k
            turn = shapes.DOWN - 0.22 * x + self.rng.uniform(-0.12, 0.12)
            fold = shapes.leaf(
                x * 0.85, 1.32 + 0.3 * abs(x), 1.9, 0.3 * self.rng.uniform(0.6, 1.3), turn, 0.08
            )
            self._put(fold, robe[1 if k % 2 else 2], robe[k % 3], grain=turn, kind="robe")

    def _neck_and_face(self) -> None:
        light, middle, shade = self.palette.skin
        self._put(
            points((-0.33, 0.5), (0.33, 0.5), (0.4, 1.3), (0, 1.65), (-0.42, 1.3)), middle, shade, 1.4, "skin"
        )
        t = np.linspace(0, shapes.TURN, 60, endpoint=False)
        chin = np.where(np.sin(t) > 0, 1 - 0.3 * np.sin(t) ** 2, 1)
        face = np.stack([0.62 * np.cos(t) * chin, 0.86 * np.sin(t)], 1).astype(np.float32)
        self._put(face, light, mix(light, middle, 0.6), 1.3, "skin")
        t = np.linspace(-np.pi / 2, np.pi / 2, 30)
        rim = np.cos(t) * np.where(np.sin(t) > 0, 1 - 0.3 * np.sin(t) ** 2, 1)
        edge, inner = np.stack([0.62 * rim, 0.86 * np.sin(t)], 1), np.stack([0.36 * rim, 0.86 * np.sin(t)], 1)
        self._put(np.concatenate([edge, inner[::-1]]).astype(np.float32), middle, shade, 1.1, "skin")
        self._put(
            shapes.ellipse(-0.34, 0.3, 0.16, 0.12), mix(light, self.palette.lip[0], 0.4), None, 0.3, "blush"
        )
        self._put(
            shapes.ellipse(0.3, 0.32, 0.15, 0.12), mix(middle, self.palette.lip[0], 0.4), None, 0.3, "blush"
        )

    def _features(self) -> None:
        palette = self.palette
        for x in (-0.27, 0.29):
            self._put(shapes.leaf(x - 0.19, 0.03, 0.4, 0.2, 0.03, -0.08), palette.eye[0], kind="eye")
            self._put(shapes.ellipse(x, 0.02, 0.085, 0.1), palette.eye[1], kind="eye")
            self._put(shapes.ellipse(x, 0.02, 0.045, 0.055), palette.eye[2], kind="eye")
            self._put(shapes.leaf(x - 0.21, 0.01, 0.44, 0.07, 0.02, -0.22), palette.eye[2], kind="line")
            self._put(shapes.leaf(x - 0.24, -0.17, 0.48, 0.09, 0.0, -0.16), palette.hair[0], kind="line")
        self._put(
            points((0.02, -0.05), (0.12, 0.34), (-0.06, 0.38), (-0.03, 0.3)),
            palette.skin[2],
            None,
            1.3,
            "skin",
        )
        self._put(shapes.leaf(-0.22, 0.55, 0.46, 0.13, 0, -0.08), palette.lip[1], kind="lip")
        self._put(shapes.leaf(-0.2, 0.575, 0.42, 0.12, 0, 0.12), palette.lip[0], kind="lip")

    def _hair_before(self) -> None:
        """Parted a little to the left; on both sides it sweeps over the temple and falls beside the face."""
        hair = self.palette.hair
        for side, reach in ((-1, 0.56), (1, 0.8)):
            for k in range(6):
                inner = 1 - k / 6
                sweep = points(
                    (-0.14, -1.0 + 0.02 * k),
                    (-0.14 + side * reach * (0.95 - 0.5 * inner), -0.86 + 0.2 * inner),
                    (side * (0.72 - 0.12 * inner), -0.3 + 0.04 * inner),
                    (side * (0.78 - 0.16 * inner), 0.25),
                    (side * (0.84 - 0.1 * inner), 0.85 - 0.1 * k * self.rng.uniform(0, 1)),
                )
                line = shapes.curve(sweep, 30)
                widths = 0.2 * np.sin(np.pi * np.linspace(0.06, 1, 30)) ** 0.6
                turn = shapes.DOWN - 0.25 * side
                lock = shapes.ribbon(line, widths.astype(np.float32))
                self._put(lock, hair[k % 3], hair[(k + 1) % 3], grain=turn, kind="hair")
