"""Pencil drawings: a coloured one with bold outlines, and one in graphite."""

import dataclasses

import numpy as np
from PIL import Image

from styler.looks import scenes
from styler.looks.canvas import (
    Bools,
    Floats,
    Random,
    blur,
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

WHITE, CREAM, GRAPHITE = rgb("#fdfbf4", "#f1efe9", "#1c1c20")
CRAYONS = dataclasses.replace(
    NATURAL,
    sky=rgb("#2f8fe0", "#5fb8f0", "#ffb347", "#ff8c42"),
    sun=rgb("#ffe94a", "#ffd01f", "#ff9f1c"),
    cloud=rgb("#ffffff", "#dfeaf8", "#b8d0f0"),
    far=rgb("#8f5fd0", "#5a3fa8", "#c06fc8"),
    hill=rgb("#8fd45a", "#ffd76a", "#ffae8a", "#5fb86a", "#ffc9a0"),
    water=rgb("#1f6fd8", "#3fb0e8", "#8fe0f0"),
    leaf=rgb("#2fa83f", "#8fd83a", "#147a4a"),
    bark=rgb("#8a4a1f", "#b8702f"),
    flower=rgb("#e8202f", "#ff8a1f", "#ffe03a", "#c83ad0", "#ffffff"),
    wall=rgb("#ffe08a", "#ff7a5a", "#8fa8ff"),
    roof=rgb("#d8202a", "#7a2fb8"),
    skin=rgb("#ffd9b8", "#ffb48a", "#e0805a"),
    hair=rgb("#7a3a14", "#a8561f", "#d07f2f"),
    robe=rgb("#e0304a", "#a8143a", "#ff6f7f"),
)
GREYS = dataclasses.replace(
    NATURAL,
    sky=rgb("#d0d0d0", "#f0f0f0", "#ffffff", "#e0e0e0"),
    far=rgb("#b0b0b0", "#606060", "#d0d0d0"),
    hill=rgb("#909090", "#c0c0c0", "#707070", "#a0a0a0"),
    water=rgb("#808080", "#c8c8c8", "#f8f8f8"),
    leaf=rgb("#606060", "#a8a8a8", "#303030"),
    flower=rgb("#f8f8f8", "#a0a0a0", "#ffffff", "#707070"),
    skin=rgb("#eeeeee", "#cccccc", "#888888"),
    hair=rgb("#161616", "#303030", "#585858"),
    robe=rgb("#b8b8b8", "#707070", "#ececec"),
    lip=rgb("#808080", "#404040"),
    eye=rgb("#ffffff", "#606060", "#101010"),
)


def coloured_pencil(rng: Random, size: int) -> Image.Image:
    """A bright valley with a person and flowers, filled in by hand between dark outlines."""
    n = 2 * size
    cartoon = _meadow(n, np.random.default_rng(3))
    seams = cartoon.seams()
    tooth = _tooth(rng, n)
    colours = cartoon.colours()
    pressure = 0.9 * (1 - smoothstep(0, 0.03, distance(seams, 0.05))) + 0.5 * noise(rng, n, 9, 2)
    picture = np.broadcast_to(WHITE, (n, n, 3)).astype(np.float32)
    for turn, share, deeper in ((0.7, 0.95, 0.0), (0.95, 0.6, 0.0), (0.2, 0.55, 0.45)):
        strokes = hatching(rng, cartoon.grain() + np.float32(turn), 0.05, 300)
        heavy = pressure if deeper else 0.6 + 0.6 * pressure
        laid = share * smoothstep(-1.3, 1.5, strokes + 0.35 * tooth + heavy - 1.1 * deeper)
        deep = mix(colours, colours * colours * 0.8, np.full((n, n), deeper))
        picture = mix(picture, np.clip(deep + 0.035 * strokes[..., None], 0, 1), laid)
    return finish(mix(picture, rgb("#1a1420")[0], _outline(seams, tooth, rng, 0.0042)), size)


def pencil(rng: Random, size: int) -> Image.Image:
    """Graphite: hair drawn strand by strand, trees and hills hatched over and across."""
    n = 2 * size
    cartoon = _portrait(n, np.random.default_rng(7))
    seams = cartoon.seams()
    tooth = _tooth(rng, n)
    dark = _depth(cartoon, seams, rng)
    drawn = 0.5 * blur(dark, 0.003) * (0.85 + 0.15 * tooth)
    for turn, start in ((0.0, 0.04), (0.3, 0.2), (0.9, 0.4), (-0.35, 0.6)):
        strokes = hatching(rng, _following(cartoon.grain(), turn, cartoon, rng), 0.06, 340)
        weight = smoothstep(start, start + 0.45, dark)
        laid = weight * smoothstep(-0.9, 1.6, strokes + 0.3 * tooth + 0.8 * weight)
        drawn = 1 - (1 - drawn) * (1 - 0.62 * laid)
    drawn = np.maximum(drawn, 0.85 * _outline(seams, tooth, rng, 0.0024) * smoothstep(0.0, 0.5, 0.3 + dark))
    return finish(mix(CREAM, GRAPHITE, np.clip(drawn, 0, 0.97)), size)


def hatching(rng: Random, angle: Floats, length: float, fineness: int) -> Floats:
    """Strokes along `angle` (n, n) about as wide as 1/`fineness`: mean 0, deviation 1."""
    streaks = line_integral(noise(rng, angle.shape[0], fineness), angle, length, 14)
    return np.asarray((streaks - streaks.mean()) / (streaks.std() + 1e-6), np.float32)


def _tooth(rng: Random, n: int) -> Floats:
    """The paper's grain: mean 0, deviation 1."""
    tooth = noise(rng, n, 260) + 0.6 * noise(rng, n, 130)
    return np.asarray((tooth - tooth.mean()) / (tooth.std() + 1e-6), np.float32)


def _outline(seams: Bools, tooth: Floats, rng: Random, width: float) -> Floats:
    n = seams.shape[0]
    uneven = width * (1 + 0.45 * noise(rng, n, 22, 2)) / 2
    edge = distance(seams, 0.008) - uneven - 0.00035 * tooth
    return (1 - smoothstep(-0.0006, 0.0008, edge)).astype(np.float32)


def _meadow(n: int, rng: Random) -> Cartoon:
    cartoon = Cartoon(n)
    scenes.valley(cartoon, rng, CRAYONS, 0.45)
    Person(cartoon, rng, CRAYONS, 0.3, 0.47, 0.17).draw()
    places = points(
        (0.6, 0.74), (0.75, 0.82), (0.9, 0.74), (0.62, 0.93), (0.95, 0.93), (0.05, 0.82), (0.8, 0.97)
    )
    scenes.garden(cartoon, rng, CRAYONS, places, 0.075)
    return cartoon


def _portrait(n: int, rng: Random) -> Cartoon:
    cartoon = Cartoon(n)
    scenes.valley(cartoon, rng, GREYS, 0.4)
    scenes.tree(cartoon, rng, GREYS, 0.8, 0.72, 0.62)
    Person(cartoon, rng, GREYS, 0.34, 0.42, 0.21).draw_from_behind()
    scenes.garden(
        cartoon,
        rng,
        GREYS,
        points((0.9, 0.7), (0.72, 0.76), (0.83, 0.9), (0.66, 0.93), (0.96, 0.94), (0.06, 0.86)),
        0.09,
    )
    return cartoon


def _depth(cartoon: Cartoon, seams: Bools, rng: Random) -> Floats:
    """How dark each pixel is to be, 0..1: the drawing's tone, rounder forms, and a light from above."""
    dark = 1 - luminance(cartoon.colours())
    rim = blur((distance(seams, 0.02) < 0.006).astype(np.float32), 0.006)
    strands = hatching(rng, cartoon.grain(), 0.08, 110)
    hair = cartoon.is_kind("hair").astype(np.float32)
    dark = dark + 0.3 * rim - 0.08 + 0.1 * noise(rng, cartoon.n, 5, 2)
    return np.clip(dark + hair * (0.22 * strands - 0.05), 0, 1).astype(np.float32)


def _following(grain: Floats, turn: float, cartoon: Cartoon, rng: Random) -> Floats:
    """Hair is drawn along its fall; all else is hatched on a slant that the form bends a little."""
    x, y = grid(cartoon.n)
    slant = -0.9 + turn * 1.4 + 0.35 * np.sin(3 * grain) + 0.2 * noise(rng, cartoon.n, 4)
    hair = cartoon.is_kind("hair", "line", "robe")
    return np.where(hair, grain + 0.3 * turn + 0.15 * np.sin(9 * x + 5 * y), slant).astype(np.float32)
