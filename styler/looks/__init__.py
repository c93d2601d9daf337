"""Draws the preset pictures for which no free original could be found: `python -m styler.looks [NAME ...]`.

Everything is drawn from a seed with numpy and Pillow alone, so that anyone can draw the same pictures again.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from PIL import Image

from styler.looks.anime import anime
from styler.looks.aquarelle import aquarelle
from styler.looks.canvas import Random
from styler.looks.cubism import cubism
from styler.looks.fiery_sky import fiery_sky
from styler.looks.glass import stained_glass
from styler.looks.mosaic import mosaic
from styler.looks.pencils import coloured_pencil, pencil
from styler.looks.pointillism import pointillism
from styler.looks.rose import rose_window
from styler.looks.woodcut import woodcut

__all__ = ["LOOKS", "SIZE", "draw"]

SIZE = 896  # pixels to a side, of the pictures that are shipped
SEED = 1

LOOKS: Mapping[str, Callable[[Random, int], Image.Image]] = MappingProxyType(
    {
        "aquarelle": aquarelle,
        "stained-glass": stained_glass,
        "rose-window": rose_window,
        "mosaic": mosaic,
        "woodcut": woodcut,
        "pointillism": pointillism,
        "cubism": cubism,
        "coloured-pencil": coloured_pencil,
        "pencil": pencil,
        "anime": anime,
        "fiery-sky": fiery_sky,
    }
)


def draw(name: str, size: int = SIZE, seed: int = SEED) -> Image.Image:
    """The look's picture, RGB, `size` x `size` pixels; alike at every size, and equal for equal seeds.

    Raises `KeyError` where there is no such look.
    """
    return LOOKS[name](np.random.default_rng(seed), size)
