"""Updates by webhook, over the sandbox with the real engine."""

import asyncio
import gc
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.connection import StartError
from bot.sandbox import Person, Sandbox
from bot.settings import Settings
from tests.bot.chat import picture, result_of
from tests.bot.conftest import StartBot


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def test_a_painting_by_webhook(start_bot: StartBot, anna: Person, port: int) -> None:
    url = f"http://127.0.0.1:{port}/secret/path"
    async with start_bot(bot_mode="webhook", bot_webhook_url=url, bot_webhook_port=port):
        await anna.send_photo(picture(), "/style ink")
        await result_of(anna)


async def test_only_telegram_is_heard(start_bot: StartBot, anna: Person, port: int) -> None:
    url = f"http://127.0.0.1:{port}/hook"

    def call(secret: str) -> int:
        request = urllib.request.Request(
            url,
            b'{"update_id": 1}',
            {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    async with start_bot(
        bot_mode="webhook", bot_webhook_url=url, bot_webhook_port=port, bot_webhook_secret="right"
    ):
        assert await asyncio.to_thread(call, "wrong") == 403
        assert await asyncio.to_thread(call, "right") == 200


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # tornado leaves its socket
async def test_a_port_that_is_taken_is_one_clear_sentence(
    start_bot: StartBot, sandbox: Sandbox, settings: Callable[..., Settings]
) -> None:
    taken = int(sandbox.api_url.rpartition(":")[2])
    with pytest.raises(StartError, match=rf"127.0.0.1:{taken} cannot be listened on"):
        async with start_bot(
            bot_mode="webhook", bot_webhook_url="http://127.0.0.1/hook", bot_webhook_port=taken
        ):
            pass
    gc.collect()


async def test_telegram_is_heard_of_in_quiet_times_and_its_complaints_are_logged(
    start_bot: StartBot,
    anna: Person,
    sandbox: Sandbox,
    port: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("bot.connection.WEBHOOK_SECONDS", 0.05)
    url = f"http://127.0.0.1:{port}/hook"
    async with start_bot(bot_mode="webhook", bot_webhook_url=url, bot_webhook_port=port):
        sandbox._webhook._settings = replace(sandbox._webhook._settings, secret="wrong")
        await sandbox._webhook.pause()
        sandbox._webhook.resume()
        await anna.send_text("hello")
        async with asyncio.timeout(10):
            while "Telegram could not call the webhook" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert "Wrong response from the webhook: 403" in caplog.text
    assert len([call for call in sandbox.calls if call.method == "getWebhookInfo"]) > 1
