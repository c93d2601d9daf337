import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.operation import heartbeat
from bot.storage.data_folder import owned
from tests.patience import PATIENCE


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
        async with asyncio.timeout(PATIENCE):
            while not (data / heartbeat.NAME).exists():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        (data / heartbeat.NAME).unlink()
    beating.cancel()


def beaten(folder: Path, ago: float) -> None:
    """A heart that beat so many seconds ago for the last time."""
    heartbeat.beat(folder)
    at = (folder / heartbeat.NAME).stat().st_mtime - ago
    os.utime(folder / heartbeat.NAME, (at, at))


def test_a_healthy_bot(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    heartbeat.beat(data)
    with owned(data):
        assert main(["healthcheck"]) == 0
    assert main(["healthcheck"]) == 1, "it was stopped, or killed, a moment ago"
    assert capsys.readouterr().err == "The bot does not run.\n"


def test_a_bot_that_hangs(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    beaten(data, 2 * heartbeat.LONGEST_SILENCE)
    with owned(data):
        assert main(["healthcheck"]) == 1
    assert "120 s" in capsys.readouterr().err


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_clock_that_is_set_changes_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    wall = time.time
    heartbeat.beat(data)
    monkeypatch.setattr(time, "time", lambda: wall() + jump)
    with owned(data):
        assert main(["healthcheck"]) == 0
        beaten(data, 2 * heartbeat.LONGEST_SILENCE)
        assert main(["healthcheck"]) == 1


def test_a_bot_that_never_ran(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["healthcheck"]) == 1
    assert "has not run" in capsys.readouterr().err
    beaten(data, -3600)  # before the machine was started anew
    assert main(["healthcheck"]) == 1


def test_the_sandbox_has_a_heart_of_its_own(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOT_TOKEN")
    (data / "sandbox").mkdir()
    heartbeat.beat(data / "sandbox")
    with owned(data / "sandbox"):
        assert main(["healthcheck"]) == 0


def test_looking_costs_little(data: Path) -> None:
    heartbeat.beat(data)
    code = (
        "import sys; from bot.__main__ import main\n"
        "assert main(['healthcheck']) == 0\n"
        "sys.exit(str({'telegram', 'torch', 'PIL'} & sys.modules.keys()))"
    )
    with owned(data):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == "set()\n"
