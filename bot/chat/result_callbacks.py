"""What the buttons carry that stand under results, under sheets and under one's own presets.

All have the same simple fields, so one table says how each is written: see `callback_data` for the whole.
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from typing import Any

from bot.chat.callback_fields import checked_id, optional, read_number, read_optional
from bot.chat.settings_callbacks import (
    Administer,
    ChooseSetting,
    ForgetMe,
    OpenSetting,
    SettingsCallback,
    ShowSettings,
)


@dataclass(frozen=True, slots=True)
class ShowAt:
    """Show so much of the painting over the photo."""

    job_id: str
    strength: int  # 0 to WHOLE


@dataclass(frozen=True, slots=True)
class ShowColors:
    """Show the painting in the photo's colours, or in its own again."""

    job_id: str
    keep: bool


@dataclass(frozen=True, slots=True)
class OtherStyle:
    """Let me choose another style for the photo of this job."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Bigger:
    """Paint it again, so many pixels long."""

    job_id: str
    size: int


@dataclass(frozen=True, slots=True)
class Swap:
    """I sent them the wrong way round: paint the style picture in the style of the photo."""

    job_id: str


@dataclass(frozen=True, slots=True)
class NextPhoto:
    """Paint my next photo as this one."""

    job_id: str


@dataclass(frozen=True, slots=True)
class DeleteResult:
    """Delete the painting; `sure` after the question whether I am."""

    job_id: str
    sure: bool


@dataclass(frozen=True, slots=True)
class KeepResult:
    """No, do not delete it."""

    job_id: str


@dataclass(frozen=True, slots=True)
class PaintStyle:
    """Paint the photo of this sheet in the style of this place on it, counted from 1."""

    job_id: str
    place: int


@dataclass(frozen=True, slots=True)
class ShowSheet:
    """Show my photo in every style; `photo` is the message id of the photo that waits for a style."""

    photo: int | None


@dataclass(frozen=True, slots=True)
class ListOwn:
    """Show my own presets; `photo` as above."""

    photo: int | None


@dataclass(frozen=True, slots=True)
class DropOwn:
    """Forget this preset of mine; `sure` after the question whether I am."""

    preset_id: int
    sure: bool


@dataclass(frozen=True, slots=True)
class KeepOwn:
    """No, do not forget it."""


JobCallback = (
    ShowAt | ShowColors | OtherStyle | Bigger | Swap | NextPhoto | DeleteResult | KeepResult | PaintStyle
)
OwnCallback = ListOwn | DropOwn | KeepOwn
ResultCallback = JobCallback | OwnCallback | ShowSheet | SettingsCallback

RESULT_CALLBACKS: dict[str, type[ResultCallback]] = {
    "rs": ShowAt,
    "rc": ShowColors,
    "ro": OtherStyle,
    "rb": Bigger,
    "rw": Swap,
    "rn": NextPhoto,
    "rd": DeleteResult,
    "rk": KeepResult,
    "rp": PaintStyle,
    "ra": ShowSheet,
    "ml": ListOwn,
    "md": DropOwn,
    "mk": KeepOwn,
    "so": OpenSetting,
    "sc": ChooseSetting,
    "sa": ShowSettings,
    "fm": ForgetMe,
    "ad": Administer,
}
_CODES = {kind: code for code, kind in RESULT_CALLBACKS.items()}


def fields_of(callback: ResultCallback) -> tuple[str, ...]:
    """Its code and its fields as strings. Raises ValueError for what a button cannot carry."""
    return _CODES[type(callback)], *map(_write, astuple(callback))


def read_fields(code: str, values: list[str]) -> ResultCallback:
    """The callback back. Raises ValueError for what is none."""
    kind = RESULT_CALLBACKS[code]
    wanted = fields(kind)
    if len(wanted) != len(values):
        raise ValueError(f"{kind.__name__} has {len(wanted)} fields, not {len(values)}")
    read: list[Any] = [_READERS[field.type](value) for field, value in zip(wanted, values, strict=True)]
    return kind(*read)


def _write(value: str | int | None) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return checked_id(value) if isinstance(value, str) else optional(value)


def _read_flag(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError(f"{text!r} is neither yes nor no")
    return text == "1"


_READERS: dict[object, Callable[[str], object]] = {  # by a field's type
    str: checked_id,
    int: read_number,
    bool: _read_flag,
    int | None: read_optional,
}
