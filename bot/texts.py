"""What the bot says, in every language of `locales/`. A new language is one more `.ftl` file.

>>> text("ru", "waiting", ahead=2, minutes=3)
"""

import html
import math
from functools import cache
from pathlib import Path

from fluent.runtime import FluentBundle, FluentResource

LOCALES = Path(__file__).parent / "locales"
FALLBACK = "en"


class Html(str):
    """Markup of our own, which must not be escaped again."""

    __slots__ = ()


def languages() -> tuple[str, ...]:
    """The codes of all languages, the fall-back first."""
    return tuple(_bundles())


def language_of(code: str | None) -> str:
    """The language to speak with somebody whose Telegram speaks `code` ("ru", "pt-br", None ...)."""
    primary = (code or FALLBACK).replace("_", "-").split("-")[0].lower()
    return primary if primary in _bundles() else FALLBACK


def text(language: str, key: str, **values: str | float) -> str:
    """The message `key`, as HTML for Telegram. Strings in `values` are escaped unless they are `Html`.

    Raises LookupError for an unknown key and ValueError for a missing value: both are mistakes of ours,
    and the tests hold that there are none.
    """
    return label(language, key, **{name: _escape(value) for name, value in values.items()})


def label(language: str, key: str, **values: str | float) -> str:
    """The message `key` as it stands, for buttons and menus, which know no HTML. Raises as `text` does."""
    bundle = _bundles()[language_of(language)]
    message = bundle.get_message(key)
    if message.value is None:
        raise LookupError(f"message {key} has no text")
    result, errors = bundle.format_pattern(message.value, values)
    if errors:
        raise ValueError(f"message {key} in {language}: {errors[0]}")
    return str(result)


def duration(language: str, seconds: float, *, at_least: bool = False) -> str:
    """A rough length of time for people: "5 seconds", "3 minutes", "2 hours"; `at_least`: never too short."""
    whole = math.ceil if at_least else round
    # Nobody believes "37 s": five-second steps look like the estimate that it is.
    if (fives := max(5, 5 * round(seconds / 5))) < 60:
        return text(language, "seconds", count=fives)
    if (minutes := whole(seconds / 60)) < 60:
        return text(language, "minutes", count=minutes)
    return text(language, "hours", count=whole(seconds / 3600))


def _escape(value: str | float) -> str | float:
    return (
        html.escape(value, quote=False) if isinstance(value, str) and not isinstance(value, Html) else value
    )


@cache
def _bundles() -> dict[str, FluentBundle]:
    codes = sorted((path.stem for path in LOCALES.glob("*.ftl")), key=lambda code: (code != FALLBACK, code))
    return {code: _bundle(code) for code in codes}


def _bundle(code: str) -> FluentBundle:
    # No isolation marks around values: Telegram would show them, and they break HTML tags and commands.
    bundle = FluentBundle([code], use_isolating=False)
    bundle.add_resource(FluentResource((LOCALES / f"{code}.ftl").read_text(encoding="utf-8")))
    return bundle
