"""The bot as a program of its own."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STARTED = 60.0  # seconds, on a busy machine

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `python -m bot` with these settings in an empty folder.

    What it writes can be read from it, or is added to the file `log`: a talkative one must not wait for
    somebody to read on.
    """
    begun: list[subprocess.Popen[str]] = []

    def run(*arguments: str, log: Path | None = None, **settings: str) -> "subprocess.Popen[str]":
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "STYLER_"))
        }
        own = {
            "PYTHONPATH": str(ROOT),
            "BOT_SANDBOX_PORT": "0",
            "BOT_DATA_DIR": str(tmp_path / "data"),
            "STYLER_DEVICE": "cpu",
        }
        with contextlib.nullcontext(subprocess.PIPE) if log is None else log.open("a") as output:
            bot = subprocess.Popen(
                [sys.executable, "-m", "bot", *arguments],
                cwd=tmp_path,
                env=inherited | own | settings,
                stdout=output,
                stderr=output,
                text=True,
            )
        begun.append(bot)
        return bot

    yield run
    for bot in begun:
        bot.kill()
        bot.communicate()


def line_with(bot: "subprocess.Popen[str]", words: str, stream: str = "stdout") -> str:
    """Read on until a line with these words comes."""
    pipe = getattr(bot, stream)
    for line in pipe:
        if words in line:
            return str(line)
    pytest.fail(f"the bot ended without saying {words!r}")
