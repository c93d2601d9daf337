"""Runs the bot: `python -m bot` on Telegram, `... --sandbox` in a page here, `... doctor` to check."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.logs import log_what_nobody_catches, set_up_logging
from bot.operation.ailments import start_faults
from bot.operation.backup import BackupError, back_up
from bot.operation.exits import BROKEN, INTERRUPTED, complain
from bot.operation.heartbeat import LONGEST_SILENCE, seconds_since_beat
from bot.settings import Mode, Settings, SettingsError, load_settings
from bot.storage.data_folder import DATABASE, folder_of, sandbox_folder


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when it was told to stop, 130 on Ctrl-C, 2 with clear lines for what must be mended first.

    1 when it cannot go on, but may if it is begun anew: see `bot.queue.watchdog`.
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
        return complain("The settings cannot be used:", *error.faults, *others)
    set_up_logging(settings.bot_log_level, settings.secrets, settings.bot_log_format)
    log_what_nobody_catches()
    if asked.command == "doctor":
        from bot.operation.doctor import examine

        return asyncio.run(examine(settings))
    if asked.command == "healthcheck":
        return _check_health(settings)
    if asked.command == "backup":
        return _back_up(settings, asked.file)
    if faults := _start_faults(settings, asked.sandbox):
        return complain("The bot cannot start:", *faults)
    return _run(settings, sandbox=asked.sandbox)


def _run(settings: Settings, *, sandbox: bool) -> int:
    try:
        # Only here: the other commands answer in half the time without Telegram's library.
        from bot.painting.dask_executor import executor_of
        from bot.running import run_until_stopped
        from styler.allocator import keep_memory

        keep_memory()
        return run_until_stopped(settings, executor_of(settings.styler_executor), sandbox=sandbox)
    except KeyboardInterrupt:
        return INTERRUPTED


def _start_faults(settings: Settings, sandbox: bool, faulty: frozenset[str] = frozenset()) -> list[str]:
    if sandbox or not settings.bot_token.get_secret_value():
        settings = settings.model_copy(
            update={"bot_data_dir": sandbox_folder(settings), "bot_mode": Mode.POLLING}
        )
    return start_faults(settings, faulty)


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
        size = back_up(folder_of(settings) / DATABASE, target)
    except BackupError as error:
        return complain(str(error))
    sys.stdout.write(f"{target}: {size / 1e6:.1f} MB\n")
    return 0


def _check_health(settings: Settings) -> int:
    silence = seconds_since_beat(folder_of(settings))
    if silence is None:
        sys.stderr.write("The bot has not run since this machine was started.\n")
    elif silence > LONGEST_SILENCE:
        sys.stderr.write(f"The bot gave its last sign of life {silence:.0f} s ago.\n")
    else:
        return 0
    return BROKEN


if __name__ == "__main__":
    raise SystemExit(main())
