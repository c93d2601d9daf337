"""Runs the bot: `python -m bot` on Telegram, `... --sandbox` in a page here, `... doctor` to check."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.logs import log_what_nobody_catches, set_up_logging
from bot.operation.ailments import start_ailments, start_faults
from bot.operation.backup import BackupError, back_up
from bot.operation.exits import BROKEN, INTERRUPTED, complain
from bot.operation.heartbeat import fault_of
from bot.setting_types import THREAD
from bot.settings import Settings, SettingsError, load_settings
from bot.storage.data_folder import DATABASE

if TYPE_CHECKING:
    from bot.executor import StyleExecutor

EXPLANATION = """
There is no BOT_TOKEN, so the bot talks to you here, in a chat page on this machine.
To run it on Telegram, get a token from @BotFather and put it into the file .env: see .env.example.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it was told to stop, 130 on Ctrl-C, 2 with clear lines for what must be mended first.

    1 when it cannot go on, but may if it is begun anew: see `bot.queue.watchdog`; so on a disk that is full.
    """
    parser = _parser()
    asked = parser.parse_args(arguments)
    if (asked.command == "backup") != (asked.file is not None):
        parser.error("backup wants a file, and nothing else does")
    os.umask(0o077)  # what people send is no business of the machine's other users
    try:
        settings = load_settings()
    except SettingsError as error:
        others = [] if asked.command else start_faults(_as_run(error.others, asked.sandbox), error.names)
        return complain("The settings cannot be used:", *error.faults, *others)
    set_up_logging(settings.bot_log_level, settings.secrets, settings.bot_log_format)
    log_what_nobody_catches()
    explanation = "" if asked.sandbox or settings.is_for_telegram else EXPLANATION
    settings = _as_run(settings, asked.sandbox)
    if asked.command == "doctor":
        from bot.operation.doctor import examine

        return asyncio.run(examine(settings, _executor(settings)))
    if asked.command == "healthcheck":
        return _check_health(settings)
    if asked.command == "backup":
        return _back_up(settings, asked.file)
    if found := start_ailments(settings):
        may_pass = all(ailment.may_pass for ailment in found)
        return complain("The bot cannot start:", *(ailment.line for ailment in found), may_pass=may_pass)
    sys.stdout.write(explanation)
    return _run(settings)


def _as_run(settings: Settings, sandbox: bool) -> Settings:
    """The settings that the bot goes by, and that the other commands look at."""
    return settings.for_sandbox() if sandbox or not settings.is_for_telegram else settings


def _run(settings: Settings) -> int:
    try:
        # Only here: the other commands answer in half the time without Telegram's library.
        from bot.running import run_until_stopped
        from styler.allocator import keep_memory

        keep_memory()
        return run_until_stopped(settings, _executor(settings))
    except KeyboardInterrupt:
        return INTERRUPTED


def _executor(settings: Settings) -> "StyleExecutor":
    from bot.dask.executor import DaskExecutor
    from bot.executor import StyleExecutor

    asked = settings.styler_executor
    return StyleExecutor() if asked == THREAD else DaskExecutor(asked)


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
        size = back_up(settings.bot_data_dir / DATABASE, target)
    except BackupError as error:
        return complain(str(error))
    sys.stdout.write(f"{target}: {size / 1e6:.1f} MB\n")
    return 0


def _check_health(settings: Settings) -> int:
    fault = fault_of(settings.bot_data_dir)
    if fault is None:
        return 0
    sys.stderr.write(f"{fault}\n")
    return BROKEN


if __name__ == "__main__":
    raise SystemExit(main())
