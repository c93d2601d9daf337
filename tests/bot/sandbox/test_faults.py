"""Trouble on demand, and the limits on how fast a bot may send."""

import time

import aiohttp
import pytest
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, NetworkError, RetryAfter, TelegramError

from bot.sandbox import Person, Sandbox
from bot.sandbox.errors import ApiError
from bot.sandbox.limits import RateLimits
from bot.sandbox.model import Chat, User
from tests.bot.sandbox.conftest import TOKEN


async def test_as_many_failures_as_asked_for(bot: Bot, sandbox: Sandbox, anna: Person) -> None:
    sandbox.fail_next("sendMessage", 500, "Internal Server Error", times=2)
    for _ in range(2):
        with pytest.raises(TelegramError, match="Internal Server Error"):
            await bot.send_message(anna.user_id, "x")
    await bot.send_message(anna.user_id, "through")
    assert [message.text for message in anna.messages] == ["/start", "through"]
    assert [call.error for call in sandbox.calls] == [None, 500, 500, None]


async def test_any_method_and_no_more(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.fail_next("*", 502, "Bad Gateway", times=5)
    with pytest.raises(TelegramError, match="Bad Gateway"):
        await bot.get_me()
    sandbox.clear_faults()
    await bot.get_me()


async def test_a_failing_download(bot: Bot, sandbox: Sandbox, anna: Person) -> None:
    sent = await anna.send_document(b"content")
    assert sent.document is not None
    file = await bot.get_file(sent.document.file.file_id)
    sandbox.fail_next("download", 503, "Service Unavailable")
    with pytest.raises(TelegramError):
        await file.download_as_bytearray()
    assert await file.download_as_bytearray() == b"content"


async def test_a_dropped_connection_before_and_after(bot: Bot, sandbox: Sandbox, anna: Person) -> None:
    sandbox.drop_next("sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(anna.user_id, "never sent")
    sandbox.drop_next("sendMessage", after=True)
    with pytest.raises(NetworkError):
        await bot.send_message(anna.user_id, "sent all the same")
    assert [message.text for message in anna.messages] == ["/start", "sent all the same"]


async def test_a_slow_answer(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.delay_next("getMe", 0.3)
    begun = time.monotonic()
    await bot.get_me()
    assert time.monotonic() - begun >= 0.3


async def test_a_page_of_somebody_else(bot: Bot, sandbox: Sandbox, anna: Person) -> None:
    sandbox.garble_next("sendMessage")
    with pytest.raises(TelegramError):
        await bot.send_message(anna.user_id, "never sent")
    await bot.send_message(anna.user_id, "through")
    assert [message.text for message in anna.messages] == ["/start", "through"]


async def test_a_page_of_somebody_else_in_place_of_a_file(sandbox: Sandbox, anna: Person) -> None:
    sent = await anna.send_document(b"content", "a.jpg", "image/jpeg")
    assert sent.document is not None
    address = f"{sandbox.api_url}/file/bot{TOKEN}/{sent.document.file.path}"
    sandbox.garble_next("download")
    async with aiohttp.ClientSession() as client:
        async with client.get(address) as response:
            assert (response.status, response.content_type) == (200, "text/html")
            assert b"hotel" in await response.read()
        async with client.get(address) as response:
            assert await response.read() == b"content"


async def test_a_download_that_is_cut_off_in_the_middle(bot: Bot, sandbox: Sandbox, anna: Person) -> None:
    sent = await anna.send_document(b"content" * 10_000)
    assert sent.document is not None
    file = await bot.get_file(sent.document.file.file_id)
    sandbox.drop_next("download", after=True)
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    assert await file.download_as_bytearray() == b"content" * 10_000


async def test_a_group_that_becomes_a_supergroup(bot: Bot, sandbox: Sandbox, anna: Person) -> None:
    group = sandbox.group("Family", [anna])
    await bot.send_message(group.id, "hello")
    supergroup = sandbox.upgrade(group, anna)
    with pytest.raises(ChatMigrated) as refusal:
        await bot.send_message(group.id, "hello again")
    assert refusal.value.new_chat_id == supergroup.id
    await bot.send_message(supergroup.id, "hello there")
    assert [message.text for message in supergroup.messages.values()] == ["hello there"]
    told = [update.message for update in await bot.get_updates(timeout=0) if update.message]
    moved = [(message.chat_id, message.migrate_to_chat_id, message.migrate_from_chat_id) for message in told]
    assert moved[-2:] == [(group.id, supergroup.id, None), (supergroup.id, None, group.id)]


async def test_limits_are_counted_but_not_enforced(bot: Bot, sandbox: Sandbox, anna: Person) -> None:
    for number in range(6):
        await bot.send_message(anna.user_id, str(number))
    assert sandbox.violations["chat"] >= 1
    assert sandbox.violations["all"] == 0


async def test_limits_are_enforced_when_asked() -> None:
    async with Sandbox(TOKEN, rate_limits=True) as sandbox:
        anna = sandbox.person()
        await anna.send_text("/start")
        async with Bot(TOKEN, base_url=f"{sandbox.api_url}/bot") as bot:
            with pytest.raises(RetryAfter):
                for number in range(20):
                    await bot.send_message(anna.user_id, str(number))
            with pytest.raises(BadRequest):  # refused for what it is, and costs nothing
                await bot.send_message(5, "nobody")
    assert sandbox.violations == {"chat": 1}
    assert len(anna.messages) < 20


def test_buckets_fill_again() -> None:
    now = 0.0
    limits = RateLimits(lambda: now, enforce=True)
    chat = Chat(1, "private", members={1: User(1, "Anna")})
    limits.spend(chat, 4)
    with pytest.raises(ApiError) as refusal:
        limits.spend(chat)
    assert (refusal.value.code, refusal.value.retry_after) == (429, 1)
    now = 1.0
    limits.spend(chat)
    now = 1.5
    with pytest.raises(ApiError):
        limits.spend(chat)
    assert limits.violations == {"chat": 2}


def test_groups_and_everybody_have_limits_of_their_own() -> None:
    limits = RateLimits(lambda: 0.0, enforce=True)
    group = Chat(-1, "group", "Friends")
    for _ in range(20):
        limits.spend(group)
    with pytest.raises(ApiError, match="retry after 3"):
        limits.spend(group)
    for person in range(10):
        limits.spend(Chat(person, "private"))
    with pytest.raises(ApiError, match="retry after 1"):
        limits.spend(Chat(99, "private"))
    assert limits.violations == {"group": 1, "all": 1}


def test_a_chat_that_is_held_is_refused_until_its_time() -> None:
    now = 0.0
    limits = RateLimits(lambda: now)
    anna, boris = Chat(1, "private"), Chat(2, "private")
    limits.hold(10, anna)
    now = 7.5
    with pytest.raises(ApiError) as refusal:
        limits.spend(anna)
    assert (refusal.value.code, refusal.value.retry_after) == (429, 3)
    limits.spend(boris)
    limits.hold(5)
    with pytest.raises(ApiError):
        limits.spend(boris)
    now = 12.6
    limits.spend(anna)
    limits.spend(boris)
    assert limits.violations == {}
