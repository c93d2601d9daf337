"""Updates by webhook, over the sandbox with the real engine."""

import asyncio
import gc
import json
import logging
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from bot.api.connection import MAX_UPDATE_BYTES, StartError
from bot.logs import set_up_logging
from bot.sandbox import Person, Sandbox
from bot.settings import Settings
from tests.bot.conftest import StartBot
from tests.bot.end_to_end.chat import picture, result_of, says
from tests.patience import PATIENCE


async def test_a_painting_by_webhook(start_bot: StartBot, anna: Person, port: int) -> None:
    url = f"http://127.0.0.1:{port}/secret/path"
    async with start_bot(bot_mode="webhook", bot_webhook_url=url, bot_webhook_port=port):
        await anna.send_photo(picture(), "/style ink")
        await result_of(anna)


Headers = dict[str, str]
RIGHT: Headers = {"X-Telegram-Bot-Api-Secret-Token": "right"}


@pytest.fixture
async def call(start_bot: StartBot, port: int) -> AsyncIterator[Callable[..., Awaitable[int]]]:
    """Posts to a bot's webhook; the status of the answer, 0 when there is none."""
    url = f"http://127.0.0.1:{port}/hook"

    def post(body: bytes, headers: Headers, path: str = "") -> int:
        request = urllib.request.Request(url + path, body, {"Content-Type": "application/json"} | headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return 0

    async def call(body: bytes, headers: Headers, path: str = "") -> int:
        return await asyncio.to_thread(post, body, headers, path)

    settings = {"bot_webhook_url": url, "bot_webhook_port": port, "bot_webhook_secret": "right"}
    async with start_bot(bot_mode="webhook", **settings):
        yield call


Call = Callable[..., Awaitable[int]]


async def test_only_telegram_is_heard(call: Call) -> None:
    update = b'{"update_id": 1}'
    assert await call(update, RIGHT) == 200
    assert await call(update, RIGHT, "/elsewhere") == 404
    for secret in ("wrong", "", "Right", "right ", "rightright", "\xe9"):
        expected = 200 if secret.strip() == "right" else 403
        assert await call(update, {"X-Telegram-Bot-Api-Secret-Token": secret}) == expected, secret
    assert await call(update, {}) == 403
    assert await call(update, RIGHT | {"Content-Type": "text/plain"}) == 403


async def test_a_body_larger_than_any_update_is_not_read(call: Call, anna: Person) -> None:
    for headers in (RIGHT, {}):
        assert await call(b" " * (MAX_UPDATE_BYTES + 1), headers) in {0, 400, 413}
    assert await call(b'{"update_id": 1}' + b" " * 100_000, RIGHT) == 200
    await anna.send_text("/help")
    await anna.wait_for(says("photo"))


async def test_an_update_that_makes_no_sense_is_not_written_into_the_log(
    call: Call, anna: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    set_up_logging("DEBUG", [])
    try:
        body = json.dumps({"update_id": 1, "message": {"text": "Figwort"}}).encode()
        assert await call(body, RIGHT) == 200, "else it is repeated for a day"
        assert await call(body, {}) == 403
    finally:
        root.handlers[:], root.level = before
        logging.captureWarnings(False)
    written = capsys.readouterr().err
    assert written.count("Update 1 cannot be read (KeyError) and is left out.") == 1
    assert "Figwort" not in written
    await anna.send_text("/help")
    await anna.wait_for(says("photo"))


@pytest.mark.parametrize("body", [b"", b"no JSON", b"\xff", b"5", b"[]", b"{}", b'{"update_id": "x"}'])
async def test_whatever_telegram_says_is_taken(call: Call, anna: Person, body: bytes) -> None:
    assert await call(body, RIGHT) == 200
    await anna.send_text("/help")
    await anna.wait_for(says("photo"))


async def test_an_update_that_cannot_be_read_holds_up_no_other_by_webhook(
    start_bot: StartBot, sandbox: Sandbox, anna: Person, port: int
) -> None:
    url = f"http://127.0.0.1:{port}/hook"
    async with start_bot(bot_mode="webhook", bot_webhook_url=url, bot_webhook_port=port):
        sandbox._state.updates.push("message", {"date": "never", "chat": {"id": anna.user_id}})
        await anna.send_text("/help")
        await anna.wait_for(says("photo"))
        async with asyncio.timeout(PATIENCE):
            while sandbox.pending_updates:  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_without_a_secret_in_the_settings_there_is_a_new_one_each_time(
    start_bot: StartBot, sandbox: Sandbox, port: int
) -> None:
    url = f"http://127.0.0.1:{port}/hook"
    for _ in range(2):
        async with start_bot(bot_mode="webhook", bot_webhook_url=url, bot_webhook_port=port):
            pass
    asked = [call.parameters for call in sandbox.calls if call.method == "setWebhook"]
    secrets = {parameters["secret_token"] for parameters in asked}
    assert len(secrets) == 2
    assert min(map(len, secrets)) >= 32
    assert all(sandbox.token not in parameters["url"] for parameters in asked)


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


async def test_an_address_that_telegram_refuses_is_one_clear_sentence(
    start_bot: StartBot, sandbox: Sandbox, port: int
) -> None:
    words = "Bad Request: bad webhook: Failed to resolve host: Name or service not known"
    sandbox.fail_next("setWebhook", 400, words, times=1000)
    with pytest.raises(StartError, match="not take BOT_WEBHOOK_URL: Bad webhook: failed to resolve host"):
        async with asyncio.timeout(PATIENCE):
            async with start_bot(
                bot_mode="webhook", bot_webhook_url="http://localhost/hook", bot_webhook_port=port
            ):
                pass


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_telegram_away_while_the_webhook_is_set_or_deleted_is_waited_for_and_told(
    start_bot: StartBot,
    sandbox: Sandbox,
    anna: Person,
    port: int,
    mode: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("bot.api.connection.PAUSES", (0.05,))
    root = logging.getLogger()
    before = root.handlers[:], root.level
    set_up_logging("INFO", [])
    try:
        sandbox.fail_next("setWebhook" if mode == "webhook" else "deleteWebhook", 502, "Bad Gateway", times=6)
        url = f"http://127.0.0.1:{port}/hook"
        async with start_bot(bot_mode=mode, bot_webhook_url=url, bot_webhook_port=port):
            await anna.send_text("/help")
            await anna.wait_for(says("photo"))
    finally:
        root.handlers[:], root.level = before
        logging.captureWarnings(False)
    written = capsys.readouterr().err
    assert "cannot be reached (Bad Gateway); trying again in" in written
    assert "Traceback" not in written


async def test_telegram_is_heard_of_in_quiet_times_and_its_complaints_are_logged(
    start_bot: StartBot,
    anna: Person,
    sandbox: Sandbox,
    port: int,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("bot.api.connection.WEBHOOK_SECONDS", 0.05)
    url = f"http://127.0.0.1:{port}/hook"
    async with start_bot(bot_mode="webhook", bot_webhook_url=url, bot_webhook_port=port):
        sandbox._webhook._settings = replace(sandbox._webhook._settings, secret="wrong")
        await sandbox._webhook.pause()
        sandbox._webhook.resume()
        await anna.send_text("hello")
        async with asyncio.timeout(PATIENCE):
            while "Telegram could not call the webhook" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert "Wrong response from the webhook: 403" in caplog.text
    assert len([call for call in sandbox.calls if call.method == "getWebhookInfo"]) > 1
