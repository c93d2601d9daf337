"""A dialogue's state as a JSON text with a version, for the store."""

import json
from dataclasses import asdict
from typing import Any

from bot.actions import Enqueue, PictureRef
from bot.dialogue_states import HasContent, HasStyle, Idle, NoRoom, State
from bot.jobs import WHOLE, JobStyle, Wishes

VERSION = 1

# Conditions on a column `state`, by what `to_json` writes, to the space.
IS_NO_ROOM = """instr(state, '"state": "NoRoom"') > 0"""
MAY_KEEP_SOMETHING = """(instr(state, '"kept": [{') > 0 OR instr(state, '"wanted": [{') > 0)"""


def to_json(state: State) -> str:
    """The state as a text; see `from_json`."""
    return json.dumps({"version": VERSION, "state": type(state).__name__, **asdict(state)})


def from_json(text: str | None) -> State:
    """The state back from `to_json`; Idle for anything unknown, damaged or of another version."""
    try:
        fields = json.loads(text or "")
        if fields["version"] == VERSION:
            return _read_state(fields)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError):
        pass  # a person who must begin anew is better off than a bot that cannot answer
    return Idle()


def _read_state(fields: dict[str, Any]) -> State:
    match fields["state"]:
        case "HasContent":
            kept = _read_jobs(fields.get("kept", []))  # states of an older bot have none
            others = tuple(map(_read_picture, fields.get("others", [])))  # nor these
            return HasContent(_read_picture(fields["content"]), kept, others)
        case "HasStyle":
            return HasStyle(_read_styles(fields["styles"]), _read_wishes(fields))
        case "NoRoom":
            wanted = _read_jobs(fields["wanted"])
            return NoRoom(wanted) if wanted else Idle()
        case _:
            return Idle()


def _read_jobs(rows: list[dict[str, Any]]) -> tuple[Enqueue, ...]:
    return tuple(
        Enqueue(
            _read_picture(one["content"]),
            _read_styles(one["styles"]),
            _read_wishes(one),
            origin=_checked(one.get("origin"), str | None),  # states of an older bot have none of these
            since=_checked(one.get("since"), float | int | None),
            language=_checked(one.get("language"), str | None),
        )
        for one in rows
    )


def _read_picture(fields: dict[str, Any]) -> PictureRef:
    return PictureRef(
        _checked(fields["file"], str), _checked(fields["message_id"], int), _checked(fields["as_file"], bool)
    )


def _read_styles(rows: list[dict[str, Any]]) -> tuple[JobStyle, ...]:
    styles = tuple(
        JobStyle(
            _checked(row["preset"], str | None),
            _checked(row["picture"], str | None),
            float(row["weight"]),
            _checked(row.get("title"), str | None),
        )
        for row in rows
    )
    if not styles:
        raise ValueError("no style")
    return styles


def _read_wishes(fields: dict[str, Any]) -> Wishes:
    wishes = fields.get("wishes", {})  # states of an older bot have none
    strength = _checked(wishes.get("strength"), float | int | None)
    if strength is not None and not 0 <= strength <= WHOLE:
        raise ValueError("no strength")
    return Wishes(
        size=_checked(wishes.get("size"), int | None),
        strength=strength,
        keep_colors=_checked(wishes.get("keep_colors"), bool | None),
        sheet=_checked(wishes.get("sheet", False), bool),
    )


def _checked(value: Any, kind: Any) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is not of {kind}")
    return value
