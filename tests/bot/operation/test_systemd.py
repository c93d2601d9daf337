"""What systemd is told, over a real NOTIFY_SOCKET."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.operation.systemd import Systemd
from bot.settings import ServiceManager, service_manager
from tests.bot.conftest import StartBot


@pytest.fixture
def ear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What systemd has: a datagram socket, named to the service in its environment."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listening


async def heard(ear: socket.socket) -> list[str]:
    return (await asyncio.to_thread(ear.recv, 1000)).decode().split("\n")


async def test_ready_alive_and_stopping(
    ear: socket.socket, start_bot: StartBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    said: list[list[str]] = []
    async with start_bot():
        while ["WATCHDOG=1"] not in said or ["READY=1", "STATUS=@sandbox_bot is ready."] not in said:
            said.append(await heard(ear))
    while said[-1] != ["STOPPING=1", "STATUS=Stopping."]:
        said.append(await heard(ear))


def test_a_watchdog_of_another_program_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert service_manager().watchdog_seconds is None
    monkeypatch.delenv("WATCHDOG_PID")
    assert service_manager().watchdog_seconds == 30


def test_an_abstract_socket() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0stylebot-test-{os.getpid()}")
        listening.settimeout(10)
        Systemd(ServiceManager(f"@stylebot-test-{os.getpid()}")).say(READY="1")
        assert listening.recv(100) == b"READY=1"


def test_nobody_listens() -> None:
    Systemd(ServiceManager()).say(READY="1")
    Systemd(ServiceManager("/nowhere/at/all")).say(READY="1")
