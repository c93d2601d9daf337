"""The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

import asyncio
import hmac
import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import web

from bot.sandbox.call import Call, read_parameters
from bot.sandbox.errors import ApiError
from bot.sandbox.faults import DOWNLOAD, Fault, Faults
from bot.sandbox.files import MEBIBYTE
from bot.sandbox.limits import RateLimits
from bot.sandbox.methods import COUNTED, all_methods
from bot.sandbox.model import Json
from bot.sandbox.state import State
from bot.sandbox.webhook import Webhook

MAX_REQUEST_BYTES = 64 * MEBIBYTE
KEPT_CALLS = 20_000
KEPT_CHARACTERS = 200  # of each parameter of a call

_SOMEBODY_ELSES = "<!doctype html><title>Welcome to our hotel</title>"
_NOT_FOUND = ApiError(404, "Not Found")
_UNAUTHORIZED = ApiError(401, "Unauthorized")


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call the bot made, for tests to count."""

    method: str
    parameters: Json = field(repr=False)
    error: int | None  # the error code, or None if the call was granted
    at: float  # time.monotonic() when it was answered

    @property
    def chat_id(self) -> int | None:
        chat_id = str(self.parameters.get("chat_id", ""))
        return int(chat_id) if chat_id.removeprefix("-").isdecimal() else None


class BotApi:
    """Answers the bot. `calls` keeps the newest calls, oldest first."""

    def __init__(
        self, token: str, state: State, faults: Faults, limits: RateLimits, webhook: Webhook
    ) -> None:
        self.calls: deque[CallRecord] = deque(maxlen=KEPT_CALLS)
        self._token = token
        self._state = state
        self._faults = faults
        self._limits = limits
        self._methods = all_methods(webhook)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/bot{token}/{method}", self._answer_call),
            web.get("/file/bot{token}/{path:.+}", self._answer_download),
        ]

    async def _answer_call(self, request: web.Request) -> web.StreamResponse:
        name, method = self._methods.get(request.match_info["method"].lower(), ("", None))
        fault: Fault | None = None
        try:
            self._check_token(request)
            if method is None:
                raise _NOT_FOUND
            call = Call(name, self._state, await _parameters(request), partial(_is_heard, request))
        except ApiError as error:
            return _refusal(error)
        try:
            fault = await self._meet_fault(name, request)
            if fault is not None and fault.kind == "garble":
                return _page_of_somebody_else()
            self._spend(call)
            result: Any = await method(call)
        except ApiError as error:
            self._record(call, error.code)
            return _refusal(error)
        self._record(call, None)
        if fault is not None and fault.kind == "drop_after":
            _hang_up(request)
        return web.json_response({"ok": True, "result": result})

    async def _answer_download(self, request: web.Request) -> web.StreamResponse:
        try:
            self._check_token(request)
            fault = await self._meet_fault(DOWNLOAD, request)
            file = self._state.files.find_path(request.match_info["path"])
            if file is None or self._state.local_mode:  # which serves no files over HTTP
                raise _NOT_FOUND
        except ApiError as error:
            return _refusal(error)
        if fault is not None and fault.kind == "garble":
            return _page_of_somebody_else()
        if fault is not None and fault.kind == "drop_after":
            return await _break_off(request, await self._state.files.read(file))
        return web.FileResponse(self._state.files.disk_path(file), headers={"Content-Type": file.mime})

    def _check_token(self, request: web.Request) -> None:
        token = request.match_info["token"]
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            raise _UNAUTHORIZED

    async def _meet_fault(self, method: str, request: web.Request) -> Fault | None:
        fault = self._faults.take(method)
        if fault is None:
            return None
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "drop":
            _hang_up(request)
            raise ApiError(500, "Internal Server Error")  # heard by nobody
        if fault.error is not None:
            raise fault.error
        return fault

    def _spend(self, call: Call) -> None:
        """Count a call that shows up in a chat; a chat the bot may not write to costs nothing."""
        if call.method.lower() not in COUNTED:
            return
        try:
            chat = call.chat()
        except ApiError:
            return
        items = (
            call.sequence("media", "can't parse media JSON object")
            if call.method == "sendMediaGroup"
            else None
        )
        self._limits.spend(chat, len(items or [None]))

    def _record(self, call: Call, error: int | None) -> None:
        kept = {
            key: value[:KEPT_CHARACTERS] if isinstance(value, str) else value
            for key, value in call.parameters.items()
            if isinstance(value, str | int | float)
        }
        self.calls.append(CallRecord(call.method, kept, error, time.monotonic()))


async def _parameters(request: web.Request) -> Json:
    try:
        return await read_parameters(request)
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "Request Entity Too Large") from None


def _refusal(error: ApiError) -> web.Response:
    body: Json = {"ok": False, "error_code": error.code, "description": error.description}
    headers = {}
    if error.migrate_to is not None:
        body["parameters"] = {"migrate_to_chat_id": error.migrate_to}
    if error.retry_after is not None:
        body["parameters"] = {"retry_after": error.retry_after}
        headers["Retry-After"] = str(error.retry_after)
    return web.json_response(body, status=error.code, headers=headers)


def _page_of_somebody_else() -> web.Response:
    return web.Response(text=_SOMEBODY_ELSES, content_type="text/html")


async def _break_off(request: web.Request, content: bytes) -> web.StreamResponse:
    """Send half of a file and cut the connection."""
    response = web.StreamResponse(headers={"Content-Length": str(len(content))})
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    _hang_up(request)
    return response


def _is_heard(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _hang_up(request: web.Request) -> None:
    """Cut the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
