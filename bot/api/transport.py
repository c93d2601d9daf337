"""How bytes get to Telegram and back: by aiohttp, or by httpx where a proxy is between.

httpx, python-telegram-bot's own way, takes eight times as much of the processor for a call, but knows SOCKS.
"""

import io
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any
from urllib.request import getproxies

import aiohttp
import httpx
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, HTTPXRequest, RequestData

KEPT_SECONDS = 5.0  # an idle connection; an older one may be closed at the other end, unnoticed
SLOWEST_UPLOAD = 20_000  # bytes a second; what goes slower does not go at all

# Before anything was sent, so that Telegram cannot have done it.
NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
)


@dataclass(frozen=True, slots=True)
class Patience:
    """For how many seconds each part of a call may take."""

    pool: float = 30.0  # until a connection is free
    connect: float = 10.0
    write: float = 30.0
    upload: float = 120.0  # instead of `write`, when a file is among it
    read: float = 30.0  # until the answer begins, and between two parts of it


def way_to(api_url: str, *, proxy: str | None, trust_env: bool, connections: int = 2) -> BaseRequest:
    """The way to a Bot API server; trust_env: a proxy that the environment names is used too."""
    patience = Patience()
    if proxy or (trust_env and getproxies().keys() & {"http", "https", "all"}):
        return HTTPXRequest(
            proxy=proxy,
            connection_pool_size=connections,
            connect_timeout=patience.connect,
            read_timeout=patience.read,
            write_timeout=patience.write,
            pool_timeout=patience.pool,
            media_write_timeout=patience.upload,
            httpx_kwargs={"trust_env": trust_env},
        )
    is_secret = api_url.lower().startswith("https:")
    context = httpx.create_ssl_context(trust_env=trust_env) if is_secret else None
    return AiohttpRequest(connections, patience, context)


class AiohttpRequest(BaseRequest):
    """The direct way."""

    def __init__(self, connections: int, patience: Patience, context: SSLContext | None = None) -> None:
        """context: whom to trust; None: whom the system trusts."""
        self._connections = connections
        self._patience = patience
        self._context = context
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._patience.read

    async def initialize(self) -> None:
        if self._session is not None and not self._session.closed:
            return
        connector = aiohttp.TCPConnector(
            limit=self._connections, keepalive_timeout=KEPT_SECONDS, ssl=self._context or True
        )
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": self.USER_AGENT}
        )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Ask once. Raises `TimedOut` and `NetworkError`; no word of theirs holds the address."""
        if self._session is None or self._session.closed:
            raise RuntimeError("This request is not initialized.")
        files = request_data.multipart_data if request_data else {}
        unless_set = self._patience
        size = sum(_size(content) for _, content, _ in files.values())
        write = unless_set.upload + size / SLOWEST_UPLOAD if files else unless_set.write
        timeout = _timeout(
            _or(pool_timeout, unless_set.pool),
            _or(connect_timeout, unless_set.connect),
            _or(write_timeout, write),
            _or(read_timeout, unless_set.read),
            ends=method == "POST",  # what is downloaded may be large, and go on for as long as it comes
        )
        try:
            async with self._session.request(
                method, url, timeout=timeout, allow_redirects=False, **_body(request_data, files)
            ) as answer:
                return answer.status, await answer.read()
        except TimeoutError as error:  # aiohttp's own among them
            raise TimedOut from error
        except aiohttp.ClientError as error:
            raise NetworkError(_why(error)) from error


def _or(given: Any, usual: float) -> float | None:
    return usual if given is BaseRequest.DEFAULT_NONE else given


def _timeout(
    pool: float | None, connect: float | None, write: float | None, read: float | None, *, ends: bool
) -> aiohttp.ClientTimeout:
    """aiohttp has no limit for the writing: that is within the one for all."""
    parts = [pool, connect, write, read]
    known = [part for part in parts if part is not None]
    return aiohttp.ClientTimeout(
        total=sum(known) if ends and len(known) == len(parts) else None,
        connect=pool + connect if pool is not None and connect is not None else None,
        sock_connect=connect,
        sock_read=read,
    )


def _body(request_data: RequestData | None, files: dict[str, Any]) -> dict[str, Any]:
    if request_data is None:
        return {}
    if not files:
        encoded = request_data.url_encoded_parameters().encode()
        return {"data": encoded, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    form = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (file_name, content, mime) in files.items():
        # From a file it goes in pieces, between which others have their turn.
        body = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, body, filename=file_name, content_type=mime)
    return {"data": form}


def _size(content: Any) -> int:
    return len(content) if isinstance(content, bytes) else 0


def _why(error: aiohttp.ClientError) -> str:
    """Without the address, which holds the token and is in the words of many of these errors."""
    name = f"aiohttp.{type(error).__name__}"
    return f"{name}: {error}" if isinstance(error, aiohttp.ClientConnectorError) else name
