"""The colours of a scene, by what they are for."""

from dataclasses import dataclass, field
from typing import Any

from styler.looks.canvas import Floats, rgb


def colours_of(*codes: str) -> Any:
    return field(default_factory=lambda: rgb(*codes))


@dataclass(frozen=True, kw_only=True)
class Palette:
    """Each field holds one or more colours, (k, 3); scenes take turns through them or fade between them."""

    sky: Floats = colours_of("#2f6fb5", "#6fb3e0", "#f6d9a8", "#f59e6a")  # from the top down
    sun: Floats = colours_of("#fff1b0", "#ffc945", "#f58a2e")  # from the middle outwards
    cloud: Floats = colours_of("#ffffff", "#d9dff0", "#b7bfe0")
    far: Floats = colours_of("#6d7fb8", "#4a5c9c", "#8c93cf")
    hill: Floats = colours_of("#3d7a4b", "#7fae4d", "#c3bf55", "#2c5f57")
    water: Floats = colours_of("#1f6f9f", "#43a7c4", "#9fdbe0", "#174f86")
    leaf: Floats = colours_of("#2f7d3b", "#86b83c", "#1d5a3a")
    bark: Floats = colours_of("#5a3825", "#8a5a3a")
    flower: Floats = colours_of("#d7263d", "#f46036", "#ffd166", "#b23a8e", "#fff3f0")
    wall: Floats = colours_of("#f2dfb8", "#d98e5f", "#c9cbd8")
    roof: Floats = colours_of("#b23a2e", "#7d2b35")
    skin: Floats = colours_of("#f7d1b0", "#e2a07a", "#b76b52")  # light, middle, shade
    hair: Floats = colours_of("#3a2323", "#6b3b2a", "#a0643a")
    robe: Floats = colours_of("#2b4c9b", "#1b2f6b", "#5b82cf")
    lip: Floats = colours_of("#c0434a", "#8e2c3a")
    eye: Floats = colours_of("#ffffff", "#3f6f8f", "#141018")
