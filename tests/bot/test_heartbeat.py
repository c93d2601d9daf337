import asyncio
import os
import time
from pathlib import Path

import pytest

from bot import heartbeat
from bot.__main__ import main


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # no .env of anybody's
    monkeypatch.setenv("BOT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("BOT_TOKEN", "1:token")
    return tmp_path


async def test_it_beats_again_and_again(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "EVERY_SECONDS", 0.01)
    beating = asyncio.get_running_loop().create_task(heartbeat.beat_for_ever(data))
    for _ in range(2):
        async with asyncio.timeout(10):
            while not (data / heartbeat.NAME).exists():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        (data / heartbeat.NAME).unlink()
    beating.cancel()


def test_a_healthy_bot(data: Path) -> None:
    (data / heartbeat.NAME).touch()
    assert main(["healthcheck"]) == 0


def test_a_bot_that_hangs(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data / heartbeat.NAME).touch()
    long_ago = time.time() - 2 * heartbeat.LONGEST_SILENCE
    os.utime(data / heartbeat.NAME, (long_ago, long_ago))
    assert main(["healthcheck"]) == 1
    assert "120 s" in capsys.readouterr().err


def test_a_bot_that_never_ran(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["healthcheck"]) == 1
    assert "has not run" in capsys.readouterr().err


def test_the_sandbox_has_a_heart_of_its_own(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOT_TOKEN")
    (data / "sandbox").mkdir()
    (data / "sandbox" / heartbeat.NAME).touch()
    assert main(["healthcheck"]) == 0
