"""The bot as a child process that is killed at a chosen moment, and people who do not notice."""

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from bot.sandbox import CallRecord, Sandbox
from bot.settings import Settings

ROOT = Path(__file__).parents[3]
STUB = ("-m", "tests.bot.kills.stub_bot")
REAL = ("-m", "bot")
STARTED = 90.0  # seconds, on a busy machine


class Program:
    """One bot after the other, on the same files."""

    def __init__(
        self,
        settings: Settings,
        what: tuple[str, ...] = STUB,
        log: Path | None = None,
        **environment: str,
    ) -> None:
        self.folder = settings.bot_data_dir
        self._what = what
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "STYLER_"))},
            "PYTHONPATH": str(ROOT),
            "BOT_TOKEN": settings.bot_token.get_secret_value(),
            "BOT_API_URL": settings.bot_api_url,
            "BOT_DATA_DIR": str(settings.bot_data_dir),
            "STYLER_DEVICE": "cpu",
            **environment,
        }
        self._process: asyncio.subprocess.Process | None = None
        self.log = log or settings.bot_data_dir.parent / "log"
        self.starts = 0
        self._logged = 0  # characters in the log before the latest start

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            self.kill()
            await self._process.wait()

    async def start(self) -> None:
        """Returns at once, long before the bot is ready."""
        self._logged = len(self.words())
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._what,
                cwd=self.folder.parent,
                env=self._environment,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=log,
            )
        self.starts += 1

    async def is_ready(self) -> None:
        """Wait until the latest start is served."""
        await self.says("is ready.")

    async def says(self, words: str) -> None:
        """Wait until the log of the latest start has these words."""
        async with asyncio.timeout(STARTED):
            while words not in self.words()[self._logged :]:
                assert self.is_running, self.words()[-3000:]
                await asyncio.sleep(0.02)

    def words(self) -> str:
        """All that was logged."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def kill(self) -> None:
        """`kill -9`, from wherever you are."""
        if self._process is not None and self._process.returncode is None:
            os.kill(self._process.pid, signal.SIGKILL)

    def terminate(self) -> None:
        """As systemd and Docker ask a program to end."""
        assert self._process is not None
        self._process.terminate()

    async def ended(self, within: float = STARTED) -> int:
        """Wait for its exit status."""
        assert self._process is not None
        async with asyncio.timeout(within):
            return await self._process.wait()


class Tripwire(deque[CallRecord]):
    """In the place of `Sandbox.calls`: does something when a call is on record, before its answer is sent."""

    def __init__(self, calls: deque[CallRecord]) -> None:
        super().__init__(calls, calls.maxlen)
        self._left = 0
        self._method = ""
        self._act: Callable[[], Any] | None = None

    @classmethod
    def across(cls, sandbox: Sandbox) -> "Tripwire":
        sandbox._api.calls = cls(sandbox.calls)
        return sandbox._api.calls

    def at(self, method: str, number: int, act: Callable[[], Any]) -> None:
        """Act at the call of that method that comes as the `number`th from now on."""
        self._method, self._left, self._act = method, number, act

    def append(self, record: CallRecord) -> None:
        super().append(record)
        if self._act is not None and record.method == self._method:
            self._left -= 1
            if self._left == 0:
                act, self._act = self._act, None
                act()
