"""A bot that tells all it can of a troubled day tells neither its token nor what people wrote."""

import asyncio
import os
import signal
import socket
import stat
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.sandbox import Sandbox
from tests.bot.end_to_end.chat import PAINTED, is_question, picture, result_of, says
from tests.bot.programs import STARTED, Start

TOKEN = "987654321:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
SECRET = "the-secret_of-the-webhook"
# What a person is called, writes, and calls their files and styles: words that nothing else has in it.
NAME, TEXT, CAPTION, FILE, STYLE, GROUP = (
    f"{word}wort" for word in ("Quill", "Spider", "Mug", "Lung", "Bladder", "Milk")
)

opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def a_troubled_day(sandbox: Sandbox) -> None:
    """Somebody uses everything that takes words, while Telegram fails in every way."""
    anna = sandbox.person(first_name=NAME, met=True)
    await anna.send_text(TEXT)
    await anna.wait_for(says("photo"), STARTED)
    sandbox.fail_next("download", 500, "Internal Server Error")
    sandbox.drop_next("download")
    photo = await anna.send_photo(picture(), CAPTION)
    await anna.wait_for(is_question, PAINTED, after=photo)
    await anna.send_text("/cancel")
    sandbox.fail_next("getFile", 400, "Bad Request: wrong file_id")
    photo = await anna.send_photo(picture(), CAPTION)
    await anna.wait_for(says("could not fetch"), PAINTED, after=photo)
    sandbox.fail_next("getUpdates", 502, "Bad Gateway")
    sandbox.drop_next("getUpdates")
    file = await anna.send_document(picture(), f"{FILE}.jpg", "image/jpeg", CAPTION)
    await anna.wait_for(is_question, PAINTED, after=file)
    sandbox.fail_next("sendMessage", 400, "Bad Request: something nobody has foreseen")
    asked = await anna.send_text(f"/style {STYLE}")
    await anna.wait_for(says("went wrong"), after=asked)
    await anna.send_text("/style ink")
    await result_of(anna)
    await anna.send_photo(picture(), f"/save {STYLE}")
    await anna.wait_for(says(STYLE))
    group = sandbox.group(GROUP, [anna])
    await anna.in_chat(group).send_photo(picture(), "/style ink")
    await anna.in_chat(group).wait_for(lambda message: "🎉" in message.emojis, PAINTED)


def read(url: str) -> str:
    with opener.open(url, timeout=10) as answer:
        return str(answer.read().decode())


async def test_neither_token_nor_words_are_told(start: Start, tmp_path: Path) -> None:
    log, port = tmp_path / "log", free_port()
    async with Sandbox(token=TOKEN) as sandbox:
        sandbox.fail_next("getMe", 502, "Bad Gateway")
        bot = start(
            log=log,
            BOT_TOKEN=TOKEN,
            BOT_API_URL=sandbox.api_url,
            BOT_WEBHOOK_SECRET=SECRET,
            BOT_LOG_LEVEL="DEBUG",
            BOT_METRICS_PORT=str(port),
            STYLER_SIZE="64",
            STYLER_QUALITY="draft",
        )
        await a_troubled_day(sandbox)
        pages = [
            await asyncio.to_thread(read, f"http://127.0.0.1:{port}/{page}")
            for page in ("metrics", "healthz", "readyz")
        ]
        bot.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(bot.wait, STARTED) == 0
    logged = log.read_text()
    assert "Traceback" in logged, "the trouble was told"
    assert "debug" in logged.lower()
    kept = {file: file.read_bytes() for file in (tmp_path / "data").rglob("*") if file.is_file()}
    assert any(STYLE.encode() in content for content in kept.values()), "the words were there to be found"
    for secret in (TOKEN, quote(TOKEN, safe=""), TOKEN.partition(":")[2], SECRET):
        assert secret not in logged
        assert secret not in "".join(pages)
        assert [file for file, content in kept.items() if secret.encode() in content] == []
    for word in (NAME, TEXT, CAPTION, FILE, STYLE, GROUP):
        assert word not in logged
        assert word not in "".join(pages)


def test_the_doctor_tells_no_secret_either(start: Start) -> None:
    url = f"http://127.0.0.1:{free_port()}/{TOKEN}"
    bot = start("doctor", BOT_TOKEN=TOKEN, BOT_API_URL=url, BOT_LOG_LEVEL="DEBUG", BOT_PRESETS_DIR=TOKEN)
    output, errors = bot.communicate(timeout=STARTED)
    assert "wrong  Telegram" in output
    assert "wrong  Presets" in output
    assert TOKEN.partition(":")[2] not in output + errors


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_other_users_of_the_machine_read_nothing(start: Start, tmp_path: Path) -> None:
    bot = start()
    while not list((tmp_path / "data").rglob("heartbeat")):
        assert bot.poll() is None
    bot.send_signal(signal.SIGTERM)
    bot.communicate(timeout=STARTED)
    made = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    assert len(made) > 4
    assert {file: oct(mode) for file in made if (mode := stat.S_IMODE(file.stat().st_mode)) & 0o077} == {}
