"""A sandbox, somebody in it, and python-telegram-bot talking to it over HTTP."""

import io
from collections.abc import AsyncIterator, Callable

import pytest
from PIL import Image
from telegram import Bot, Update

from bot.sandbox import Person, Sandbox
from tests.bot.sandbox.chromium import page, script

__all__ = ["TOKEN", "newest", "page", "script"]  # the fixtures of the page come from elsewhere

TOKEN = "4242:secret-of-the-sandbox"


@pytest.fixture(autouse=True)
def _timedeltas(monkeypatch: pytest.MonkeyPatch) -> None:
    """RetryAfter with a timedelta; without this the library warns of the change to come."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(TOKEN) as running:
        yield running


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    url = sandbox.api_url
    async with Bot(TOKEN, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot") as client:
        yield client


@pytest.fixture
async def anna(sandbox: Sandbox) -> Person:
    """Somebody who has opened the chat already, so that the bot may write."""
    person = sandbox.person()
    await person.send_text("/start")
    return person


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """Pictures to send: a gradient, so that JPEG and scaling have something to work on."""

    def make(width: int = 400, height: int = 300, format: str = "JPEG", **options: object) -> bytes:
        image = Image.merge("RGB", [Image.linear_gradient("L")] * 3).resize((width, height))
        buffer = io.BytesIO()
        image.save(buffer, format, **options)
        return buffer.getvalue()

    return make


async def newest(bot: Bot) -> Update:
    """The newest update that waits for the bot."""
    return (await bot.get_updates(offset=-1))[-1]
