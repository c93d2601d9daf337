"""The bot in its own chat page, in a real browser: a photo, a tap, a painting, more of what is below it."""

from playwright.async_api import Page, expect

from bot.background import Background
from tests.bot.sandbox.chromium import page
from tests.bot.walk import PORTRAIT, Phone

__all__ = ["page"]  # a fixture


async def test_from_a_photo_to_half_a_painting(bot: Background, page: Page) -> None:
    phone = Phone(page)
    await phone.send(PORTRAIT)
    question = await phone.see("Which style?")
    await expect(question.locator(".photo")).to_be_visible()
    await phone.press("2. Great Wave")
    painting = await phone.see("Share this style")
    await expect(painting.locator(".photo")).to_be_visible()
    whole = await painting.locator(".photo").get_attribute("data-file")
    await phone.press("50%")
    await phone.see("Great Wave · 50%")
    await expect(painting.locator(".photo")).not_to_have_attribute("data-file", str(whole))
    await phone.press("Delete")
    await phone.press("Yes, delete it")
    await expect(page.locator(".theirs")).to_have_count(0)
    await expect(page.locator("#toast")).to_have_text("Deleted.")


async def test_a_menu_and_words_in_russian(bot: Background, page: Page) -> None:
    phone = Phone(page)
    await phone.be("Б", "Борис")
    await page.locator("#slash").click()
    await expect(page.locator("#commands")).to_contain_text("Ваше фото во всех стилях")
    await page.locator("[data-command=settings]").click()
    await phone.see("Настройки")
    await phone.press("Сила стиля: 100%")
    await phone.press("50%")
    await expect(page.locator(".theirs .key").nth(2)).to_have_text("Сила стиля: 50%")
