"""A woodcut: a black key block of carved lines, printed over flat inks."""

import dataclasses

import numpy as np
from PIL import Image

from styler.looks import scenes
from styler.looks.canvas import (
    Bools,
    Floats,
    Random,
    blur,
    borders,
    distance,
    finish,
    grid,
    line_integral,
    luminance,
    mix,
    noise,
    points,
    rgb,
    smoothstep,
)
from styler.looks.cartoon import Cartoon
from styler.looks.palette import NATURAL
from styler.looks.person import Person

PAPER, OCHRE, RED, TEAL, INK = rgb("#f3e6c9", "#dca23a", "#b83a26", "#3f8480", "#15110f")
INKS = dataclasses.replace(
    NATURAL,
    sky=np.stack([TEAL, TEAL, PAPER, OCHRE]),
    sun=np.stack([PAPER, OCHRE, RED]),
    cloud=np.stack([PAPER, PAPER, TEAL]),
    far=np.stack([PAPER, TEAL, OCHRE]),
    hill=np.stack([OCHRE, TEAL, PAPER, TEAL]),
    water=np.stack([TEAL, PAPER, TEAL, TEAL]),
    leaf=np.stack([TEAL, OCHRE, TEAL]),
    bark=np.stack([RED, OCHRE]),
    flower=np.stack([RED, PAPER, OCHRE]),
    wall=np.stack([PAPER, OCHRE, PAPER]),
    roof=np.stack([RED, RED]),
    skin=np.stack([PAPER, PAPER, OCHRE]),
    hair=np.stack([INK, RED, INK]),
    robe=np.stack([RED, INK, RED]),
    lip=np.stack([RED, RED]),
    eye=np.stack([PAPER, TEAL, INK]),
)
PERIOD = 0.0135  # from line to line


def woodcut(rng: Random, size: int) -> Image.Image:
    """A person and a valley in black, red, ochre and teal on cream paper."""
    n = 2 * size
    cartoon = _drawing(n, np.random.default_rng(5))
    key = _key_block(cartoon, rng)
    fibres = line_integral(noise(rng, n, 160, 2), np.zeros((n, n), np.float32), 0.02, 6)
    flats = _flats(cartoon, fibres)
    worn = smoothstep(0.55, 1.1, noise(rng, n, 200, 2) + 0.6 * fibres)
    print_ = mix(flats, INK, key * (1 - 0.6 * worn))
    return finish(print_, size)


def _drawing(n: int, rng: Random) -> Cartoon:
    cartoon = Cartoon(n)
    scenes.valley(cartoon, rng, INKS, 0.45)
    Person(cartoon, rng, INKS, 0.36, 0.44, 0.19).draw()
    places = points((0.7, 0.68), (0.86, 0.76), (0.65, 0.88), (0.8, 0.93), (0.95, 0.93), (0.06, 0.75))
    scenes.garden(cartoon, rng, INKS, places, 0.08)
    return cartoon


def _flats(cartoon: Cartoon, fibres: Floats) -> Floats:
    """The colour blocks, printed a little off the key block, with the wood's fibres showing."""
    flats = np.roll(cartoon.colours(fade=0), (round(0.0025 * cartoon.n), -round(0.002 * cartoon.n)), (0, 1))
    inked = np.abs(flats - PAPER).sum(-1) > 0.1
    return mix(flats, PAPER, np.where(inked, 0.45 * smoothstep(0.05, 0.6, fibres), 0))


def _key_block(cartoon: Cartoon, rng: Random) -> Floats:
    """How much black each pixel takes, (n, n): outlines, and hatching that grows thicker into the shade."""
    n = cartoon.n
    x, y = grid(n)
    seams = borders(cartoon.labels())
    shade = _shade(cartoon, seams, rng)
    grain = cartoon.grain()
    across = y * np.cos(grain) - x * np.sin(grain) + 0.014 * noise(rng, n, 7, 2) + 0.0012 * noise(rng, n, 60)
    wave = 0.5 + 0.5 * np.cos(2 * np.pi * across / PERIOD)
    ends = 0.22 * line_integral(noise(rng, n, 48, 2), grain, 0.03, 6)
    hatching = smoothstep(-0.06, 0.06, wave - (1 - shade) - ends)
    outline = 1 - smoothstep(-0.0004, 0.0006, distance(seams, 0.008) - 0.0026 * (1 + 0.5 * noise(rng, n, 40)))
    return np.maximum(hatching, outline).astype(np.float32)


def _shade(cartoon: Cartoon, seams: Bools, rng: Random) -> Floats:
    """How dark the hatching is to be, 0..1: from the colours, and deeper towards one side of each piece."""
    dark = 1 - luminance(cartoon.colours())
    solid = np.abs(cartoon.colours(fade=0) - INK).sum(-1) < 0.02
    rim = blur((distance(seams, 0.05) < 0.012).astype(np.float32), 0.01)
    tone = 0.08 + 0.55 * dark + 0.35 * (rim - 0.4) + 0.3 * noise(rng, cartoon.n, 5, 2)
    tone = np.where(cartoon.is_kind("skin", "blush"), 0.45 * tone - 0.04, tone)
    tone = np.where(cartoon.is_kind("eye", "lip"), 0, tone)
    return np.where(solid, 0.86, np.clip(tone, 0, 0.8)).astype(np.float32)
