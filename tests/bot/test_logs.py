"""No secret reaches a log, by whatever way."""

import logging

import pytest

from bot.logs import STRUCK_OUT, set_up_logging

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


def test_libraries_that_log_addresses_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("DEBUG", [])
    logging.getLogger("httpx").info("HTTP Request: POST https://...")
    logging.getLogger("httpcore.connection").debug("connect_tcp.started")
    logging.getLogger("bot").debug("ours")
    written = capsys.readouterr().err
    assert "HTTP Request" not in written
    assert "connect_tcp" not in written
    assert "ours" in written
