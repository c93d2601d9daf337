"""What a person may ask of the engine, with every default in this one place."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from numbers import Integral, Real
from pathlib import Path
from typing import Any, TypeVar

from styler.errors import OptionsError

MAX_SIZE = 8192
MIN_SIZE = 64
MAX_STEPS = 10_000

Word = TypeVar("Word", bound=StrEnum)


class Quality(StrEnum):
    """How much work goes into a picture; `pyramid.py` turns it into scales and steps."""

    DRAFT = "draft"
    STANDARD = "standard"
    BEST = "best"


class ColorsBy(StrEnum):
    """How the photo's colours are kept: the two ways of the paper that `color.py` names."""

    LUMINANCE = "luminance"  # light and dark alone are painted
    MATCHED = "matched"  # the style is painted in the photo's colours


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleOptions:
    """Frozen, and checked when made: raises `OptionsError`. `None` means "let the engine choose"."""

    size: int | None = None  # long side of the output in pixels; None: see `styler.device.default_size`
    quality: Quality = Quality.STANDARD
    strength: float | None = None  # 0 (a hint of the style) to 100 (wild); None: the preset's own, else 50
    keep_colors: bool = False  # paint with the style's brushwork but the photo's colours
    colors_by: ColorsBy | None = None  # how; to say it is to say keep_colors; None: DEFAULT_COLORS_BY
    faces: bool = True  # keep faces, animals' too, and what else stands out closer to the photo than the rest
    steps: int | None = None  # optimiser steps in all; None: by quality
    style_weight: float = 1.0  # multiplies the style loss
    content_weight: float = 1.0  # multiplies the content loss that strength sets
    tv_weight: float = 1.0  # multiplies the total variation loss (smoothness)
    device: str = "auto"  # auto, cpu, cuda, cuda:N, mps
    weights: str = "auto"  # auto, embedded, torchvision, or a .pth/.safetensors file
    seed: int = 0  # seeds what is random in the start picture; equal seeds, equal pictures

    def __post_init__(self) -> None:
        object.__setattr__(self, "quality", _one_of(Quality, "quality", self.quality))
        for name in ("keep_colors", "faces"):
            _true_or_false(name.replace("_", " "), getattr(self, name))
        if self.colors_by is not None:  # whoever says how wants them kept
            object.__setattr__(self, "colors_by", _one_of(ColorsBy, "colors by", self.colors_by))
            object.__setattr__(self, "keep_colors", True)
        if self.size is not None:
            self._keep_number("size", MIN_SIZE, MAX_SIZE, whole=True)
        if self.strength is not None:
            self._keep_number("strength", 0, 100)
        if self.steps is not None:
            self._keep_number("steps", 1, MAX_STEPS, whole=True)
        for name in ("style_weight", "content_weight", "tv_weight"):
            self._keep_number(name, 0, 1e6)
        self._keep_number("seed", 0, 2**63 - 1, whole=True)
        _word("device", self.device, is_device, DEVICES)
        _word("weights", self.weights, is_weights, WEIGHTS)

    def _keep_number(self, name: str, low: float, high: float, *, whole: bool = False) -> None:
        """Checks it, and makes Python's own of NumPy's numbers and fractions, which not all else can take."""
        value = getattr(self, name)
        _within(name.replace("_", " "), value, low, high, whole=whole)
        object.__setattr__(self, name, int(value) if isinstance(value, Integral) else float(value))


DEFAULT_STRENGTH = 50.0
DEFAULT_COLORS_BY = ColorsBy.LUMINANCE
DEFAULT_SIZE_GPU = 1024
DEFAULT_SIZE_CPU = 768
DEFAULT_SIZE_SLOW_CPU = 512
DEFAULT_SHEET_SIZE = 256  # of each picture on a sheet
DEFAULT_SHEET_COLUMNS = 4


def is_weights_file(weights: str) -> bool:
    """Whether a `weights` option names a file rather than one of the known sources."""
    return Path(weights).suffix in {".pth", ".pt", ".safetensors"}


def weights_path(weights: str) -> Path:
    """The file that such an option names; `~` is the home folder."""
    return Path(os.path.expanduser(weights))  # noqa: PTH111 - Path's own raises where nobody has that home


WEIGHTS = "auto, embedded, torchvision or a .pth or .safetensors file"
DEVICES = "auto, cpu, cuda, cuda:N or mps"


def is_weights(weights: str) -> bool:
    """Whether a `weights` option is one of `WEIGHTS`, whether or not such a file is there."""
    return weights in {"auto", "embedded", "torchvision"} or is_weights_file(weights)


def is_device(device: str) -> bool:
    """Whether a `device` option is one of `DEVICES`, whether or not there is such a device."""
    return re.fullmatch(r"auto|cpu|mps|cuda(:[0-9]+)?", device) is not None


def _word(name: str, value: Any, is_one: Callable[[str], bool], known: str) -> None:
    if not isinstance(value, str) or not is_one(value):
        raise OptionsError(f"{name} must be {known}, not {value!r}")


def _one_of(kind: type[Word], name: str, value: str) -> Word:
    try:
        return kind(value)
    except ValueError:
        raise OptionsError(f"{name} must be one of {', '.join(kind)}, not {value!r}") from None


def _true_or_false(name: str, value: object) -> None:
    if not isinstance(value, bool):  # "no" would count as true
        raise OptionsError(f"{name} must be True or False, not {value!r}")


def _within(name: str, value: Any, low: float, high: float, *, whole: bool = False) -> None:
    kind: Any = Integral if whole else Real  # as which mypy would not compare the value
    if not isinstance(value, kind) or isinstance(value, bool):  # True would count as 1
        raise OptionsError(f"{name} must be a {'whole ' if whole else ''}number, not {value!r}")
    # `not (low <= value)` rather than `value < low`, so that NaN is refused too. Not as a float, which the
    # largest whole numbers are not.
    if not low <= value <= high:
        raise OptionsError(f"{name} must be between {low} and {high}, not {value}")
