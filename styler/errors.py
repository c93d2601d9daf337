"""Everything that `styler` raises on purpose. Each message is one sentence that can be shown to a person.

StylerError
├── OptionsError        an option is out of its range, or two options contradict each other
├── PictureError        a picture cannot be used; `reason` names why
├── OutputError         a result cannot be written where it should go
├── PresetError         no preset of that name; `suggestions` holds the near ones
├── WeightsError        the VGG19 weights cannot be found, fetched or trusted
└── DeviceError         the device asked for is not there
    └── OutOfMemory     its memory does not suffice, however thriftily it paints
"""

from collections.abc import Sequence
from enum import StrEnum


class StylerError(Exception):
    """The root: catch this to catch all of them."""


class OptionsError(StylerError):
    """An option is out of its range, or two options contradict each other."""


class PictureReason(StrEnum):
    """Why a picture was refused: a stable key, so that a bot can say it in another language."""

    MISSING = "missing"
    EMPTY = "empty"
    NOT_AN_IMAGE = "not-an-image"
    TRUNCATED = "truncated"
    TOO_SMALL = "too-small"
    TOO_LARGE = "too-large"
    TOO_NARROW = "too-narrow"
    TOO_SLOW = "too-slow"  # only where somebody limits the time: the bot does


class PictureError(StylerError):
    """A picture cannot be used."""

    def __init__(self, reason: PictureReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type["PictureError"], tuple[PictureReason, str]]:
        return type(self), (self.reason, str(self))  # so that it can come from another process


class OutputError(StylerError):
    """A result cannot be written where it should go."""


class PresetError(StylerError):
    """No preset has that name, or several might be meant by it."""

    def __init__(self, message: str, suggestions: Sequence[str] = (), *, several: bool = False) -> None:
        """several: the name fits all the suggestions."""
        super().__init__(message)
        self.suggestions = tuple(suggestions)
        self.several = several


class WeightsError(StylerError):
    """The VGG19 weights cannot be found, fetched or trusted."""


class DeviceError(StylerError):
    """The device asked for is not there; or see `OutOfMemory`."""


class OutOfMemory(DeviceError):
    """The device's memory does not suffice, however thriftily it paints."""
