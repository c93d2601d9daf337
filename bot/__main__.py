"""Runs the bot: `python -m bot` on Telegram, `... --sandbox` in a page here, `... doctor` to check."""

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from bot.ailments import start_faults
from bot.app import DATABASE, running_bot
from bot.backup import BackupError, back_up
from bot.connection import StartError
from bot.dask_executor import executor_of
from bot.executor import StyleExecutor
from bot.heartbeat import LONGEST_SILENCE, seconds_since_beat
from bot.logs import log_what_nobody_catches, redactor, set_up_logging
from bot.sandbox import Sandbox
from bot.settings import Mode, Settings, SettingsError, load_settings
from styler import StylerError
from styler.allocator import keep_memory

log = logging.getLogger(__name__)

BROKEN = 1
BAD_USE = 2
INTERRUPTED = 130
PORTS_TRIED = 20
STOP_SECONDS = 9.5  # to stop in; whatever is not done by then, a thread that is stuck say, is left undone
LAST_STEP_SECONDS = 1.0  # for a painting step that did not end in the bot's own time

EXPLANATION = """
There is no BOT_TOKEN, so the bot talks to you here, in a chat page on this machine.
To run it on Telegram, get a token from @BotFather and put it into the file .env: see .env.example.
"""
PAGE = """
    Open  {url}

Send a photo there and tap a style. Ctrl-C ends it.

"""


class Broken(Exception):
    """Something failed that the bot cannot do without."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it was told to stop, 130 on Ctrl-C, 2 with clear lines for what must be mended first.

    1 when it cannot go on, but may if it is begun anew: see `bot.watchdog`.
    """
    parser = _parser()
    asked = parser.parse_args(arguments)
    if (asked.command == "backup") != (asked.file is not None):
        parser.error("backup wants a file, and nothing else does")
    os.umask(0o077)  # what people send is no business of the machine's other users
    try:
        settings = load_settings()
    except SettingsError as error:
        others = [] if asked.command else _start_faults(error.others, asked.sandbox, error.names)
        return _complain("The settings cannot be used:", *error.faults, *others)
    set_up_logging(settings.bot_log_level, settings.secrets, settings.bot_log_format)
    log_what_nobody_catches()
    if asked.command == "doctor":
        from bot.doctor import examine

        return asyncio.run(examine(settings))
    if asked.command == "healthcheck":
        return _check_health(settings)
    if asked.command == "backup":
        return _back_up(settings, asked.file)
    if faults := _start_faults(settings, asked.sandbox):
        return _complain("The bot cannot start:", *faults)
    keep_memory()
    return run_until_stopped(settings, executor_of(settings.styler_executor), sandbox=asked.sandbox)


def run_until_stopped(settings: Settings, painter: StyleExecutor, *, sandbox: bool = False) -> int:
    """Run the bot, and leave no thread behind. The codes are those of `main`."""
    code = _run_and_explain(settings, painter, sandbox=sandbox)
    painter.shutdown(wait=False, cancel_futures=True)
    if not painter.is_idle(LAST_STEP_SECONDS):
        # Python waits for all threads at its end; a long painting step must not keep it.
        logging.shutdown()
        os._exit(code)
    return code


def _start_faults(settings: Settings, sandbox: bool, faulty: frozenset[str] = frozenset()) -> list[str]:
    if sandbox or not settings.bot_token.get_secret_value():
        settings = settings.model_copy(
            update={"bot_data_dir": _sandbox_folder(settings), "bot_mode": Mode.POLLING}
        )
    return start_faults(settings, faulty)


def _run_and_explain(settings: Settings, painter: StyleExecutor, *, sandbox: bool) -> int:
    try:
        return asyncio.run(_run(settings, painter, sandbox=sandbox))
    except StartError as error:
        return _complain(str(error), secrets=settings.secrets)
    except Broken as error:
        log.critical(
            "The bot cannot go on and wants to be started anew: %s.", error, exc_info=error.__cause__
        )
        return BROKEN
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stylebot",
        description="A Telegram bot that paints photos in the style of a picture. "
        "All settings come from the environment and the file .env; .env.example explains them.",
    )
    parser.add_argument(
        "command",
        nargs="?",
        choices=["doctor", "healthcheck", "backup"],
        help="doctor: check token, weights, device and disk, and paint a bit; "
        "healthcheck: whether the bot that runs on these settings is well; "
        "backup FILE: copy the database, also while the bot runs",
    )
    parser.add_argument("file", nargs="?", type=Path, help="for backup: where to put it")
    parser.add_argument(
        "--sandbox",
        action="store_true",
        help="chat in a page on this machine instead of Telegram, as happens without BOT_TOKEN anyway",
    )
    return parser


def _back_up(settings: Settings, target: Path) -> int:
    try:
        size = back_up(_folder(settings) / DATABASE, target)
    except BackupError as error:
        return _complain(str(error))
    sys.stdout.write(f"{target}: {size / 1e6:.1f} MB\n")
    return 0


def _folder(settings: Settings) -> Path:
    """Where the bot that runs on these settings keeps its files."""
    return settings.bot_data_dir if settings.bot_token.get_secret_value() else _sandbox_folder(settings)


def _check_health(settings: Settings) -> int:
    silence = seconds_since_beat(_folder(settings))
    if silence is None:
        sys.stderr.write("The bot has not run since this machine was started.\n")
    elif silence > LONGEST_SILENCE:
        sys.stderr.write(f"The bot gave its last sign of life {silence:.0f} s ago.\n")
    else:
        return 0
    return 1


async def _run(settings: Settings, painter: StyleExecutor, *, sandbox: bool) -> int:
    """Until a signal comes. Raises `StartError`."""
    signals: list[signal.Signals] = []
    loop, this = asyncio.get_running_loop(), asyncio.current_task()
    assert this is not None

    def on_signal(number: int, _: object) -> None:
        signals.append(signal.Signals(number))
        if len(signals) > 1:
            os._exit(INTERRUPTED)  # asked twice: at once
        _leave_in_time(INTERRUPTED if number == signal.SIGINT else 0)
        loop.call_soon_threadsafe(this.cancel)

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, on_signal)  # not the loop's own way, which hears nothing while the loop hangs
    try:
        if sandbox or not settings.bot_token.get_secret_value():
            async with _sandbox(settings) as its_settings:
                await _serve(its_settings, painter)
        else:
            await _serve(settings, painter)
    except asyncio.CancelledError:
        if not signals:
            raise
        log.info("Stopped.")
    return INTERRUPTED if signal.SIGINT in signals else 0


def _leave_in_time(code: int) -> None:
    """Nothing is lost by it: all that counts is on disk at every moment."""

    def leave() -> None:
        log.warning("Not all could be stopped in time.")
        logging.shutdown()
        os._exit(code)

    timer = threading.Timer(STOP_SECONDS, leave)
    timer.daemon = True
    timer.start()


async def _serve(settings: Settings, painter: StyleExecutor) -> None:
    async with running_bot(settings, painter) as background:
        error = await background.broken
        if isinstance(error, StylerError):  # no such device, no weights: the same at the next start
            raise StartError(f"The bot cannot go on: {error}") from error
        raise Broken(str(error)) from error


@asynccontextmanager
async def _sandbox(settings: Settings) -> AsyncIterator[Settings]:
    """A sandbox, and the settings of a bot that talks to it; its files are kept apart from the real bot's."""
    sandbox = await _start_sandbox(settings.bot_sandbox_port)
    try:
        if not settings.bot_token.get_secret_value():
            sys.stdout.write(EXPLANATION)
        sys.stdout.write(PAGE.format(url=sandbox.page_url))
        sys.stdout.flush()
        yield settings.model_copy(
            update={
                "bot_token": SecretStr(sandbox.token),
                "bot_api_url": sandbox.api_url,
                "bot_data_dir": _sandbox_folder(settings),
                "bot_presets_dir": settings.presets_dir if settings.presets_dir.is_dir() else None,
                "bot_proxy": SecretStr(""),
                "bot_local_mode": False,
                "bot_allowed_users": frozenset(),
                "bot_mode": Mode.POLLING,
            }
        )
    finally:
        await sandbox.stop()


def _sandbox_folder(settings: Settings) -> Path:
    return settings.bot_data_dir / "sandbox"


async def _start_sandbox(port: int) -> Sandbox:
    """At `port`, or else at the next one that is free."""
    for attempt in range(port, min(port + PORTS_TRIED, 65535) + 1):
        sandbox = Sandbox(port=attempt)
        sandbox.group("Anna & Борис", sandbox.everybody())  # the menu at the top right leads there
        try:
            await sandbox.start()
        except OSError as error:
            log.info("Port %d cannot be used: %s", attempt, error.strerror)
        else:
            return sandbox
    raise StartError(f"No port from {port} on is free for the sandbox; set BOT_SANDBOX_PORT to another one.")


def _complain(*lines: str, secrets: Iterable[str] = ()) -> int:
    sys.stderr.write(redactor(secrets)("\n".join(lines)) + "\n")
    return BAD_USE


if __name__ == "__main__":
    raise SystemExit(main())
