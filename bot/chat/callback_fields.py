"""The fields of callback data: numbers and ids as short strings, and back."""

import re

MAX_NUMBER = 2**53  # message ids and pages are far below


def number(value: int) -> str:
    """Raises ValueError for what is too large, or negative."""
    if not 0 <= value <= MAX_NUMBER:
        raise ValueError(f"a button cannot carry the number {value}")
    return str(value)


def optional(value: int | None) -> str:
    """As `number`; None is empty."""
    return "" if value is None else number(value)


def checked_id(text: str) -> str:
    """The id as it is, both ways. Raises ValueError for what is none."""
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,32}", text, re.ASCII):
        raise ValueError(f"{text!r} is no job id")
    return text


def read_number(text: str) -> int:
    """Raises ValueError."""
    if not re.fullmatch(r"[0-9]{1,16}", text, re.ASCII) or int(text) > MAX_NUMBER:
        raise ValueError(f"{text!r} is no number")
    return int(text)


def read_optional(text: str) -> int | None:
    """Raises ValueError."""
    return read_number(text) if text else None
