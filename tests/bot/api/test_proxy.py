"""BOT_PROXY: everything that goes to Telegram goes by the proxy, downloads and polling included."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import pytest

from bot.app import running_bot
from bot.executor import StyleExecutor
from bot.sandbox import Person, Sandbox
from bot.settings import Settings
from tests.bot.conftest import StartBot
from tests.bot.end_to_end.chat import picture, result_of

USER, PASSWORD = b"bot", b"pass-word"


class Proxy:
    """A proxy on this machine, HTTP or SOCKS5 by the first byte it gets; `seen` is what went through."""

    def __init__(self, target: str) -> None:
        there = urlsplit(target)
        self._target = there.hostname or "", there.port or 0
        self.seen = bytearray()
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def hang_up(self) -> None:
        """On everybody."""
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            first = await reader.readexactly(1)
            if first == b"\x05":
                if not await self._greet(reader, writer):
                    writer.close()
                    return
                first = b""
            back, out = await asyncio.open_connection(*self._target)
            self._writers.append(out)
            out.write(first)
            self.seen += first
            await asyncio.gather(self._pump(reader, out), self._pump(back, writer))

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """SOCKS5 (RFC 1928) with user and password (RFC 1929), as a server speaks it."""
        await reader.readexactly((await reader.readexactly(1))[0])
        writer.write(b"\x05\x02")
        await reader.readexactly(1)
        user = await reader.readexactly((await reader.readexactly(1))[0])
        password = await reader.readexactly((await reader.readexactly(1))[0])
        right = (user, password) == (USER, PASSWORD)
        writer.write(b"\x01" + (b"\x00" if right else b"\x01"))
        if not right:
            return False
        assert await reader.readexactly(4) == b"\x05\x01\x00\x01"  # connect, by an IPv4 address
        await reader.readexactly(6)
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        return True

    async def _pump(self, source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        while chunk := await source.read(2**16):
            self.seen += chunk
            to.write(chunk)
            await to.drain()
        to.close()


@pytest.fixture
async def proxy(sandbox: Sandbox) -> AsyncIterator[Proxy]:
    """In front of the sandbox."""
    proxy = Proxy(sandbox.api_url)
    server = await proxy.serve()
    yield proxy
    server.close()
    await proxy.hang_up()


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_painting_by_a_proxy(start_bot: StartBot, anna: Person, proxy: Proxy, scheme: str) -> None:
    address = f"{scheme}://{USER.decode()}:{PASSWORD.decode()}@127.0.0.1:{proxy.port}"
    async with start_bot(bot_proxy=address):
        await anna.send_photo(picture(), "/style ink")
        await result_of(anna)
    for method in (b"/getMe", b"/getUpdates", b"/getFile", b"/sendMessage", b"/editMessageMedia"):
        assert method in proxy.seen
    assert b"/file/bot" in proxy.seen


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # httpcore leaves its sockets
async def test_a_proxy_that_refuses_is_told_without_the_password(
    settings: Callable[..., Settings],
    painter: StyleExecutor,
    sandbox: Sandbox,
    proxy: Proxy,
    caplog: pytest.LogCaptureFixture,
) -> None:
    wrong = settings(bot_proxy=f"socks5://bot:wrong-secret@127.0.0.1:{proxy.port}")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2), running_bot(wrong, painter):
            pass
    assert "cannot be reached" in caplog.text
    assert "by the proxy" in caplog.text
    assert "wrong-secret" not in caplog.text
    assert not sandbox.calls
    gc.collect()
