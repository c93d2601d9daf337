"""No secret reaches a log, by whatever way; every line tells whom and which job it is about."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.background import Background
from bot.executor import StyleExecutor
from bot.log_lines import AddIds, LogFormat, about
from bot.logs import STRUCK_OUT, redactor, set_up_logging
from bot.painting.painter import PaintOrder
from bot.sandbox import Person
from styler import Quality, StyleOptions, load_presets
from tests.bot.end_to_end.chat import picture, result_of

TOKEN = "123:short-one"
FOREIGN = "987654321:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"


@pytest.fixture(autouse=True)
def restored() -> object:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    logging.captureWarnings(False)


def test_secrets_are_struck_out(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO", [TOKEN, ""])
    log = logging.getLogger("some.library")
    log.info("calling https://api.telegram.org/bot%s/getMe", TOKEN)
    log.info("another bot: %s", FOREIGN)
    try:
        raise ValueError(f"bad address /bot{TOKEN}/")
    except ValueError:
        log.exception("failed")
    written = capsys.readouterr().err
    assert TOKEN not in written
    assert FOREIGN not in written
    assert written.count(STRUCK_OUT) >= 3
    assert "ValueError" in written


@pytest.mark.parametrize("secret", [TOKEN, 'pass"word', "ключ\\", "a b+c/d"])
def test_however_a_secret_is_written(secret: str) -> None:
    redact = redactor([secret, secret[:3], ""])
    written = [secret, quote(secret), quote(secret, safe=""), quote(secret, safe="").lower()]
    written += [
        json.dumps(secret),
        repr(secret),
        f"/bot{secret}/getMe",
        f"/bot{quote(secret, safe='')}/getMe",
    ]
    for text in written:
        assert secret not in redact(text)
        assert STRUCK_OUT in redact(text)
        assert redact(text).strip("'\"").removeprefix("/bot").removesuffix("/getMe") == STRUCK_OUT


def test_tokens_of_others_too() -> None:
    for text in (FOREIGN, FOREIGN.replace(":", "%3A"), FOREIGN.replace(":", "%3a")):
        assert redactor([])(f"see /bot{text}/getMe") == f"see /bot{STRUCK_OUT}/getMe"
    assert redactor([])("at 12:30:15 job 12345:done") == "at 12:30:15 job 12345:done"


def test_what_nobody_catches_is_logged_without_secrets(tmp_path: Path) -> None:
    code = f"""
import gc, threading
from bot.logs import log_what_nobody_catches, set_up_logging
set_up_logging("INFO", [{TOKEN!r}])
log_what_nobody_catches()
def fail():
    raise ValueError("in a thread /bot{TOKEN}/")
thread = threading.Thread(target=fail); thread.start(); thread.join()
class Trap:
    def __del__(self):
        raise ValueError("in a finalizer /bot{TOKEN}/")
Trap()
gc.collect()
raise ValueError("at the end /bot{TOKEN}/")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert TOKEN not in done.stderr + done.stdout
    for where in ("in a thread", "in a finalizer", "at the end"):
        assert f"ValueError: {where} /bot{STRUCK_OUT}/" in done.stderr


def test_libraries_that_log_addresses_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("DEBUG", [])
    logging.getLogger("httpx").info("HTTP Request: POST https://...")
    logging.getLogger("httpcore.connection").debug("connect_tcp.started")
    logging.getLogger("bot").debug("ours")
    written = capsys.readouterr().err
    assert "HTTP Request" not in written
    assert "connect_tcp" not in written
    assert "ours" in written


def test_a_line_tells_whom_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO", [])
    log = logging.getLogger("bot.any")
    with about(chat=5):
        with about(job="abc"):
            log.info("inside")
        log.info("between")
    log.info("outside")
    inside, between, outside = capsys.readouterr().err.splitlines()
    assert inside.endswith("bot.any: inside [chat=5 job=abc]")
    assert between.endswith("between [chat=5]")
    assert outside.endswith("outside")


def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO", [TOKEN, 'pass"word'], LogFormat.JSON)
    log = logging.getLogger("bot.any")
    with about(job="abc", chat=-5, user=7):
        log.info('пришло "письмо"\nиз %s', TOKEN)
        try:
            raise ValueError('pass"word')
        except ValueError:
            log.exception("failed")
    told, failed = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert told.pop("time").endswith("+00:00")
    assert told == {
        "level": "info",
        "logger": "bot.any",
        "message": f'пришло "письмо"\nиз {STRUCK_OUT}',
        "job": "abc",
        "chat": -5,
        "user": 7,
    }
    assert failed["level"] == "error"
    assert failed["error"].startswith("Traceback")
    assert failed["error"].endswith(f"ValueError: {STRUCK_OUT}")


def test_the_engines_own_lines_tell_the_job(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO", [], LogFormat.JSON)
    preset = next(iter(load_presets().values()))
    options = StyleOptions(size=64, quality=Quality.DRAFT, steps=1, device="cpu")
    order = PaintOrder(preset.path, ((preset, 1.0),), options, tmp_path / "out.jpg")
    executor = StyleExecutor()
    with about(job="abc"):
        future = executor.paint(
            order,
            lambda _: logging.getLogger("styler.painting.memory").warning("short of memory"),
            lambda: False,
        )
    future.result()
    executor.shutdown()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {line["job"] for line in lines if line["logger"] == "styler.painting.memory"} == {"abc"}


async def test_every_line_about_a_job_tells_it(
    bot: Background, anna: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """From acceptance to delivery, over the running bot."""
    caplog.set_level("INFO", "bot")
    with caplog.filtering(AddIds()):
        await anna.send_photo(picture(), "/style ink")
        await result_of(anna)
    about_jobs = [record for record in caplog.records if record.getMessage().startswith("Job ")]
    assert len(about_jobs) >= 2
    for record in about_jobs:
        job_id = record.getMessage().split()[1]
        assert record.ids == {"job": job_id, "chat": anna.user_id, "user": anna.user_id}
