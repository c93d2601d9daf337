"""What a button carries: typed here, a compact string of at most 64 bytes on the wire.

The form is `<version><code>` and the fields, split by colons: `1s:7:starry-night`. Each press carries all
it needs, so buttons outlive a restart. What is unknown, garbled or of another version decodes to
`Outdated`, which deserves a kind answer.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b

from bot.chat.callback_fields import checked_id, number, optional, read_number, read_optional
from bot.chat.result_callbacks import RESULT_CALLBACKS, ResultCallback, fields_of, read_fields

VERSION = "1"
MAX_BYTES = 64  # that Telegram lets a button carry
MAX_PRESET_BYTES = 44  # 64 less version, code, colons and a number of 16 digits
_HASHED = "~"  # begins the key of a preset whose name is too long for a button


@dataclass(frozen=True, slots=True)
class PickStyle:
    """A preset was picked; `photo` is the message id of the photo that the keyboard asks about, if any."""

    preset: str
    photo: int | None = None


@dataclass(frozen=True, slots=True)
class ShowStyles:
    """Turn to a page of the presets, counted from 0."""

    page: int
    photo: int | None = None


@dataclass(frozen=True, slots=True)
class CancelJob:
    """Cancel this job of mine."""

    job_id: str


@dataclass(frozen=True, slots=True)
class EnoughOfJob:
    """This job of mine is painted well enough: end it now and give me what is there."""

    job_id: str


@dataclass(frozen=True, slots=True)
class FullSize:
    """Send this job's result as a file, whole."""

    job_id: str


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Offer to the queue again what it had no room for."""


@dataclass(frozen=True, slots=True)
class CancelDialogue:
    """Drop the photo or style that waits; with `photo`, only if it is that message's photo."""

    photo: int | None = None


@dataclass(frozen=True, slots=True)
class CancelKept:
    """Drop what the queue had no room for."""


@dataclass(frozen=True, slots=True)
class SetLanguage:
    """Speak this language with me."""

    language: str


@dataclass(frozen=True, slots=True)
class Outdated:
    """A button of another version, of a preset that is gone, or no button of ours."""


Callback = (
    PickStyle
    | ShowStyles
    | CancelJob
    | EnoughOfJob
    | FullSize
    | TryAgain
    | CancelDialogue
    | CancelKept
    | SetLanguage
    | ResultCallback
)


def encode(callback: Callback) -> str:
    """The string for a button, at most 64 bytes of UTF-8. Raises ValueError for what cannot be carried."""
    match callback:
        case PickStyle(preset, photo):
            return _join("s", optional(photo), preset_key(preset))
        case ShowStyles(page, photo):
            return _join("p", optional(photo), number(page))
        case CancelJob(job_id):
            return _join("c", checked_id(job_id))
        case EnoughOfJob(job_id):
            return _join("e", checked_id(job_id))
        case FullSize(job_id):
            return _join("f", checked_id(job_id))
        case TryAgain():
            return _join("t")
        case CancelDialogue(photo):
            return _join("x", *([] if photo is None else [number(photo)]))
        case CancelKept():
            return _join("y")
        case SetLanguage(language):
            return _join("l", _language(language))
        case _:
            return _join(*fields_of(callback))


def decode(text: str | None, presets: Iterable[str] = ()) -> Callback | Outdated:
    """What the button meant. `presets` are the names there are, to find those too long to be carried whole.

    Never raises. A short preset name is returned even if that preset is gone: the answer may name it.
    """
    head, *fields = (text or "").split(":", 2)
    if not head.startswith(VERSION):
        return Outdated()
    read = _READERS.get(head.removeprefix(VERSION))
    if read is None:
        return Outdated()
    try:
        return read(fields, presets)
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


def _join(code: str, *fields: str) -> str:
    joined = ":".join((VERSION + code, *fields))
    if len(joined.encode()) > MAX_BYTES:
        raise ValueError(f"a button cannot carry {joined!r}")
    return joined


def _language(code: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", code, re.ASCII):
        raise ValueError(f"{code!r} is no language")
    return code


def _read_preset(key: str, presets: Iterable[str]) -> str:
    if not key:
        raise ValueError("no preset")
    if not key.startswith(_HASHED):
        return key
    for name in presets:
        if preset_key(name) == key:
            return name
    raise ValueError("the preset is gone")


def _read_pick(fields: list[str], presets: Iterable[str]) -> Callback:
    photo, key = fields
    return PickStyle(_read_preset(key, presets), read_optional(photo))


def _read_page(fields: list[str], _: Iterable[str]) -> Callback:
    photo, page = fields
    return ShowStyles(read_number(page), read_optional(photo))


def _of_job(kind: Callable[[str], Callback]) -> "_Reader":
    def read(fields: list[str], _: Iterable[str]) -> Callback:
        (job_id,) = fields
        return kind(checked_id(job_id))

    return read


def _read_cancel(fields: list[str], _: Iterable[str]) -> Callback:
    return CancelDialogue(*map(read_number, fields))


def _read_language(fields: list[str], _: Iterable[str]) -> Callback:
    (code,) = fields
    return SetLanguage(_language(code))


def _of_result(code: str) -> "_Reader":
    def read(fields: list[str], _: Iterable[str]) -> Callback:
        return read_fields(code, fields)

    return read


def _bare(kind: Callable[[], Callback]) -> "_Reader":
    def read(fields: list[str], _: Iterable[str]) -> Callback:
        if fields:
            raise ValueError("a field too many")
        return kind()

    return read


_Reader = Callable[[list[str], Iterable[str]], Callback]
_READERS: dict[str, _Reader] = {
    "s": _read_pick,
    "p": _read_page,
    "c": _of_job(CancelJob),
    "e": _of_job(EnoughOfJob),
    "f": _of_job(FullSize),
    "t": _bare(TryAgain),
    "x": _read_cancel,
    "y": _bare(CancelKept),
    "l": _read_language,
    **{code: _of_result(code) for code in RESULT_CALLBACKS},
}
