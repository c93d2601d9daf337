"""Runs the bot: `python -m bot` on Telegram, `... --sandbox` in a page here, `... doctor` to check."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from bot.ailments import start_faults
from bot.app import running_bot
from bot.connection import StartError
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
    asked = _parser().parse_args(arguments)
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
    if faults := _start_faults(settings, asked.sandbox):
        return _complain("The bot cannot start:", *faults)
    keep_memory()
    painter = StyleExecutor()
    code = _run_until_stopped(settings, painter, sandbox=asked.sandbox)
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


def _run_until_stopped(settings: Settings, painter: StyleExecutor, *, sandbox: bool) -> int:
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
        choices=["doctor", "healthcheck"],
        help="doctor: check token, weights, device and disk, and paint a bit; "
        "healthcheck: whether the bot that runs on these settings is well",
    )
    parser.add_argument(
        "--sandbox",
        action="store_true",
        help="chat in a page on this machine instead of Telegram, as happens without BOT_TOKEN anyway",
    )
    return parser


def _check_health(settings: Settings) -> int:
    in_sandbox = not settings.bot_token.get_secret_value()
    silence = seconds_since_beat(_sandbox_folder(settings) if in_sandbox else settings.bot_data_dir)
    if silence is None:
        sys.stderr.write("The bot has not run yet.\n")
    elif silence > LONGEST_SILENCE:
        sys.stderr.write(f"The bot gave its last sign of life {silence:.0f} s ago.\n")
    else:
        return 0
    return 1


async def _run(settings: Settings, painter: StyleExecutor, *, sandbox: bool) -> int:
    """Until a signal comes. Raises `StartError`."""
    signals: list[signal.Signals] = []
    this = asyncio.current_task()
    assert this is not None

    def on_signal(received: signal.Signals) -> None:
        signals.append(received)
        if len(signals) > 1:
            os._exit(INTERRUPTED)  # asked twice: at once
        this.cancel()

    with contextlib.suppress(NotImplementedError):  # Windows has only KeyboardInterrupt
        for each in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(each, on_signal, each)
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
