"""Paints photos in the style of a picture: `stylize(photo, style)`.

Importing this loads no torch: that waits until a name is first used.
"""

import os
from typing import TYPE_CHECKING, Any

# Before torch loads OpenMP: its threads wait for each other by spinning, which on few cores, beside any other
# work, made painting four times slower. Waiting briefly, then sleeping, costs nothing on an idle machine.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

from styler.errors import (
    DeviceError,
    OptionsError,
    OutOfMemory,
    OutputError,
    PictureError,
    PictureReason,
    PresetError,
    StylerError,
    WeightsError,
)
from styler.options import ColorsBy, Quality, StyleOptions
from styler.presets import Preset, find_preset, load_presets

if TYPE_CHECKING:
    from styler.painting.checkpoint import Checkpoint, load_checkpoint
    from styler.painting.objective import Losses
    from styler.painting.results import Progress, StyleResult
    from styler.transfer import stylize, stylize_batch

__all__ = [
    "Checkpoint",
    "ColorsBy",
    "DeviceError",
    "Losses",
    "OptionsError",
    "OutOfMemory",
    "OutputError",
    "PictureError",
    "PictureReason",
    "Preset",
    "PresetError",
    "Progress",
    "Quality",
    "StyleOptions",
    "StyleResult",
    "StylerError",
    "WeightsError",
    "find_preset",
    "load_checkpoint",
    "load_presets",
    "stylize",
    "stylize_batch",
]

_LAZY = {
    "Checkpoint": "painting.checkpoint",
    "Losses": "painting.objective",
    "Progress": "painting.results",
    "StyleResult": "painting.results",
    "load_checkpoint": "painting.checkpoint",
    "stylize": "transfer",
    "stylize_batch": "transfer",
}


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'styler' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"styler.{_LAZY[name]}"), name)
