"""`python -m bot doctor`: each line says ok, or what is wrong and what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.doctor import examine
from bot.sandbox import Sandbox
from bot.settings import Settings


async def test_a_healthy_bot(settings: Callable[..., Settings], capsys: pytest.CaptureFixture[str]) -> None:
    assert await examine(settings()) == 0
    told = capsys.readouterr().out
    lines = told.splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == [
        "ok     Telegram",
        "ok     Folder",
        "ok     Presets",
        "ok     Device",
        "ok     Painting",
    ]
    assert "@sandbox_bot" in told
    assert lines[-1] == "All is well."


async def test_without_a_token(settings: Callable[..., Settings], capsys: pytest.CaptureFixture[str]) -> None:
    assert await examine(settings(bot_token="")) == 0
    assert "the sandbox will be used" in capsys.readouterr().out


async def test_all_that_is_wrong_is_told_with_its_remedy(
    settings: Callable[..., Settings],
    capsys: pytest.CaptureFixture[str],
    sandbox: Sandbox,
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("no folder")
    weights = tmp_path / "empty.pth"
    weights.write_bytes(b"")
    sick = settings(
        bot_token="666:stolen-and-secret",
        bot_data_dir=tmp_path / "file" / "data",
        bot_presets_dir=tmp_path / "nowhere",
        styler_device="cuda:99",
        styler_weights=str(weights),
    )
    assert await examine(sick) == 1
    told = capsys.readouterr().out
    assert told.count("wrong  ") == 5
    assert "ok     " not in told
    assert "@BotFather shows the right one" in told
    assert "set BOT_DATA_DIR to another folder" in told
    assert "Set STYLER_DEVICE to auto or cpu" in told
    assert "stolen-and-secret" not in told


async def test_a_server_that_is_away(
    settings: Callable[..., Settings], capsys: pytest.CaptureFixture[str], sandbox: Sandbox
) -> None:
    async with sandbox.away():
        assert await examine(settings()) == 1
    told = capsys.readouterr().out
    assert "cannot be reached" in told
    assert "Check the network" in told
