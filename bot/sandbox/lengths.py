"""How long people's words may be: a text that is longer goes in parts, as the apps split it."""

from bot.sandbox.html_entities import units
from bot.sandbox.inputs import MAX_CAPTION, MAX_TEXT


def split_text(text: str) -> list[str]:
    """The messages of a text, each of MAX_TEXT at most; a part ends with a line or a word if it can."""
    parts: list[str] = []
    rest = text.strip()
    while units(rest) > MAX_TEXT:
        end = _end_of_part(rest)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*parts, rest]


def check_caption(text: str) -> None:
    """Raises ValueError for a caption that the apps do not take."""
    _check(text, MAX_CAPTION)


def check_edit(text: str, *, is_caption: bool) -> None:
    """Raises ValueError for a change that the apps do not take: an edited text is not split."""
    _check(text, MAX_CAPTION if is_caption else MAX_TEXT)


def _check(text: str, limit: int) -> None:
    if units(text.strip()) > limit:
        raise ValueError(f"This is longer than {limit} characters.")


def _end_of_part(text: str) -> int:
    longest = len(text.encode("utf-16-le")[: 2 * MAX_TEXT].decode("utf-16-le", "ignore"))
    for mark in ("\n", " "):
        found = text.rfind(mark, longest // 2, longest + 1)
        if found >= 0:
            return found
    return longest
