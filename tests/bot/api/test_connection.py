import pytest
from telegram.error import Conflict, NetworkError

from bot.api.connection import COMPLAINT_SECONDS, complaints


def test_each_complaint_is_logged_seldom(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    complain = complaints(lambda: now)
    for error in (Conflict("taken"), Conflict("taken"), NetworkError("away"), Conflict("taken")):
        complain(error)
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
    assert "another program takes them with this token" in caplog.messages[0]
    now = COMPLAINT_SECONDS
    complain(NetworkError("away"))
    complain(NetworkError("away"))
    assert len(caplog.messages) == 3
