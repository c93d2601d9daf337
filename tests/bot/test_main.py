"""`python -m bot` as a program of its own: starting, stopping, and clear sentences when it cannot."""

import asyncio
import re
import signal
import socket
import sqlite3
import time
import urllib.request
from pathlib import Path

import pytest

from bot.operation.heartbeat import fault_of
from bot.sandbox import Sandbox
from tests.bot.programs import STARTED, Start, line_with


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_without_a_token_it_starts_a_chat_page_and_stops_cleanly(
    start: Start, sign: signal.Signals, code: int
) -> None:
    bot = start()
    assert "There is no BOT_TOKEN" in line_with(bot, "BOT_TOKEN")
    [address] = re.findall(r"http://127\.0\.0\.1:\d+/", line_with(bot, "http"))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=10) as page:
        assert b"<!doctype html>" in page.read(100)
    line_with(bot, "is ready", "stderr")
    bot.send_signal(sign)
    _, errors = bot.communicate(timeout=10)
    assert bot.returncode == code
    assert "Traceback" not in errors


async def test_a_token_that_telegram_does_not_know(start: Start, sandbox: Sandbox) -> None:
    bot = start(BOT_TOKEN="666:not-the-right-one", BOT_API_URL=sandbox.api_url)
    _, errors = await asyncio.to_thread(bot.communicate, timeout=STARTED)
    assert bot.returncode == 2
    assert errors.splitlines()[-1] == "Telegram does not know this BOT_TOKEN; @BotFather shows yours."
    assert "Traceback" not in errors
    assert "not-the-right-one" not in errors


def test_a_server_that_is_away_is_waited_for(start: Start, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    bot = start(BOT_TOKEN="123:secret-token", BOT_API_URL=f"http://127.0.0.1:{port}")
    line = line_with(bot, "cannot be reached", "stderr")
    assert "trying again in 1 s" in line
    deadline = time.monotonic() + STARTED
    while (illness := fault_of(tmp_path / "data")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert illness is None, "to wait is no illness"
    bot.send_signal(signal.SIGTERM)
    _, errors = bot.communicate(timeout=10)
    assert bot.returncode == 0
    assert "secret-token" not in line + errors
    assert "Traceback" not in errors


def test_bad_settings_are_listed_at_once(start: Start) -> None:
    bot = start(BOT_MODE="pigeon", STYLER_SIZE="huge")
    output, errors = bot.communicate(timeout=STARTED)
    assert bot.returncode == 2
    assert output == ""
    assert errors.splitlines() == [
        "The settings cannot be used:",
        "BOT_MODE must be 'polling' or 'webhook', not 'pigeon'",
        "STYLER_SIZE must be a whole number, not 'huge'",
    ]


def test_all_that_can_only_be_seen_at_the_start_is_listed_too(start: Start, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / ".env").write_text("BOT_ALOWED_USERS=5\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        bot = start(
            BOT_DATA_DIR=str(tmp_path / "file"),
            BOT_METRICS_PORT=str(port),
            BOT_PRESETS_DIR="nowhere",
            BOT_ADMINS="@anna",
        )
        _, errors = bot.communicate(timeout=STARTED)
    assert bot.returncode == 2
    assert errors.splitlines() == [
        "The settings cannot be used:",
        "BOT_ALOWED_USERS is not a setting; did you mean BOT_ALLOWED_USERS?",
        "BOT_ADMINS must be numbers separated by commas, not '@anna'",
        f"{tmp_path}/file/sandbox cannot be written (Not a directory). "
        "Let the bot write there, or set BOT_DATA_DIR to another folder.",
        "BOT_PRESETS_DIR: there is no folder nowhere. Make it, or leave BOT_PRESETS_DIR empty.",
        f"BOT_METRICS_PORT: 127.0.0.1:{port} cannot be listened on (Address already in use). "
        "End what listens there (`ss -ltnp`), or set BOT_METRICS_PORT to another port.",
    ]


def test_a_device_that_is_not_there(start: Start) -> None:
    bot = start(STYLER_DEVICE="cuda:99")
    _, errors = bot.communicate(timeout=STARTED)
    assert bot.returncode == 2
    assert errors.splitlines()[-1].startswith("The bot cannot go on: there is no cuda:99 here")
    assert "Traceback" not in errors


def test_a_port_that_is_taken_means_the_next_one(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        bot = start(BOT_SANDBOX_PORT=str(port))
        line = line_with(bot, "http://127.0.0.1:")
        assert f":{port}/" not in line


def test_the_doctor_has_a_command(start: Start) -> None:
    bot = start("doctor", BOT_PRESETS_DIR="nowhere")
    output, errors = bot.communicate(timeout=STARTED)
    assert bot.returncode == 1
    assert "wrong  Presets: BOT_PRESETS_DIR: there is no folder nowhere" in output
    assert "ok     Painting" in output
    assert "Traceback" not in errors


def test_two_bots_on_one_folder_are_noticed(start: Start, tmp_path: Path) -> None:
    first = start()
    line_with(first, "is ready", "stderr")
    second = start()
    _, errors = second.communicate(timeout=STARTED)
    assert second.returncode == 2
    assert errors.splitlines()[-1] == (
        f"Another bot (process {first.pid}) works in {tmp_path}/data/sandbox: "
        "stop it, or give this one a folder of its own in BOT_DATA_DIR."
    )
    first.kill()  # which leaves the file of its lock behind, but no lock
    first.wait()
    line_with(start(), "is ready", "stderr")


def test_a_backup_is_made_while_the_bot_runs(start: Start, tmp_path: Path) -> None:
    line_with(start(), "is ready", "stderr")
    backup = start("backup", str(tmp_path / "backup.sqlite3"))
    output, errors = backup.communicate(timeout=STARTED)
    assert (backup.returncode, errors) == (0, "")
    assert output.startswith(f"{tmp_path}/backup.sqlite3: ")
    connection = sqlite3.connect(tmp_path / "backup.sqlite3")
    assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (0,)
    connection.close()


def test_the_other_commands_look_where_a_bot_in_a_sandbox_lives(start: Start, tmp_path: Path) -> None:
    """Without a token, and with one that `--sandbox` leaves alone."""
    folder = tmp_path / "data" / "sandbox"
    folder.mkdir(parents=True)
    (folder / "bot.sqlite3").write_bytes(b"no database at all" * 1000)
    doctor = start("doctor")
    output, _ = doctor.communicate(timeout=STARTED)
    assert "wrong  Database: " in output
    backup = start("--sandbox", "backup", str(tmp_path / "copy.sqlite3"), BOT_TOKEN="123:secret-token")
    _, errors = backup.communicate(timeout=STARTED)
    assert str(folder) in errors
    assert backup.returncode == 2


def test_a_backup_that_cannot_be_made_is_said(start: Start, tmp_path: Path) -> None:
    backup = start("backup", str(tmp_path / "backup.sqlite3"))
    _, errors = backup.communicate(timeout=STARTED)
    assert backup.returncode == 2
    assert errors == f"There is no database {tmp_path}/data/sandbox/bot.sqlite3 to back up.\n"
    for wrong in (["backup"], ["doctor", "file"]):
        _, errors = (bad := start(*wrong)).communicate(timeout=STARTED)
        assert bad.returncode == 2
        assert "backup wants a file" in errors
