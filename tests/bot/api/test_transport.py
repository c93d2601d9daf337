"""Ways to Telegram: which is taken when, and what the direct one does in trouble. Loopback only."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from telegram import Bot
from telegram.error import NetworkError, TimedOut
from telegram.request import HTTPXRequest

from bot.api.transport import NOT_SENT, AiohttpRequest, Patience, way_to
from bot.sandbox import Person, Sandbox

TOKEN = "12345:" + "A" * 35
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(serve: Serve) -> AsyncIterator[str]:
    """Something that is no Telegram; its address, with a token in it."""

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    listening = await asyncio.start_server(meet, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/bot{TOKEN}/sendMessage"
    listening.close()


def saying(answer: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return serve


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@pytest.fixture
async def way() -> AsyncIterator[AiohttpRequest]:
    async with AiohttpRequest(2, Patience(0.2, 0.2, 0.2, 0.2, 0.2)) as way:
        yield way


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 2", b"no HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"]
)
async def test_what_breaks_off_is_a_network_error_without_the_token(
    way: AiohttpRequest, answer: bytes
) -> None:
    async with server(saying(answer)) as url:
        with pytest.raises(NetworkError) as caught:
            await way.do_request(url, "POST")
    assert TOKEN not in caught.value.message
    assert not isinstance(caught.value.__cause__, NOT_SENT), "it may have been done"


async def test_nobody_there_means_that_nothing_was_sent(way: AiohttpRequest) -> None:
    async with server(silence) as url:
        pass
    with pytest.raises(NetworkError, match="Cannot connect to host") as caught:
        await way.do_request(url, "POST")
    assert TOKEN not in caught.value.message
    assert isinstance(caught.value.__cause__, NOT_SENT)


async def test_silence_is_a_time_out(way: AiohttpRequest) -> None:
    async with server(silence) as url:
        with pytest.raises(TimedOut):
            await way.do_request(url, "POST")
        with pytest.raises(TimedOut):
            await way.do_request(url, "GET")


async def test_whoever_asks_may_wait_longer(way: AiohttpRequest) -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1.0)
        await saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")(reader, writer)

    async with server(slow) as url:
        assert await way.do_request(url, "POST", read_timeout=30) == (200, b"{}")


async def test_an_upload_that_nobody_takes_is_a_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.api.transport.SLOWEST_UPLOAD", 1e9)
    async with AiohttpRequest(2, Patience(0.1, 0.1, 0.1, 0.1, read=0.1)) as way, server(silence) as url:
        bot = Bot(TOKEN, url.partition(TOKEN)[0], request=way)
        with pytest.raises(TimedOut):
            await bot.send_document(1, b"x" * 20_000_000)


async def test_no_connection_free_means_that_nothing_was_sent() -> None:
    async with AiohttpRequest(1, Patience(0.1, 0.1, 5, 5, 5)) as way, server(silence) as url:
        first = asyncio.create_task(way.do_request(url, "POST"))
        await asyncio.sleep(0.05)
        with pytest.raises(TimedOut) as caught:
            await way.do_request(url, "POST")
        assert isinstance(caught.value.__cause__, NOT_SENT)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


async def test_nobody_is_sent_elsewhere_with_the_token(way: AiohttpRequest) -> None:
    elsewhere = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    async with server(saying(elsewhere)) as url:
        assert (await way.do_request(url, "GET"))[0] == 302


async def test_a_file_goes_whole_and_with_its_name(sandbox: Sandbox, anna: Person) -> None:
    await anna.send_text("/start")
    content = bytes(range(256)) * 4000
    way = AiohttpRequest(2, Patience())
    async with Bot(sandbox.token, f"{sandbox.api_url}/bot", request=way) as bot:
        await bot.send_document(anna.chat.id, content, filename='картина "1".png', caption="да & <нет>")
    sent = anna.messages[-1]
    assert sent.document is not None
    assert sent.document.file.name == 'картина "1".png'
    assert sent.caption == "да & <нет>"
    assert sandbox._state.files.disk_path(sent.document.file).read_bytes() == content


async def test_it_can_be_used_again_after_it_was_shut_down(sandbox: Sandbox) -> None:
    way = AiohttpRequest(2, Patience())
    for _ in range(2):
        async with Bot(sandbox.token, f"{sandbox.api_url}/bot", request=way) as bot:
            assert bot.username
    with pytest.raises(RuntimeError, match="not initialized"):
        await way.do_request(sandbox.api_url, "GET")


def test_by_a_proxy_it_is_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    telegram = "https://api.telegram.org"
    assert isinstance(way_to(telegram, proxy=None, trust_env=True), AiohttpRequest)
    assert isinstance(way_to(telegram, proxy="socks5://127.0.0.1:9", trust_env=True), HTTPXRequest)
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert isinstance(way_to(telegram, proxy=None, trust_env=True), HTTPXRequest)
    assert isinstance(way_to("http://127.0.0.1:8081", proxy=None, trust_env=False), AiohttpRequest)


def test_telegram_must_prove_who_it_is() -> None:
    way = way_to("https://api.telegram.org", proxy=None, trust_env=False)
    assert isinstance(way, AiohttpRequest)
    assert way._context is not None
    assert way._context.verify_mode == ssl.CERT_REQUIRED
    assert way._context.check_hostname
    assert way._context.get_ca_certs()
