"""One call of a Bot API method: its parameters, however they were sent."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.errors import bad_request
from bot.sandbox.model import Chat
from bot.sandbox.state import State


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    content: bytes
    name: str
    mime: str


async def read_parameters(request: web.Request) -> dict[str, Any]:
    """Parameters from the query string, and a JSON body, a form or a multipart form.

    Raises ApiError for a body that is none of these.
    """
    found: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        body = (await request.read()).decode("utf-8", "replace")
        found |= parse_object(body, "can't parse JSON in the request body") or {}
    elif request.content_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
        for name, value in (await _form(request)).items():
            found[name] = _upload(value) if isinstance(value, web.FileField) else value
    return found


async def read_uploads(request: web.Request) -> tuple[dict[str, str], list[Upload]]:
    """The fields of a multipart form, and every file in it, in order. Raises ApiError if it is none."""
    form = await _form(request)
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    return fields, [_upload(value) for value in form.values() if isinstance(value, web.FileField)]


async def _form(request: web.Request) -> Mapping[str, str | bytes | bytearray | web.FileField]:
    try:
        return await request.post()
    except (ValueError, LookupError):
        raise bad_request("can't parse the form in the request body") from None


@dataclass(frozen=True, slots=True)
class Call:
    """Parameters read as forgivingly as Telegram does: numbers and whole objects may come as strings."""

    method: str
    state: State
    parameters: Mapping[str, Any]
    is_heard: Callable[[], bool] = field(
        default=lambda: True, repr=False
    )  # whoever called waits for an answer

    def text(self, name: str, default: str = "") -> str:
        value = self.parameters.get(name, default)
        return value if isinstance(value, str) else str(value)

    def number(self, name: str, default: int = 0) -> int:
        return parse_number(self.parameters.get(name, default), f"parameter {name} must be an integer")

    def flag(self, name: str) -> bool:
        return str(self.parameters.get(name, "")).lower() in ("true", "1", "yes")

    def mapping(self, name: str, complaint: str) -> dict[str, Any] | None:
        """A JSON object, or None if there is none. Raises ApiError with `complaint` if it is no object."""
        return parse_object(self.parameters.get(name), complaint)

    def sequence(self, name: str, complaint: str) -> list[Any] | None:
        """A JSON array, or None if there is none. Raises ApiError with `complaint` if it is no array."""
        return parse_array(self.parameters.get(name), complaint)

    def upload(self, name: str) -> Upload | None:
        value = self.parameters.get(name)
        return value if isinstance(value, Upload) else None

    def chat(self, name: str = "chat_id") -> Chat:
        """The chat the call is about. Raises ApiError if there is none, or the bot may not write there."""
        if not self.text(name):
            raise bad_request(f"{name} is empty")
        try:
            return self.state.chat(int(self.text(name)))
        except ValueError:
            raise bad_request("chat not found") from None


Method = Callable[[Call], Awaitable[Any]]


def parse_number(value: object, complaint: str) -> int:
    """A number that may come as a string. Raises ApiError with `complaint` if it is none."""
    if not isinstance(value, str | int | float):
        raise bad_request(complaint)
    try:
        return int(value)
    except (ValueError, OverflowError):
        raise bad_request(complaint) from None


def parse_object(value: object, complaint: str) -> dict[str, Any] | None:
    """An object that may come as JSON in a string; None for nothing. Raises ApiError with `complaint`."""
    found = _parse(value, complaint)
    if found is not None and not isinstance(found, dict):
        raise bad_request(complaint)
    return found


def parse_array(value: object, complaint: str) -> list[Any] | None:
    """An array that may come as JSON in a string; None for nothing. Raises ApiError with `complaint`."""
    found = _parse(value, complaint)
    if found is not None and not isinstance(found, list):
        raise bad_request(complaint)
    return found


def _parse(value: object, complaint: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        found = json.loads(value) if value else None
    except (ValueError, RecursionError):
        raise bad_request(complaint) from None
    if "\\ud" in value.lower():  # half a character, perhaps
        _refuse_halves(found)
    return found


def _refuse_halves(found: object) -> None:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None


def _upload(field: web.FileField) -> Upload:
    with field.file as source:
        return Upload(source.read(), field.filename, field.content_type)
