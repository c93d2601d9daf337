"""The page's own requests, and who may make them."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from telegram import Bot

from bot.sandbox import Person, Sandbox
from tests.bot.sandbox.conftest import TOKEN
from tests.patience import PATIENCE

Make = Callable[..., bytes]
ANNA = "/chat/1001/1001"


@pytest.fixture
async def browser(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    """Asks as the page itself would."""
    async with aiohttp.ClientSession(sandbox.api_url, headers={"Origin": sandbox.api_url}) as client:
        yield client


async def read_event(stream: aiohttp.ClientResponse) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        async for line in stream.content:
            if line.startswith(b"data: "):
                event: dict[str, Any] = json.loads(line[6:])
                return event
    raise AssertionError("the stream has ended")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.com", "::", ""])
def test_it_listens_on_this_machine_only(host: str) -> None:
    with pytest.raises(ValueError, match="for this machine only"):
        Sandbox(host=host)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2"])
async def test_loopback_addresses_are_fine(host: str) -> None:
    async with (
        Sandbox(host=host) as sandbox,
        aiohttp.ClientSession() as client,
        client.get(sandbox.page_url) as response,
    ):
        assert response.status == 200


async def test_a_port_that_is_taken(sandbox: Sandbox) -> None:
    port = int(sandbox.api_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        await Sandbox(port=port).start()


@pytest.mark.parametrize("path", ["/page/page.js", "/chat/people", f"/bot{TOKEN}/getMe"])
async def test_foreign_hosts_and_pages_are_refused(sandbox: Sandbox, path: str) -> None:
    async with aiohttp.ClientSession(sandbox.api_url) as client:
        for headers in (
            {"Host": "evil.example"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Host": "["},
            {"Origin": "http://["},
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        ):
            async with client.get(path, headers=headers) as response:
                assert response.status == 403
        async with client.get(path) as response:
            assert response.status == 200


async def test_a_link_elsewhere_may_lead_to_the_page(sandbox: Sandbox) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    async with aiohttp.ClientSession() as client, client.get(sandbox.page_url, headers=headers) as response:
        assert response.status == 200


async def test_messages_only_from_the_page_itself(sandbox: Sandbox) -> None:
    async with (
        aiohttp.ClientSession(sandbox.api_url) as client,
        client.post(f"{ANNA}/text", json={"text": "hi"}) as response,
    ):
        assert response.status == 403
    assert sandbox.person(1001).messages == []


async def test_every_answer_tells_browsers_to_be_careful(browser: aiohttp.ClientSession) -> None:
    for path in ("/", "/page/page.js", "/chat/people", "/page/nothing"):
        async with browser.get(path) as response:
            assert "default-src 'self'" in response.headers["Content-Security-Policy"]
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert "Access-Control-Allow-Origin" not in response.headers


async def test_only_the_page_folder_is_served(browser: aiohttp.ClientSession) -> None:
    for path in ("/page/..%2fweb.py", "/page/web.py", "/page/"):
        async with browser.get(path) as response:
            assert response.status == 404


async def test_who_is_there(browser: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    sandbox.group("Friends", [sandbox.person(1001)])
    async with browser.get("/chat/people") as response:
        body = await response.json()
    assert body["bot"]["username"] == "sandbox_bot"
    assert [person["first_name"] for person in body["people"]] == ["Anna", "Борис"]
    assert [chat["type"] for chat in body["people"][0]["chats"]] == ["private", "group"]
    assert TOKEN not in json.dumps(body)


async def test_the_stream_begins_with_everything(
    browser: aiohttp.ClientSession, sandbox: Sandbox, bot: Bot
) -> None:
    anna = sandbox.person(1001)
    await anna.send_text("before")
    async with browser.get(f"{ANNA}/events") as stream:
        first = await read_event(stream)
        assert [message["text"] for message in first["messages"]] == ["before"]
        sent = await bot.send_message(1001, "hello")
        assert (await read_event(stream))["message"]["text"] == "hello"
        await bot.edit_message_text("hello again", 1001, sent.message_id)
        assert (await read_event(stream))["type"] == "edited"
        await bot.send_chat_action(1001, "typing")
        assert await read_event(stream) == {"type": "action", "action": "typing"}
        await bot.set_my_commands([("start", "Begin")])
        assert (await read_event(stream))["commands"][0]["command"] == "start"
        await bot.delete_message(1001, sent.message_id)
        assert await read_event(stream) == {"type": "deleted", "message_id": sent.message_id}
        anna.set_language("ru")
        assert (await read_event(stream))["person"]["language_code"] == "ru"
        await sandbox.stop()
        assert (await stream.content.read()).strip() == b""


async def test_posts_of_the_page(browser: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    anna = sandbox.person(1001)

    async def post(action: str, **body: Any) -> int:
        async with browser.post(f"{ANNA}/{action}", json=body) as response:
            return response.status

    assert await post("text", text="hello") == 200
    number = anna.messages[0].id
    assert await post("text", text="answer", reply_to=number) == 200
    assert anna.messages[1].reply_to is anna.messages[0]
    assert await post("edit", message_id=number, text="changed") == 200
    assert anna.messages[0].text == "changed"
    assert await post("edit", message_id=number, text="x" * 4097) == 400
    assert await post("react", message_id=number, emoji="👍") == 200
    assert anna.messages[0].emojis == ["👍"]
    assert await post("react", message_id=number, emoji="") == 200
    assert anna.messages[0].emojis == []
    assert await post("language", language_code="ru") == 200
    assert anna.user.language_code == "ru"
    assert await post("delete", message_id=number) == 200
    for action, body in (
        ("text", {"text": " "}),
        ("text", {}),
        ("press", {"message_id": number, "button": "x"}),
        ("react", {"message_id": anna.messages[0].id, "emoji": "🎨"}),
    ):
        assert await post(action, **body) == 400
    async with browser.post("/chat/1001/1002/text", json={"text": "into another's chat"}) as response:
        assert response.status == 404


async def test_uploads_of_the_page(browser: aiohttp.ClientSession, sandbox: Sandbox, picture: Make) -> None:
    anna = sandbox.person(1001)

    async def upload(count: int, content: bytes, **fields: str) -> int:
        form = aiohttp.FormData(fields)
        for number in range(count):
            form.add_field("files", content, filename=f"{number}.jpg", content_type="image/jpeg")
        async with browser.post(f"{ANNA}/media", data=form) as response:
            return response.status

    assert await upload(1, picture(), caption="look") == 200
    assert (anna.messages[-1].caption, anna.messages[-1].album) == ("look", None)
    assert await upload(2, picture(), **{"as": "file"}) == 200
    assert [message.document.file.name for message in anna.messages[-2:] if message.document] == [
        "0.jpg",
        "1.jpg",
    ]
    assert await upload(12, picture(40, 40), caption="many") == 200
    albums = [message.album for message in anna.messages[-12:]]
    assert [albums.count(album) for album in dict.fromkeys(albums)] == [10, 2]
    assert await upload(1, b"no picture") == 400
    assert await upload(1, picture(), caption="x" * 1025) == 400
    assert len(anna.messages) == 15


async def test_posts_that_make_no_sense(browser: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    async def status(path: str, body: object, kind: str = "application/json") -> int:
        async with browser.post(path, data=body, headers={"Content-Type": kind}) as response:
            return response.status

    assert await status(f"{ANNA}/text", "[" * 100_000) == 400
    assert await status(f"{ANNA}/text", '{"text": "\\ud800"}') == 400
    assert await status(f"{ANNA}/delete", '{"message_id": "²"}') == 400
    assert await status(f"{ANNA}/media", b"--x", "multipart/form-data") == 400
    assert await status(f"{ANNA}/media", b"--x", "multipart/form-data; boundary=y") == 400
    assert await status(f"/chat/{'9' * 5000}/1001/text", "{}") == 404
    assert sandbox.person(1001).messages == []
    form = aiohttp.FormData({"reply_to": "²", "as": "file"})
    form.add_field("files", b"x", filename="x.txt")
    async with browser.post(f"{ANNA}/media", data=form) as response:  # an answer to nothing
        assert response.status == 200


async def test_files_that_are_no_pictures_are_never_shown(
    browser: aiohttp.ClientSession, anna: Person, picture: Make
) -> None:
    page = await anna.send_document(b"<script>alert(1)</script>", "страница.html", "text/html")
    photo = await anna.send_photo(picture())
    assert page.media is not None
    assert photo.media is not None
    async with browser.get(f"/chat/file/{page.media.file.file_id}") as response:
        assert response.content_type == "application/octet-stream"
        assert response.content_disposition is not None
        assert response.content_disposition.type == "attachment"
        assert response.content_disposition.filename == "страница.html"
    async with browser.get(f"/chat/file/{photo.media.file.file_id}") as response:
        assert (response.content_type, response.headers["Content-Disposition"]) == ("image/jpeg", "inline")
    async with browser.get(f"/chat/file/{photo.media.file.file_id}?save=1") as response:
        assert response.headers["Content-Disposition"].startswith("attachment")
    async with browser.get("/chat/file/nothing") as response:
        assert response.status == 404


async def test_it_runs_by_itself() -> None:
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.sandbox", "--port", "0", "--token", TOKEN, stdout=asyncio.subprocess.PIPE
    )
    assert running.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            page = (await running.stdout.readline()).decode().split()[-1]
            api = (await running.stdout.readline()).decode().strip().removeprefix("BOT_API_URL=")
        assert page == f"{api}/"
        async with Bot(TOKEN, base_url=f"{api}/bot") as bot:
            assert bot.bot.username == "sandbox_bot"
    finally:
        running.terminate()
        await running.wait()


async def test_a_foreign_address_is_refused_at_the_command_line() -> None:
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.sandbox", "--host", "0.0.0.0", stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await asyncio.wait_for(running.communicate(), 30)
    assert running.returncode == 2
    assert b"for this machine only" in complaint
