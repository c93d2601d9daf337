"""The chat page in Chromium, and a bot that hears what comes from it, for the tests of the page."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, async_playwright, expect
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update

from bot.sandbox import Sandbox

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 20_000  # on a busy machine
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
async def page(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Page]:
    """The page, open on a phone; it may complain of nothing and ask nobody else for anything."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing")
        pytest.skip("Chromium is missing")
    expect.set_options(timeout=PATIENCE_MS)
    complaints: list[str] = []
    asked: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=CHROMIUM, headless=True, args=ARGUMENTS, viewport=PHONE
        )
        browser.set_default_timeout(PATIENCE_MS)
        page = browser.pages[0]
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(sandbox.page_url)
        await expect(page.locator("#bot-name")).to_have_text("Style bot")
        yield page
        await browser.close()
    # A server away, a connection cut, a picture that is none, one that is too large.
    expected = ("ERR_CONNECTION_REFUSED", "ERR_FAILED", "status of 400", "status of 413")
    assert [line for line in complaints if not any(part in line for part in expected)] == []
    assert [url for url in asked if not url.startswith((sandbox.page_url, "blob:"))] == []


class Script:
    """A bot that hears one update after the other, as a test tells it to."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.offset = 0

    async def hear(self) -> Update:
        found = await self.bot.get_updates(offset=self.offset, limit=1, timeout=15)
        assert found, "nothing has come from the page"
        self.offset = found[0].update_id + 1
        return found[0]


@pytest.fixture
def script(bot: Bot) -> Script:
    return Script(bot)


def keys(*names: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(name, callback_data=name.lower()) for name in names]])
