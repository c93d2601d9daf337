"""What Telegram refuses, and in which words: raw requests, since a client library would stop many of them."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from telegram import Bot, InputMediaPhoto
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter

from bot.sandbox import Person, Sandbox
from tests.bot.sandbox.conftest import TOKEN

Make = Callable[..., bytes]
Ask = Callable[..., Any]
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)


@pytest.fixture
async def ask(sandbox: Sandbox) -> AsyncIterator[Ask]:
    """Calls a method; returns the error code and the description, or 200 and the result."""
    async with aiohttp.ClientSession(sandbox.api_url) as client:

        async def call(method: str, token: str = TOKEN, **parameters: Any) -> tuple[int, Any]:
            async with client.post(f"/bot{token}/{method}", json=parameters) as response:
                body = await response.json()
                assert body.get("error_code", 200) == response.status
                return response.status, body.get("description", body.get("result"))

        yield call


def keyboard(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "x"} | button]]}


async def test_a_wrong_token_or_method(ask: Ask) -> None:
    assert await ask("getMe", token="4242:wrong") == (401, "Unauthorized")
    assert await ask("paintMe") == (404, "Not Found")
    assert (await ask("GETME"))[0] == 200  # names know no case


async def test_ptb_sees_the_wrong_token(sandbox: Sandbox) -> None:
    with pytest.raises(InvalidToken):
        async with Bot("4242:wrong", base_url=f"{sandbox.api_url}/bot"):
            pass


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"text": "hi", "chat_id": ""}, "chat_id is empty"),
        ({"text": "hi", "chat_id": 5}, "chat not found"),
        ({"text": "hi", "chat_id": "@nobody"}, "chat not found"),
        ({}, "message text is empty"),
        ({"text": " \n "}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "🎨" * 2049}, "message is too long"),
        ({"text": "x", "parse_mode": "Markdown"}, "unsupported parse_mode"),
        ({"text": "x", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"text": "x", "reply_markup": keyboard(callback_data="x" * 65)}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "reply_markup": keyboard(callback_data="ы" * 33)}, "BUTTON_DATA_INVALID"),
        (
            {"text": "x", "reply_markup": keyboard()},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "x", "reply_markup": keyboard(url="ftp://x")},
            "inline keyboard button URL 'ftp://x' is invalid: Wrong HTTP URL",
        ),
    ],
)
async def test_send_message(ask: Ask, anna: Person, parameters: dict[str, Any], description: str) -> None:
    given = {"chat_id": anna.user_id} | parameters
    assert await ask("sendMessage", **given) == (400, f"Bad Request: {description}")
    assert len(anna.messages) == 1


BUTTON_URL = {"text": "x", "url": "https://x.y"}


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("sendMessage", {"text": "x", "reply_markup": {"inline_keyboard": [1]}}),
        ("sendMessage", {"text": "x", "reply_markup": {"inline_keyboard": [BUTTON_URL]}}),
        ("sendMessage", {"text": "x", "reply_markup": keyboard(copy_text="x")}),
        ("sendMessage", {"text": "x", "reply_markup": keyboard(copy_text={"text": ["x"]})}),
        ("sendMessage", {"text": "x", "reply_markup": keyboard(callback_data={"x": 1})}),
        ("sendMessage", {"text": "x", "reply_markup": keyboard(url=["https://x.y"])}),
        ("sendMessage", {"text": "x", "reply_parameters": {"message_id": "x"}}),
        ("sendMessage", {"text": "x", "reply_parameters": {"message_id": [1]}}),
        ("sendMessage", {"text": "x", "reply_parameters": {"message_id": float("inf")}}),
        ("sendMessage", {"text": "x", "reply_to_message_id": "x"}),
        ("sendMessage", {"text": "x", "entities": ["x"]}),
        ("sendMessage", {"text": "x", "entities": [{"type": "bold", "offset": float("inf"), "length": 1}]}),
        ("sendMessage", {"text": "\ud800"}),
        ("sendMessage", {"text": "x", "reply_markup": "[" * 100_000}),
        ("sendMediaGroup", {"media": ["x", "y"]}),
        ("sendMediaGroup", {"media": [{"type": ["photo"]}, {"type": "photo"}]}),
        ("editMessageMedia", {"media": {"type": ["photo"]}}),
        ("editMessageText", {"text": "x", "message_id": float("inf")}),
        ("deleteMessages", {"message_ids": ["x"]}),
        ("deleteMessages", {"message_ids": [[1]]}),
        ("setMessageReaction", {"reaction": ["x"]}),
        ("setMyCommands", {"commands": ["x"]}),
        ("getUpdates", {"allowed_updates": [["message"]]}),
        ("setWebhook", {"url": "http://["}),
    ],
)
async def test_calls_that_make_no_sense(
    ask: Ask, bot: Bot, anna: Person, picture: Make, method: str, parameters: dict[str, Any]
) -> None:
    message_id = (await bot.send_photo(anna.user_id, picture())).message_id
    given = {"chat_id": anna.user_id, "message_id": message_id} | parameters
    status, description = await ask(method, **given)
    assert status == 400
    assert description.startswith("Bad Request: ")
    assert len(anna.messages) == 2


async def test_the_longest_allowed(ask: Ask, anna: Person) -> None:
    data = keyboard(callback_data="x" * 64)
    status, _ = await ask("sendMessage", chat_id=str(anna.user_id), text="x" * 4096, reply_markup=data)
    assert status == 200
    status, _ = await ask(  # objects may come as JSON in strings
        "sendMessage", chat_id=anna.user_id, text="x", reply_markup=json.dumps(data)
    )
    assert status == 200


@pytest.mark.parametrize(
    ("width", "height", "description"),
    [(9000, 1001, r"(?i)PHOTO_INVALID_DIMENSIONS"), (420, 20, r"(?i)PHOTO_INVALID_DIMENSIONS")],
)
async def test_impossible_photos(
    bot: Bot, anna: Person, picture: Make, width: int, height: int, description: str
) -> None:
    with pytest.raises(BadRequest, match=description):
        await bot.send_photo(anna.user_id, picture(width, height))
    assert (await bot.send_document(anna.user_id, picture(width, height))).document is not None


async def test_the_widest_photo_goes(bot: Bot, anna: Person, picture: Make) -> None:
    sent = await bot.send_photo(anna.user_id, picture(400, 20))
    assert (sent.photo[-1].width, sent.photo[-1].height) == (400, 20)


async def test_a_photo_over_ten_megabytes(bot: Bot, anna: Person) -> None:
    with pytest.raises(BadRequest, match=r"(?i)too big for a photo; the maximum size is 10485760 bytes"):
        await bot.send_photo(anna.user_id, bytes(10 * 1024 * 1024 + 1))


async def test_something_that_is_no_picture(bot: Bot, anna: Person, picture: Make) -> None:
    with pytest.raises(BadRequest, match=r"(?i)IMAGE_PROCESS_FAILED"):
        await bot.send_photo(anna.user_id, b"hello")
    with pytest.raises(BadRequest, match=r"(?i)IMAGE_PROCESS_FAILED"):
        await bot.send_photo(anna.user_id, picture()[:1000])
    with pytest.raises(BadRequest, match=r"(?i)file must be non-empty"):
        await bot.send_document(anna.user_id, b"", filename="empty.txt")


async def test_captions(bot: Bot, anna: Person, picture: Make) -> None:
    await bot.send_photo(anna.user_id, picture(), caption="x" * 1024)
    with pytest.raises(BadRequest, match=r"(?i)message caption is too long"):
        await bot.send_photo(anna.user_id, picture(), caption="x" * 1025)
    with pytest.raises(BadRequest, match=r"(?i)message caption is too long"):
        await bot.edit_message_caption(anna.user_id, anna.messages[-1].id, caption="x" * 1025)


async def test_files_the_bot_does_not_know(ask: Ask, bot: Bot, anna: Person, picture: Make) -> None:
    chat_id = anna.user_id
    document = (await bot.send_document(chat_id, picture())).document
    assert document is not None
    wrong = "Bad Request: wrong file identifier/HTTP URL specified"
    assert await ask("sendPhoto", chat_id=chat_id, photo="nonsense") == (400, wrong)
    assert await ask("sendPhoto", chat_id=chat_id) == (400, "Bad Request: there is no photo in the request")
    assert await ask("sendPhoto", chat_id=chat_id, photo=document.file_id) == (
        400,
        "Bad Request: can't use file of type Document as Photo",
    )
    assert await ask("getFile", file_id="nonsense") == (
        400,
        "Bad Request: wrong file_id or the file is temporarily unavailable",
    )


async def test_a_file_too_big_to_fetch(bot: Bot, anna: Person) -> None:
    sent = await anna.send_document(bytes(20 * 1024 * 1024 + 1))
    assert sent.document is not None
    with pytest.raises(BadRequest, match=r"(?i)file is too big"):
        await bot.get_file(sent.document.file.file_id)


async def test_downloads_need_the_token_and_a_known_path(bot: Bot, anna: Person, sandbox: Sandbox) -> None:
    sent = await anna.send_document(b"secret", "a.txt", "text/plain")
    assert sent.document is not None
    path = sent.document.file.path
    async with aiohttp.ClientSession(sandbox.api_url) as client:
        async with client.get(f"/file/bot{TOKEN}/{path}") as response:
            assert (await response.read(), response.content_type) == (b"secret", "text/plain")
        async with client.get(f"/file/botwrong/{path}") as response:
            assert response.status == 401
        async with client.get(f"/file/bot{TOKEN}/documents/..%2f..%2fetc%2fpasswd") as response:
            assert response.status == 404


async def test_albums(ask: Ask, bot: Bot, anna: Person, picture: Make) -> None:
    photo = {"type": "photo", "media": (await bot.send_photo(anna.user_id, picture())).photo[0].file_id}
    for media, reason in (
        ([photo], "too few messages to send as an album"),
        ([photo] * 11, "too many messages to send as an album"),
        ([photo, {"type": "document", "media": "x"}], "document can't be mixed with other media types"),
        ([photo, {"type": "hologram", "media": "x"}], "can't parse InputMedia: unsupported media type"),
        ([photo, {"type": "photo", "media": "attach://x"}], "wrong file identifier/HTTP URL specified"),
    ):
        answer = await ask("sendMediaGroup", chat_id=anna.user_id, media=media)
        assert answer == (400, f"Bad Request: {reason}")
    assert len(anna.messages) == 2


async def test_edits(ask: Ask, bot: Bot, anna: Person, picture: Make) -> None:
    text = (await bot.send_message(anna.user_id, "hello")).message_id
    photo = (await bot.send_photo(anna.user_id, picture(), caption="see")).message_id

    async def refused(method: str, message_id: int, **parameters: Any) -> str:
        status, why = await ask(method, chat_id=anna.user_id, message_id=message_id, **parameters)
        assert status == 400
        return str(why)

    assert await refused("editMessageText", text, text="hello") == NOT_MODIFIED
    assert await refused("editMessageCaption", photo, caption="see") == NOT_MODIFIED
    assert await refused("editMessageReplyMarkup", text) == NOT_MODIFIED
    assert await refused("editMessageText", 999, text="x") == "Bad Request: message to edit not found"
    assert await refused("editMessageText", anna.messages[0].id, text="x") == (
        "Bad Request: message can't be edited"
    )
    assert await refused("editMessageText", photo, text="x") == (
        "Bad Request: there is no text in the message to edit"
    )
    assert await refused("editMessageCaption", text, caption="x") == (
        "Bad Request: there is no caption in the message to edit"
    )
    assert await refused("deleteMessage", 999) == "Bad Request: message to delete not found"
    assert await refused("setMessageReaction", text, reaction=[{"type": "emoji", "emoji": "🎨"}]) == (
        "Bad Request: REACTION_INVALID"
    )


async def test_the_same_picture_again_is_no_edit(bot: Bot, anna: Person, picture: Make) -> None:
    sent = await bot.send_photo(anna.user_id, picture())
    with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
        await bot.edit_message_media(InputMediaPhoto(sent.photo[-1].file_id), anna.user_id, sent.message_id)


async def test_presses_and_commands(ask: Ask) -> None:
    assert await ask("answerCallbackQuery", callback_query_id="1") == (
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    )
    for command, reason in (
        ({"command": "Start", "description": "x"}, "BOT_COMMAND_INVALID"),
        ({"command": "start", "description": ""}, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ):
        assert await ask("setMyCommands", commands=[command]) == (400, f"Bad Request: {reason}")
    assert (await ask("setMyShortDescription", short_description="x" * 121))[0] == 400


async def test_a_person_who_blocked_the_bot(bot: Bot, anna: Person) -> None:
    await anna.block_bot()
    with pytest.raises(Forbidden, match=r"(?i)bot was blocked by the user"):
        await bot.send_message(anna.user_id, "hello?")
    update = (await bot.get_updates(offset=-1))[-1]
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == "kicked"

    await anna.unblock_bot()
    await bot.send_message(anna.user_id, "hello again")


async def test_a_person_who_never_wrote(bot: Bot, sandbox: Sandbox) -> None:
    stranger = sandbox.person(9)
    with pytest.raises(BadRequest, match=r"(?i)Chat not found"):
        await bot.send_message(stranger.user_id, "hello?")
    friend = sandbox.person(10, met=True)
    await bot.send_message(friend.user_id, "hello again")


async def test_too_many_requests_on_demand(bot: Bot, sandbox: Sandbox, anna: Person) -> None:
    sandbox.fail_next("sendMessage", 429, "Too Many Requests: retry after 7", retry_after=7)
    with pytest.raises(RetryAfter) as refusal:
        await bot.send_message(anna.user_id, "hello")
    assert refusal.value.retry_after == timedelta(seconds=7)
    await bot.send_message(anna.user_id, "hello")


async def test_bodies_that_make_no_sense(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession(sandbox.api_url) as client:
        headers = {"Content-Type": "application/json"}
        async with client.post(f"/bot{TOKEN}/getMe", data=b"{nope", headers=headers) as response:
            assert response.status == 400
        for kind in ("multipart/form-data", "application/x-www-form-urlencoded; charset=nonsense"):
            async with client.post(
                f"/bot{TOKEN}/getMe", data=b"--x", headers={"Content-Type": kind}
            ) as response:
                assert (response.status, (await response.json())["error_code"]) == (400, 400)
        form = {"chat_id": "x", "message_id": "many"}
        async with client.post(f"/bot{TOKEN}/deleteMessage", data=form) as response:
            assert response.status == 400
        async with client.get(f"/bot{TOKEN}/getUpdates?timeout=0&limit=1") as response:
            assert await response.json() == {"ok": True, "result": []}
