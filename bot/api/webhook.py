"""Takes Telegram's calls of the webhook: an update that makes no sense is taken, too.

The Telegram library refuses it, and Telegram then sends it again and again, for a day. This lies before the
library's handler, by tornado's own interfaces, as the library has none to put another in its place.
"""

import hmac
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    RequestStartLine,
    ResponseStartLine,
)

from bot.api.legible import legible_update

SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header


class WebhookServer(HTTPServer):
    """The server that the library makes, once `HTTPServer.configure` names this one and its `secret`."""

    def initialize(self, *args: Any, secret: str, **kwargs: Any) -> None:  # type: ignore[override]
        """tornado's own way to make one; `secret` comes from `configure`, as the library knows none."""
        super().initialize(*args, **kwargs)
        self._secret = secret

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """A call begins."""
        return _Call(super().start_request(server_conn, request_conn), self._secret)


class _Call(HTTPMessageDelegate):
    """Hands a call on to the library once all of it is there, with a body that can be read."""

    def __init__(self, library: HTTPMessageDelegate, secret: str) -> None:
        self._library = library
        self._secret = secret
        self._is_telegrams = False
        self._parts: list[bytes] = []

    def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> Any:
        # Whatever comes from others is neither read nor logged; the library refuses it.
        given = headers.get(SECRET, "")
        self._is_telegrams = hmac.compare_digest(given.encode(), self._secret.encode())
        return self._library.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> None:
        self._parts.append(chunk)

    def finish(self) -> None:
        body = b"".join(self._parts)
        self._library.data_received(legible_update(body) if self._is_telegrams else body)
        self._library.finish()

    def on_connection_close(self) -> None:
        self._library.on_connection_close()
