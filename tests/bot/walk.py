"""A walk through the chat on a phone: the real bot, engine and page, and a picture of every stop.

    .venv/bin/python -m tests.bot.walk                  every scene, into docs/walk
    .venv/bin/python -m tests.bot.walk album settings   some of them

It needs Chromium and a font with emoji, and takes about ten minutes on two cores. docs/walk.md says what is
to be seen.
"""

import asyncio
import io
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image
from playwright.async_api import Locator, Page, ViewportSize, async_playwright, expect

from bot.app import running_bot
from bot.executor import StyleExecutor
from bot.sandbox import Sandbox
from bot.settings import load_settings
from styler.allocator import keep_memory
from tests.bot.sandbox.chromium import ARGUMENTS, CHROMIUM

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "walk"
PORTRAIT = ROOT / "docs" / "pictures" / "astronaut.jpg"
BAND = ROOT / "tests" / "styler" / "photos" / "mariachi.jpg"
STYLES = ROOT / "styler" / "presets"
PHONE: ViewportSize = {"width": 390, "height": 844}
SHARPNESS = 2  # pixels of the screenshot for one of the page
WEBP_QUALITY = 72
PATIENCE_MS = 300_000.0  # of a painting, or of a sheet of them, on a busy machine


class Phone:
    """The chat page as somebody holds it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def be(self, me: str, chat: str) -> None:
        """Turn to another person or chat; `me` is the one whose phone it is now."""
        await self.page.locator("#me").click()
        await self.page.get_by_role("menuitemradio", name=chat, exact=True).click()
        await expect(self.page.locator("#me")).to_contain_text(me)

    async def send(self, *pictures: Path, caption: str = "") -> None:
        """One picture, or several as an album."""
        await self.page.set_input_files("#files", list(pictures))
        await self.page.locator("#caption").fill(caption)
        await self.page.locator("#attachments-send").click()
        await expect(self.page.locator("#attachments")).to_be_hidden()

    async def write(self, words: str) -> None:
        await self.page.locator("#text").fill(words)
        await self.page.locator("#send").click()

    async def answer(self, message: Locator, words: str) -> None:
        """In reply to a message."""
        await message.locator(".more").click(force=True)
        await self.page.get_by_role("menuitem").first.click()
        await self.write(words)

    async def press(self, button: str) -> None:
        """The newest button of that name."""
        await self.page.locator(".key", has_text=re.compile(f"^{re.escape(button)}$")).last.click()

    async def see(self, words: str) -> Locator:
        """Wait until the bot's newest message says so."""
        newest = self.page.locator(".theirs").last
        await expect(newest).to_contain_text(words)
        return newest

    async def find(self, words: str) -> Locator:
        """The same of any message: that a painting is ready comes after it, if it took long."""
        message = self.page.locator(".theirs", has_text=words).last
        await expect(message).to_be_visible()
        return message

    async def shoot(self, name: str) -> None:
        """A picture of the screen, when all that is on it has come to rest."""
        await self.page.wait_for_function("[...document.images].every((image) => image.complete)")
        await self.page.wait_for_timeout(700)
        shot = await self.page.screenshot()
        FOLDER.mkdir(exist_ok=True)
        Image.open(io.BytesIO(shot)).save(FOLDER / f"{name}.webp", quality=WEBP_QUALITY, method=6)
        sys.stdout.write(f"{name}\n")


async def portrait(phone: Phone) -> None:
    """A portrait and a preset: the question, the painting as it grows, the result, half of it."""
    await phone.send(PORTRAIT)
    await phone.see("Which style?")
    await phone.shoot("portrait-1-question")
    await phone.press("1. Starry Night")
    live = await phone.see("▰▰▰")
    await expect(live.locator(".photo")).to_be_visible()
    await phone.shoot("portrait-2-growing")
    await phone.find("Share this style")
    await phone.shoot("portrait-3-result")
    await phone.press("50%")
    await phone.find("Starry Night · 50%")
    await phone.shoot("portrait-4-half")


async def album(phone: Phone) -> None:
    """A photo and the picture to take the style from, together."""
    await phone.send(BAND, STYLES / "bouquet.jpg")
    await phone.see("Custom style")
    await phone.shoot("album-1-sent")
    await phone.find("Share this style")
    await phone.shoot("album-2-result")


async def blend(phone: Phone) -> None:
    """A photo and two styles."""
    await phone.send(PORTRAIT, STYLES / "stained-glass.jpg", STYLES / "ducks.jpg")
    await phone.see("Blend of 2 pictures")
    await phone.shoot("blend-1-sent")
    await phone.find("Share this style")
    await phone.shoot("blend-2-result")


async def group(phone: Phone) -> None:
    """In a group: a photo that was not for the bot, and somebody who asks for it."""
    family = "Anna & Борис"
    await phone.be("Anna", family)
    await phone.send(BAND, caption="Guadalajara")
    await phone.be("Борис", "Борис")
    await phone.be("Борис", family)
    photo = phone.page.locator(".message", has_text="Guadalajara").first
    await phone.answer(photo, "/style звёздная ночь")
    await expect(photo.locator(".reaction")).to_have_text("👨‍💻")
    await phone.shoot("group-1-painting")
    await phone.find("Поделиться этим стилем")
    await expect(photo.locator(".reaction")).to_have_text("🎉")
    await phone.shoot("group-2-result")


async def sheet(phone: Phone) -> None:
    """One's own photo in every style."""
    await phone.send(PORTRAIT)
    await phone.see("Which style?")
    await phone.press("My photo in every style")
    await phone.find("Tap a number")
    await phone.shoot("sheet-1")
    await phone.press("3")
    await phone.find("🖼 Stained Glass")
    await phone.shoot("sheet-2-chosen")


async def settings(phone: Phone) -> None:
    """The settings, in Russian."""
    await phone.be("Борис", "Борис")
    await phone.write("/settings")
    await phone.see("Настройки")
    await phone.shoot("settings-1")
    await phone.press("Сила стиля: 100%")
    await phone.see("Насколько сильно")
    await phone.shoot("settings-2-strength")
    await phone.write("/privacy")
    await phone.see("Что я храню о вас")
    await phone.shoot("settings-3-privacy")


Scene = Callable[[Phone], Awaitable[None]]
SCENES: dict[str, Scene] = {
    scene.__name__: scene for scene in (portrait, album, blend, group, sheet, settings)
}


@asynccontextmanager
async def phone_with_bot(painter: StyleExecutor) -> AsyncIterator[Phone]:
    """A sandbox, the bot in it, and its page on a phone."""
    with tempfile.TemporaryDirectory() as folder:
        async with Sandbox() as sandbox, async_playwright() as playwright:
            sandbox.group("Anna & Борис", sandbox.everybody())
            its = load_settings(
                None, bot_token=sandbox.token, bot_api_url=sandbox.api_url, bot_data_dir=Path(folder)
            )
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            page = await browser.new_page(viewport=PHONE, device_scale_factor=SHARPNESS, has_touch=True)
            async with running_bot(its, painter):
                await page.goto(sandbox.page_url)
                yield Phone(page)
            await browser.close()


async def walk(names: Sequence[str]) -> None:
    """Each scene with a bot of its own; the engine is loaded once."""
    expect.set_options(timeout=PATIENCE_MS)
    painter = StyleExecutor()
    try:
        for name in names:
            async with phone_with_bot(painter) as phone:
                await SCENES[name](phone)
    finally:
        painter.shutdown()


def main(arguments: Sequence[str]) -> int:
    """0; 2 with a clear line for what there is not."""
    unknown = [name for name in arguments if name not in SCENES]
    if unknown or CHROMIUM is None:
        complaint = "Chromium is missing." if not unknown else f"Scenes: {', '.join(SCENES)}."
        sys.stderr.write(f"{complaint}\n")
        return 2
    keep_memory()
    asyncio.run(walk(arguments or list(SCENES)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
