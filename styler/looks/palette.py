"""The colours of a scene, by what they are for."""

from dataclasses import dataclass

from styler.looks.canvas import Floats, rgb


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Each field holds one or more colours, (k, 3); scenes take turns through them or fade between them."""

    sky: Floats  # from the top down
    sun: Floats  # from the middle outwards
    cloud: Floats  # lit, turned away, shaded
    far: Floats
    hill: Floats
    water: Floats
    leaf: Floats
    bark: Floats
    flower: Floats
    wall: Floats
    roof: Floats
    skin: Floats  # light, middle, shade
    hair: Floats
    robe: Floats
    lip: Floats
    eye: Floats  # white, iris, pupil


NATURAL = Palette(
    sky=rgb("#2f6fb5", "#6fb3e0", "#f6d9a8", "#f59e6a"),
    sun=rgb("#fff1b0", "#ffc945", "#f58a2e"),
    cloud=rgb("#ffffff", "#d9dff0", "#b7bfe0"),
    far=rgb("#6d7fb8", "#4a5c9c", "#8c93cf"),
    hill=rgb("#3d7a4b", "#7fae4d", "#c3bf55", "#2c5f57"),
    water=rgb("#1f6f9f", "#43a7c4", "#9fdbe0", "#174f86"),
    leaf=rgb("#2f7d3b", "#86b83c", "#1d5a3a"),
    bark=rgb("#5a3825", "#8a5a3a"),
    flower=rgb("#d7263d", "#f46036", "#ffd166", "#b23a8e", "#fff3f0"),
    wall=rgb("#f2dfb8", "#d98e5f", "#c9cbd8"),
    roof=rgb("#b23a2e", "#7d2b35"),
    skin=rgb("#f7d1b0", "#e2a07a", "#b76b52"),
    hair=rgb("#3a2323", "#6b3b2a", "#a0643a"),
    robe=rgb("#2b4c9b", "#1b2f6b", "#5b82cf"),
    lip=rgb("#c0434a", "#8e2c3a"),
    eye=rgb("#ffffff", "#3f6f8f", "#141018"),
)
