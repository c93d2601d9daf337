"""A name server that is away, and what must go on meanwhile."""

import asyncio
import os
import socket
import threading

import aiohttp
import anyio
import pytest

from bot.lookups import own_threads_for_lookups
from tests.patience import PATIENCE

USUAL_THREADS = min(32, (os.cpu_count() or 1) + 4)  # that asyncio has


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Lookups do not end before this is set, and find nothing then."""
    over = threading.Event()

    def lookup(*_: object, **__: object) -> None:
        over.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return over


async def by_httpx() -> None:
    """Its way to a server."""
    await anyio.connect_tcp("telegram.invalid", 443)


async def by_aiohttp() -> None:
    async with aiohttp.ClientSession() as session:
        await session.get("http://telegram.invalid")


@pytest.mark.parametrize("way", [by_httpx, by_aiohttp])
async def test_while_names_cannot_be_looked_up_files_are_written(away: threading.Event, way) -> None:
    with own_threads_for_lookups():
        calls = [asyncio.ensure_future(way()) for _ in range(2 * USUAL_THREADS)]
        await asyncio.sleep(0.1)
        async with asyncio.timeout(PATIENCE):
            assert await asyncio.to_thread(lambda: "written") == "written"
        assert not any(call.done() for call in calls)
        away.set()
        for error in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(error, OSError)


async def test_names_are_looked_up_as_ever() -> None:
    loop = asyncio.get_running_loop()
    with own_threads_for_lookups():
        found = await loop.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)
    assert found == socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)
    assert await loop.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM) == found
