"""Updates wait for the bot until it has acknowledged them, by polling and by webhook."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from telegram import Bot
from telegram.error import BadRequest, Conflict
from telegram.ext import ApplicationBuilder

from bot.sandbox import Person, Sandbox
from tests.bot.sandbox.conftest import TOKEN
from tests.patience import PATIENCE

SECRET = "only-you-and-me_1"


async def texts(bot: Bot, **options: Any) -> list[str | None]:
    updates = await bot.get_updates(**options)
    return [update.message.text for update in updates if update.message]


async def begun(sandbox: Sandbox) -> None:
    """Until the first poll has come in."""
    async with asyncio.timeout(PATIENCE):
        while not sandbox._state.updates._poller:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_updates_stay_until_acknowledged(bot: Bot, sandbox: Sandbox) -> None:
    anna = sandbox.person()
    for text in ("one", "two", "three"):
        await anna.send_text(text)
    assert await texts(bot, limit=2) == ["one", "two"]
    first = (await bot.get_updates())[0].update_id

    async with Bot(TOKEN, base_url=f"{sandbox.api_url}/bot") as restarted:
        assert await texts(restarted) == ["one", "two", "three"]
        assert await texts(restarted, offset=first + 2) == ["three"]
        assert sandbox.pending_updates == 1


async def test_a_negative_offset_forgets_the_older_ones(bot: Bot, sandbox: Sandbox) -> None:
    for text in ("one", "two", "three"):
        await sandbox.person(1).send_text(text)
    assert await texts(bot, offset=-2) == ["two", "three"]
    assert await texts(bot) == ["two", "three"]


async def test_a_poll_waits_for_the_next_update(bot: Bot, sandbox: Sandbox) -> None:
    poll = asyncio.create_task(texts(bot, timeout=20))
    await begun(sandbox)
    assert not poll.done()
    await sandbox.person().send_text("at last")
    assert await asyncio.wait_for(poll, 2) == ["at last"]


async def test_a_poll_ends_empty_in_time(bot: Bot) -> None:
    async with asyncio.timeout(PATIENCE):
        assert await bot.get_updates(timeout=1) == ()


async def test_two_bots_cannot_poll_at_once(bot: Bot, sandbox: Sandbox) -> None:
    older = asyncio.create_task(bot.get_updates(timeout=20))
    await begun(sandbox)
    async with Bot(TOKEN, base_url=f"{sandbox.api_url}/bot") as other:
        newer = asyncio.create_task(texts(other, timeout=20))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await older
        await sandbox.person().send_text("hello")
        assert await newer == ["hello"]


async def test_a_bot_that_stops_is_no_conflict(sandbox: Sandbox) -> None:
    """It gives up the poll that waits, and acknowledges by another what it has got."""
    await sandbox.person().send_text("hello")
    application = ApplicationBuilder().token(TOKEN).base_url(f"{sandbox.api_url}/bot").build()
    async with application:
        await application.updater.start_polling()
        assert (await application.update_queue.get()).message.text == "hello"
        while sandbox.pending_updates:  # noqa: ASYNC110 - until the next poll waits
            await asyncio.sleep(0.01)
        await application.updater.stop()
    polls = [call for call in sandbox.calls if call.method == "getUpdates"]
    assert [call.error for call in polls] == [None] * 3


async def test_only_wanted_kinds_are_kept(bot: Bot, sandbox: Sandbox) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    await sandbox.person().send_text("unheard")
    assert sandbox.pending_updates == 0
    await bot.get_updates(allowed_updates=[])
    await sandbox.person(1001).send_text("heard")
    assert await texts(bot) == ["heard"]


async def test_a_stop_ends_polls_at_once(sandbox: Sandbox, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await begun(sandbox)
    async with asyncio.timeout(PATIENCE):
        await sandbox.stop()
        assert await poll == ()


class Hook:
    """A webhook that notes what it gets, and can be told to fail."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.answers: list[int] = []
        self.got = asyncio.Event()
        self.held: dict[int, asyncio.Event] = {}  # by chat: its updates wait for that
        self.arrived: list[int] = []  # the chats of the updates that came, taken or not

    async def take(self, request: web.Request) -> web.Response:
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            body = await request.json()
            chat_id = body["message"]["chat"]["id"]
            self.arrived.append(chat_id)
            if chat_id in self.held:
                await self.held[chat_id].wait()
            self.bodies.append(body)
            self.got.set()
        return web.Response(status=status)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/updates", hook.take)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/updates"
    yield hook
    await runner.cleanup()


async def test_a_webhook_gets_updates_with_the_secret(bot: Bot, sandbox: Sandbox, hook: Hook) -> None:
    await sandbox.person().send_text("before")
    await bot.set_webhook(hook.url, secret_token=SECRET)
    await asyncio.wait_for(hook.got.wait(), 5)

    assert [body["message"]["text"] for body in hook.bodies] == ["before"]
    assert hook.secrets == [SECRET]
    with pytest.raises(Conflict, match="while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert (await bot.get_webhook_info()).url == ""
    assert await bot.get_updates() == ()


async def until(seen: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not seen():  # noqa: ASYNC110 - it is elsewhere
            await asyncio.sleep(0.01)


async def test_a_slow_answer_holds_up_only_its_own_chat(bot: Bot, sandbox: Sandbox, hook: Hook) -> None:
    anna, boris = sandbox.person(1001), sandbox.person(1002)
    hook.held[anna.user_id] = asyncio.Event()
    await bot.set_webhook(hook.url)
    for text in ("one", "two", "three"):
        await anna.send_text(text)
    await until(lambda: anna.user_id in hook.arrived)
    for text in ("four", "five"):
        await boris.send_text(text)
    await until(lambda: len(hook.bodies) == 2)
    assert hook.arrived.count(anna.user_id) == 1  # the next one comes when this one has been taken
    assert sandbox.pending_updates >= 3
    hook.held[anna.user_id].set()
    await until(lambda: sandbox.pending_updates == 0)
    told = [body["message"]["text"] for body in hook.bodies]
    assert told == ["four", "five", "one", "two", "three"]


async def test_no_more_updates_at_once_than_the_bot_wants(bot: Bot, sandbox: Sandbox, hook: Hook) -> None:
    anna, boris = sandbox.person(1001), sandbox.person(1002)
    hook.held[anna.user_id] = asyncio.Event()
    await bot.set_webhook(hook.url, max_connections=1)
    await anna.send_text("one")
    await until(lambda: anna.user_id in hook.arrived)
    await boris.send_text("two")
    hook.held[anna.user_id].set()
    await until(lambda: sandbox.pending_updates == 0)
    assert [body["message"]["text"] for body in hook.bodies] == ["one", "two"]


async def test_a_webhook_that_fails_is_tried_again(bot: Bot, sandbox: Sandbox, hook: Hook) -> None:
    hook.answers = [500]
    await bot.set_webhook(hook.url)
    await sandbox.person().send_text("hard to deliver")
    await asyncio.wait_for(hook.got.wait(), 5)

    info = await bot.get_webhook_info()
    assert len(hook.secrets) == 2
    assert hook.bodies[0]["message"]["text"] == "hard to deliver"
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"


async def test_a_webhook_may_be_away_for_a_while(bot: Bot, sandbox: Sandbox) -> None:
    await bot.set_webhook("http://127.0.0.1:9/nobody")
    await sandbox.person().send_text("patience")
    async with asyncio.timeout(PATIENCE):
        while (await bot.get_webhook_info()).last_error_message is None:  # noqa: ASYNC110 - it is elsewhere
            await asyncio.sleep(0.05)
    assert (await bot.get_webhook_info()).pending_update_count == 1
    await bot.delete_webhook(drop_pending_updates=True)
    assert sandbox.pending_updates == 0


async def test_webhooks_that_are_refused(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="this machine only"):
        await bot.set_webhook("https://example.com/updates")
    with pytest.raises(BadRequest, match=r"(?i)HTTPS URL must be provided"):
        await bot.set_webhook("gopher://127.0.0.1")
    with pytest.raises(BadRequest, match="unallowed characters"):
        await bot.set_webhook("http://127.0.0.1/x", secret_token="not secret!")


async def test_the_server_can_be_away(bot: Bot, sandbox: Sandbox, anna: Person) -> None:
    url = sandbox.api_url
    async with sandbox.away():
        await anna.send_text("while you were out")
    assert sandbox.api_url == url
    assert await texts(bot) == ["/start", "while you were out"]
    assert (await bot.send_message(anna.user_id, "back")).text == "back"
