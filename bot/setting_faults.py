"""What is wrong with settings, in clear sentences."""

import difflib
from collections.abc import Collection, Iterable
from typing import Any

PREFIXES = ("BOT_", "STYLER_")
MISSPELT = 0.9  # difflib's ratio from which on a name is taken for a misspelt one


def unknown_names(written: Iterable[str], known: Collection[str]) -> list[str]:
    """A misspelt BOT_ALLOWED_USERS would open the bot to everyone, so a name nobody knows is a fault.

    Of the file: see `misspelt_names` for the environment.
    """
    unknown = [name for name in written if name.upper().startswith(PREFIXES) and name.upper() not in known]
    return [f"{name} is not a setting{_did_you_mean(name.upper(), known)}" for name in unknown]


def misspelt_names(written: Iterable[str], known: Collection[str]) -> list[str]:
    """The same of the environment, which may hold others' names: Kubernetes adds BOT_SERVICE_HOST by itself.

    So only what is nearly a setting's name is taken for one.
    """
    near = [name for name in written if difflib.get_close_matches(name.upper(), known, 1, MISSPELT)]
    return unknown_names(near, known)


def _did_you_mean(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def sentence(fault: dict[str, Any]) -> str:
    """One clear line of a pydantic fault, without the value where that may be a secret."""
    name = str(fault["loc"][0]).upper() if fault["loc"] else ""
    message = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "value_error":
        return f"{name} {message}".strip()
    demand = _DEMANDS.get(fault["type"], message).format(**fault.get("ctx", {}))
    return f"{name} {demand}, not {fault['input']!r}"


_DEMANDS = {  # pydantic's kind of fault -> what was wanted, in plain words
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "greater_than": "must be more than {gt:g}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "enum": "must be {expected}",
    "bool_parsing": "must be true or false",
}
