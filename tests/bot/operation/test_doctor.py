"""`python -m bot doctor`: each line says ok, or what is wrong and what to do."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from telegram.error import Conflict

from bot.dask.executor import DaskExecutor
from bot.executor import StyleExecutor
from bot.operation import telegram_ailments
from bot.operation.ailments import Ailment
from bot.operation.doctor import examine
from bot.operation.telegram_ailments import bare_bot, check_clock, check_updates
from bot.sandbox import Person, Sandbox
from bot.settings import Settings
from tests.bot.conftest import StartBot
from tests.bot.end_to_end.chat import picture
from tests.patience import PATIENCE


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_ailments, "LISTEN_SECONDS", 1.0)


async def fault_of(check: Awaitable[str]) -> str:
    with pytest.raises(Ailment) as raised:
        await check
    return f"{raised.value}. {raised.value.remedy}"


async def test_a_healthy_bot(settings: Callable[..., Settings], capsys: pytest.CaptureFixture[str]) -> None:
    assert await examine(settings(), StyleExecutor()) == 0
    told = capsys.readouterr().out
    lines = told.splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == [
        "ok     Telegram",
        "ok     Updates",
        "ok     Clock",
        "ok     Webhook",
        "ok     Folder",
        "ok     Database",
        "ok     Presets",
        "ok     Ports",
        "ok     Memory",
        "ok     Executor",
        "ok     Device",
        "ok     Painting",
    ]
    assert "@sandbox_bot" in told
    assert lines[-1] == "All is well."


async def test_without_a_token(settings: Callable[..., Settings], capsys: pytest.CaptureFixture[str]) -> None:
    assert await examine(settings(bot_token=""), StyleExecutor()) == 0
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
    assert await examine(sick, StyleExecutor()) == 1
    told = capsys.readouterr().out
    wrong = [line.split()[1] for line in told.splitlines() if line.startswith("wrong")]
    assert wrong == ["Telegram:", "Folder:", "Presets:", "Device:", "Painting:"]
    assert "@BotFather shows the right one" in told
    assert "set BOT_DATA_DIR to another folder" in told
    assert "Set STYLER_DEVICE to auto or cpu" in told
    assert "stolen-and-secret" not in told


async def test_a_server_that_is_away(
    settings: Callable[..., Settings], capsys: pytest.CaptureFixture[str], sandbox: Sandbox
) -> None:
    async with sandbox.away():
        assert await examine(settings(), StyleExecutor()) == 1
    told = capsys.readouterr().out
    assert "cannot be reached" in told
    assert "Check the network" in told


@pytest.mark.parametrize(("ahead", "which"), [(3600, "3600 s ahead"), (-120, "120 s behind")])
async def test_a_clock_that_is_wrong(settings: Callable[..., Settings], ahead: int, which: str) -> None:
    second, line = 0, ""
    while second != int(time.time()):  # until question and answer fall into one second
        second = int(time.time())
        line = await fault_of(check_clock(settings(), lambda: int(time.time()) + ahead))
    assert line.startswith(f"this machine's clock is {which} of the server's. ")
    assert "timedatectl set-ntp true" in line


async def test_somebody_elses_webhook(settings: Callable[..., Settings]) -> None:
    async with bare_bot(settings()) as bot:
        await bot.set_webhook("http://127.0.0.1:9/a-secret-path")
    line = await fault_of(check_updates(settings()))
    assert line.startswith("a webhook is set for 127.0.0.1, so that polling gets nothing.")
    mine = settings(bot_mode="webhook", bot_webhook_url="http://127.0.0.1:8/hook")
    other = await fault_of(check_updates(mine))
    assert other.startswith("a webhook is set for 127.0.0.1, which is not BOT_WEBHOOK_URL.")
    assert "a-secret-path" not in line + other


async def test_a_webhook_that_cannot_be_called(settings: Callable[..., Settings], anna: Person) -> None:
    mine = settings(bot_mode="webhook", bot_webhook_url="http://127.0.0.1:9/hook")
    assert await check_updates(mine) == "the webhook is not set yet"
    async with bare_bot(mine) as bot:
        await bot.set_webhook(mine.bot_webhook_url)
        assert await check_updates(mine) == "a webhook, 0 updates wait"
        await anna.send_text("hello")
        async with asyncio.timeout(PATIENCE):
            while not (await bot.get_webhook_info()).last_error_date:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    line = await fault_of(check_updates(mine))
    assert line.startswith("Telegram could not call the webhook: Connection failed")
    assert "Look at the reverse proxy" in line


async def test_another_bot_with_this_token(settings: Callable[..., Settings], anna: Person) -> None:
    async def poll_for_ever() -> None:
        async with bare_bot(settings()) as other:
            while True:
                with contextlib.suppress(Conflict):
                    await other.get_updates(timeout=1)
                await asyncio.sleep(0.1)

    other = asyncio.create_task(poll_for_ever())
    line = await fault_of(check_updates(settings()))
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)
    assert line.startswith("another bot runs with this token. Stop it: two cannot share a token.")


async def test_updates_that_wait_are_left_alone(
    settings: Callable[..., Settings], anna: Person, sandbox: Sandbox
) -> None:
    await anna.send_photo(picture())
    assert await check_updates(settings()) == "polling, nobody else does (1 wait)"
    assert sandbox.pending_updates == 1


async def test_the_doctor_beside_the_running_bot(
    start_bot: StartBot, settings: Callable[..., Settings], caplog: pytest.LogCaptureFixture
) -> None:
    async with start_bot():
        assert (await check_updates(settings())).startswith("the bot runs, and takes them")
    assert "No updates" not in caplog.text


async def test_presets_that_are_broken(
    settings: Callable[..., Settings], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "presets"
    folder.mkdir()
    (folder / "rain.jpg").write_bytes(picture())
    (folder / "torn.jpg").write_bytes(picture()[:300])
    (folder / "presets.toml").write_text("[rain\n")
    assert await examine(settings(bot_token="", bot_presets_dir=folder), StyleExecutor()) == 1
    told = capsys.readouterr().out
    [line] = [line for line in told.splitlines() if "Presets" in line]
    assert line.startswith("wrong  Presets:")
    assert "presets.toml is not used" in line
    assert "torn.jpg is skipped" in line
    assert f"Mend or remove what is named there, in {folder}." in told


async def test_weights_that_are_damaged(
    settings: Callable[..., Settings], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    weights = tmp_path / "vgg19.pth"
    weights.write_bytes(b"PK\x03\x04 cut short")
    assert await examine(settings(bot_token="", styler_weights=str(weights)), StyleExecutor()) == 1
    told = capsys.readouterr().out
    assert f"wrong  Painting: {weights} is not a weights file that can be trusted" in told
    assert "Look at STYLER_WEIGHTS" in told


async def test_a_scheduler_that_is_not_there(
    settings: Callable[..., Settings],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    port: int,
) -> None:
    monkeypatch.setattr("bot.dask.executor.CONNECT_SECONDS", 0.5)
    address = f"tcp://127.0.0.1:{port}"
    assert await examine(settings(styler_executor=address), DaskExecutor(address)) == 1
    told = capsys.readouterr().out
    assert f"wrong  Executor: there is no Dask scheduler at tcp://127.0.0.1:{port}" in told
    assert "Device" not in told and "Painting" not in told, "they would be looked at there"
