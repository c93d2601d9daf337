"""Which calls are tried again, how often, and which are not; over the sandbox and its faults."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut
from telegram.request import HTTPXRequest

from bot.api.legible import legible
from bot.api.retries import PAUSES, PatientRequest, UpdatesRequest, is_passing
from bot.api.transport import AiohttpRequest, Patience
from bot.sandbox import Message, Person, Sandbox
from tests.bot.api.scripted import Scripted

SHORT = 0.01
ALL = len(PAUSES) + 1  # attempts at a call
WAYS = [
    pytest.param(lambda: AiohttpRequest(2, Patience(read=0.3)), id="aiohttp"),
    pytest.param(lambda: HTTPXRequest(read_timeout=0.3, httpx_kwargs={"trust_env": False}), id="httpx"),
]


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.api.retries.PAUSES", (SHORT,) * len(PAUSES))


@pytest.fixture(params=WAYS)
async def speaker(sandbox: Sandbox, request: pytest.FixtureRequest) -> AsyncIterator[Bot]:
    bot = Bot(
        sandbox.token,
        base_url=f"{sandbox.api_url}/bot",
        base_file_url=f"{sandbox.api_url}/file/bot",
        request=PatientRequest(request.param()),
        get_updates_request=UpdatesRequest(request.param()),
    )
    async with bot:
        yield bot


@pytest.fixture
async def words(anna: Person, speaker: Bot) -> Message:
    """Something the bot has said."""
    await anna.send_text("/start")
    await speaker.send_message(anna.chat.id, "hello")
    return anna.messages[-1]


def attempts(sandbox: Sandbox, method: str) -> int:
    return sum(call.method == method for call in sandbox.calls)


@pytest.mark.parametrize("code", [500, 502, 503, 504])
async def test_what_telegram_fails_at_is_tried_again(
    speaker: Bot, sandbox: Sandbox, words: Message, anna: Person, code: int
) -> None:
    sandbox.fail_next("sendMessage", code, "Something of ours", times=ALL - 1)
    await speaker.send_message(anna.chat.id, "again")
    assert [message.text for message in anna.messages] == ["/start", "hello", "again"]


async def test_tries_have_an_end(speaker: Bot, sandbox: Sandbox, words: Message, anna: Person) -> None:
    sandbox.fail_next("sendMessage", 502, "Bad Gateway", times=100)
    before = attempts(sandbox, "sendMessage")
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await speaker.send_message(anna.chat.id, "again")
    assert attempts(sandbox, "sendMessage") - before == ALL


async def test_no_attempt_is_begun_after_a_minute(
    speaker: Bot, sandbox: Sandbox, words: Message, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.api.retries.LONGEST", 0.0)
    sandbox.fail_next("sendMessage", 502, "Bad Gateway", times=100)
    before = attempts(sandbox, "sendMessage")
    with pytest.raises(NetworkError):
        await speaker.send_message(anna.chat.id, "again")
    assert attempts(sandbox, "sendMessage") - before == 1


@pytest.mark.parametrize("after", [True, False])
async def test_an_edit_whose_connection_is_cut_is_made_again(
    speaker: Bot, sandbox: Sandbox, words: Message, anna: Person, after: bool
) -> None:
    sandbox.drop_next("editMessageText", times=ALL - 1, after=after)
    try:
        await speaker.edit_message_text("changed", anna.chat.id, words.id)
    except BadRequest as error:
        assert after
        assert "not modified" in error.message
    assert words.text == "changed"


async def test_a_message_that_may_have_been_sent_is_sent_once_more_and_no_oftener(
    speaker: Bot, sandbox: Sandbox, words: Message, anna: Person
) -> None:
    sandbox.drop_next("sendMessage")
    await speaker.send_message(anna.chat.id, "one")
    sandbox.drop_next("sendMessage", times=100, after=True)
    with pytest.raises(NetworkError):
        await speaker.send_message(anna.chat.id, "two")
    assert [message.text for message in anna.messages] == ["/start", "hello", "one", "two", "two"]


async def test_an_answer_that_does_not_come_is_asked_for_again(
    speaker: Bot, sandbox: Sandbox, words: Message, anna: Person
) -> None:
    sandbox.delay_next("deleteMessage", 1.0, times=2)
    assert await speaker.delete_message(anna.chat.id, words.id)
    sandbox.delay_next("sendMessage", 1.0, times=2)
    with pytest.raises(TimedOut):
        await speaker.send_message(anna.chat.id, "late")


async def test_a_server_away_for_a_moment_is_waited_for(
    speaker: Bot, sandbox: Sandbox, words: Message, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.api.retries.PAUSES", (0.2,) * 20)
    async with sandbox.away():
        sending = asyncio.create_task(speaker.send_message(anna.chat.id, "there again"))
        await asyncio.sleep(0.5)
        assert not sending.done()
    await sending
    assert anna.messages[-1].text == "there again"
    assert len(anna.messages) == 3, "nothing was sent while nobody was there"


async def test_a_page_of_somebody_else_is_no_answer(
    speaker: Bot, sandbox: Sandbox, words: Message, anna: Person
) -> None:
    sandbox.garble_next("sendMessage", times=ALL - 1)
    await speaker.send_message(anna.chat.id, "again")
    assert anna.messages[-1].text == "again"
    sandbox.garble_next("sendMessage", times=ALL)
    with pytest.raises(NetworkError, match="no answer of Telegram's"):
        await speaker.send_message(anna.chat.id, "again")


@pytest.mark.parametrize("code", [302, 400, 401, 403, 404, 407, 429])
@pytest.mark.parametrize("page", [b"<!doctype html>", b'{"error": "Forbidden"}', b"[]", b""])
async def test_a_refusal_of_somebody_else_decides_nothing(code: int, page: bytes) -> None:
    way = Scripted((code, page), (200, b'{"ok": true, "result": 5}'))
    assert await PatientRequest(way).post("https://telegram/bot1:x/editMessageMedia") == 5
    way = Scripted(*[(code, page)] * ALL)
    with pytest.raises(NetworkError, match="no answer of Telegram's") as raised:
        await PatientRequest(way).post("https://telegram/bot1:x/editMessageMedia")
    assert is_passing(raised.value)


def test_what_will_pass() -> None:
    passing = (NetworkError("away"), TimedOut(), RetryAfter(7), InvalidToken("being changed"))
    assert all(map(is_passing, passing))
    assert not any(map(is_passing, (BadRequest("no"), Forbidden("blocked"), ValueError(), None)))


@pytest.mark.parametrize(
    ("code", "error"),
    [(400, BadRequest), (401, InvalidToken), (403, Forbidden), (404, InvalidToken), (413, BadRequest)],
)
async def test_a_refusal_is_final(
    speaker: Bot, sandbox: Sandbox, words: Message, anna: Person, code: int, error: type[Exception]
) -> None:
    sandbox.fail_next("sendMessage", code, "No", times=1)
    with pytest.raises(error):
        await speaker.send_message(anna.chat.id, "again")
    assert len(anna.messages) == 2


async def test_a_download_that_breaks_off_is_made_again(speaker: Bot, sandbox: Sandbox, anna: Person) -> None:
    sent = await anna.send_document(bytes(range(256)) * 1000)
    assert sent.document is not None
    file = await speaker.get_file(sent.document.file.file_id)
    sandbox.drop_next("download", after=True)
    sandbox.drop_next("download")
    sandbox.fail_next("download", 503, "Service Unavailable")
    assert bytes(await file.download_as_bytearray()) == bytes(range(256)) * 1000


async def test_the_first_call_of_all_is_for_the_start_to_make_again(speaker: Bot, sandbox: Sandbox) -> None:
    before = attempts(sandbox, "getMe")
    sandbox.fail_next("getMe", 502, "Bad Gateway")
    with pytest.raises(NetworkError):
        await speaker.get_me()
    assert attempts(sandbox, "getMe") - before == 1


async def test_what_is_to_be_done_before_more_updates_are_asked_for_is_done_then(sandbox: Sandbox) -> None:
    asked = list[int]()

    async def before() -> None:
        asked.append(attempts(sandbox, "getUpdates"))

    way = AiohttpRequest(2, Patience(read=0.3))
    requests = {"request": PatientRequest(way), "get_updates_request": UpdatesRequest(way, before=before)}
    async with Bot(sandbox.token, base_url=f"{sandbox.api_url}/bot", **requests) as bot:
        for _ in range(2):
            await bot.get_updates(timeout=0)
    assert asked == [0, 1]


@pytest.mark.parametrize("code", [401, 404])
async def test_waiting_for_updates_never_ends(speaker: Bot, sandbox: Sandbox, code: int) -> None:
    sandbox.fail_next("getUpdates", code, "Whatever")
    with pytest.raises(NetworkError):  # which the library's loop tries again; another error would end it
        await speaker.get_updates(timeout=0)
    assert await speaker.get_updates(timeout=0) == ()


NONSENSE = {"date": "yesterday", "text": "Figwort", "chat": {"id": "?"}}  # a message as there is none


def say_nonsense(sandbox: Sandbox) -> None:
    sandbox._state.updates.push("message", NONSENSE)


async def test_an_update_that_cannot_be_read_leaves_its_number(
    speaker: Bot, sandbox: Sandbox, anna: Person, caplog: pytest.LogCaptureFixture
) -> None:
    await anna.send_text("before")
    say_nonsense(sandbox)
    await anna.send_text("after")
    before, nonsense, after = await speaker.get_updates(timeout=0)
    assert (before.message.text, after.message.text) == ("before", "after")
    assert nonsense.to_dict() == {"update_id": before.update_id + 1}
    assert f"Update {nonsense.update_id} cannot be read (TypeError) and is left out." in caplog.text
    assert "Figwort" not in caplog.text


@pytest.mark.parametrize(
    ("payload", "left"),
    [
        (b'{"ok": true, "result": [7, {"message": {}}, {"update_id": 5}]}', [{"update_id": 5}]),
        (b'{"ok": true, "result": [{"update_id": 5, "message": 7}]}', [{"update_id": 5}]),
        (b'{"ok": true, "result": [{"update_id": 5, "of_next_year": {"x": 1}}]}', None),
        (b'{"ok": true, "result": []}', None),
        (b'{"ok": true, "result": 7}', None),
        (b"<!doctype html>", None),
        (b"[]", None),
    ],
)
def test_whatever_comes_in_the_place_of_updates(payload: bytes, left: list[object] | None) -> None:
    """left: None where it is for the library to see to."""
    found = legible(payload)
    assert found == payload if left is None else json.loads(found)["result"] == left
