"""What a button carries on the wire: a compact string of at most 64 bytes.

The form is `<version><code>` and the fields, split by colons: `1s:7:starry-night`. Each press carries all
it needs, so buttons outlive a restart. What is unknown, garbled or of another version decodes to
`Outdated`, which deserves a kind answer.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import astuple, fields
from hashlib import blake2b
from typing import Any

from bot.callbacks import (
    Administer,
    Bigger,
    Callback,
    CancelDialogue,
    CancelJob,
    CancelKept,
    ChooseSetting,
    DeleteResult,
    DropOwn,
    EnoughOfJob,
    ForgetMe,
    FullSize,
    KeepOwn,
    KeepResult,
    ListOwn,
    NextPhoto,
    OpenSetting,
    OtherStyle,
    Outdated,
    PaintStyle,
    PickStyle,
    SetLanguage,
    ShowAt,
    ShowColors,
    ShowSettings,
    ShowSheet,
    ShowStyles,
    Swap,
    TryAgain,
)

VERSION = "1"
MAX_BYTES = 64  # that Telegram lets a button carry
MAX_NUMBER = 2**53  # message ids and pages are far below
MAX_PRESET_BYTES = 44  # 64 less version, code, colons and a number of 16 digits
_HASHED = "~"  # begins the key of a preset whose name is too long for a button

# Buttons are in people's chats for good: a code is never given to another kind.
CODES: dict[type[Callback], str] = {
    PickStyle: "s",
    ShowStyles: "p",
    CancelJob: "c",
    EnoughOfJob: "e",
    FullSize: "f",
    TryAgain: "t",
    CancelDialogue: "x",
    CancelKept: "y",
    SetLanguage: "l",
    ShowAt: "rs",
    ShowColors: "rc",
    OtherStyle: "ro",
    Bigger: "rb",
    Swap: "rw",
    NextPhoto: "rn",
    DeleteResult: "rd",
    KeepResult: "rk",
    PaintStyle: "rp",
    ShowSheet: "ra",
    ListOwn: "ml",
    DropOwn: "md",
    KeepOwn: "mk",
    OpenSetting: "so",
    ChooseSetting: "sc",
    ShowSettings: "sa",
    ForgetMe: "fm",
    Administer: "ad",
}
_KINDS = {code: kind for kind, code in CODES.items()}


def encode(callback: Callback) -> str:
    """The string for a button, at most 64 bytes of UTF-8. Raises ValueError for what cannot be carried."""
    text = ":".join((VERSION + CODES[type(callback)], *_written(callback)))
    if len(text.encode()) > MAX_BYTES:
        raise ValueError(f"a button cannot carry {text!r}")
    return text


def decode(text: str | None, presets: Iterable[str] = ()) -> Callback | Outdated:
    """What the button meant. `presets` are the names there are, to find those too long to be carried whole.

    Never raises. A short preset name is returned even if that preset is gone: the answer may name it.
    """
    head, *values = (text or "").split(":", 2)
    kind = _KINDS.get(head.removeprefix(VERSION))
    if kind is None or not head.startswith(VERSION):
        return Outdated()
    try:
        return _read(kind, values, presets)
    except (ValueError, TypeError):  # a field garbled, or one too many
        return Outdated()


def preset_key(name: str) -> str:
    """The name itself where it fits into a button, else a hash that `decode` finds among the presets."""
    try:
        short = len(name.encode()) <= MAX_PRESET_BYTES
    except UnicodeEncodeError:  # from a file name that is not UTF-8
        short = False
    if name and short and not name.startswith(_HASHED):
        return name
    return _HASHED + blake2b(name.encode(errors="surrogatepass"), digest_size=9).hexdigest()


def _written(callback: Callback) -> Iterable[str]:
    """The fields in their order; only these three are written in another way."""
    match callback:
        case PickStyle(preset, photo):
            return _write(photo), preset_key(preset)
        case ShowStyles(page, photo):
            return _write(photo), _write(page)
        case CancelDialogue(None):
            return ()
    return map(_write, astuple(callback))


def _read(kind: type[Callback], values: list[str], presets: Iterable[str]) -> Callback:
    """The reverse of `_written`. Raises ValueError or TypeError for what is none."""
    if kind is PickStyle:
        photo, key = values
        return PickStyle(_read_preset(key, presets), _read_optional(photo))
    if kind is ShowStyles:
        photo, page = values
        return ShowStyles(_read_number(page), _read_optional(photo))
    if kind is CancelDialogue:
        return CancelDialogue(*map(_read_number, values))
    wanted = zip(fields(kind), values, strict=True)
    read: list[Any] = [_READERS[field.type](value) for field, value in wanted]
    return kind(*read)


def _write(value: str | int | None) -> str:
    """Raises ValueError for what a button cannot carry."""
    if value is None:
        return ""
    if isinstance(value, str):
        return _checked_id(value)
    if not 0 <= value <= MAX_NUMBER:
        raise ValueError(f"a button cannot carry the number {value}")
    return str(int(value))


def _checked_id(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,32}", text, re.ASCII):
        raise ValueError(f"{text!r} is no job id")
    return text


def _read_number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,16}", text, re.ASCII) or int(text) > MAX_NUMBER:
        raise ValueError(f"{text!r} is no number")
    return int(text)


def _read_optional(text: str) -> int | None:
    return _read_number(text) if text else None


def _read_flag(text: str) -> bool:
    if text not in {"0", "1"}:
        raise ValueError(f"{text!r} is neither yes nor no")
    return text == "1"


def _read_preset(key: str, presets: Iterable[str]) -> str:
    if not key:
        raise ValueError("no preset")
    if not key.startswith(_HASHED):
        return key
    for name in presets:
        if preset_key(name) == key:
            return name
    raise ValueError("the preset is gone")


_READERS: dict[object, Callable[[str], object]] = {  # by a field's type
    str: _checked_id,
    int: _read_number,
    bool: _read_flag,
    int | None: _read_optional,
}
