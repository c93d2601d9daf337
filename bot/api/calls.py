"""Reports every call of the Bot API: for the metrics, and to know whether Telegram is there."""

import re
import time
from collections.abc import Callable
from typing import Any

from telegram.error import NetworkError
from telegram.request import BaseRequest

OnCall = Callable[[str, int | None, float], None]
"""Told the method ("sendMessage"; "download" for files), the status code (None: no answer), and seconds."""


class ReportedRequest(BaseRequest):
    """Wraps a request and reports each call to `on_call`."""

    def __init__(self, way: BaseRequest, on_call: OnCall = lambda *_: None) -> None:
        self._way = way
        self._on_call = on_call

    @property
    def read_timeout(self) -> float | None:
        return self._way.read_timeout

    async def initialize(self) -> None:
        await self._way.initialize()

    async def shutdown(self) -> None:
        await self._way.shutdown()

    async def do_request(self, url: str, method: str, *rest: Any, **more: Any) -> tuple[int, bytes]:
        since = time.monotonic()
        name = _method_of(url, method)
        try:
            code, body = await self._way.do_request(url, method, *rest, **more)
        except NetworkError:
            self._on_call(name, None, time.monotonic() - since)
            raise
        self._on_call(name, code, time.monotonic() - since)
        return code, body


def _method_of(url: str, verb: str) -> str:
    """The name of a method by its address, which holds the token: nothing else of it may come out."""
    last = url.rpartition("/")[2]
    if verb == "GET":
        return "download"
    return last if re.fullmatch(r"[A-Za-z]{1,64}", last) else "other"
