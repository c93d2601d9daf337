"""The chat page in a real browser: how it looks, and that it shows text as text."""

import re
from collections.abc import Callable
from typing import Literal

from playwright.async_api import FilePayload, Page, ViewportSize, expect
from telegram import Bot

from bot.sandbox import Attachment, Person, Sandbox
from tests.bot.sandbox.chromium import PHONE, Script, keys

Make = Callable[..., bytes]

DESKTOP: ViewportSize = {"width": 1280, "height": 860}
NARROW: ViewportSize = {"width": 320, "height": 640}
MARKUP = "<img src=x onerror=alert(1)><b>bold</b>"
NAMELESS_BUTTONS = """() => [...document.querySelectorAll("button, a, input, textarea, [role=log]")]
    .filter((element) => element.checkVisibility())
    .filter((element) => !(element.ariaLabel || element.textContent.trim() || element.closest("label")))
    .map((element) => element.outerHTML)"""

TIME_ON_ITS_GROUND = """(bubble) => [
    getComputedStyle(bubble.querySelector(".time")).color,
    getComputedStyle(bubble).backgroundColor,
]"""


async def test_text_is_never_markup(page: Page, script: Script, sandbox: Sandbox, picture: Make) -> None:
    anna = sandbox.person(1001)
    await anna.send_document(picture(), MARKUP.replace("/", ""), "image/jpeg", MARKUP)
    await anna.send_text(MARKUP)
    await script.bot.send_message(1001, MARKUP, reply_markup=keys("<i>x</i>"))
    await script.bot.send_message(1001, "<a href='https://x.y/&quot;onclick=z'>link</a>", parse_mode="HTML")
    await expect(page.locator(".words").nth(1)).to_have_text(MARKUP)
    await expect(page.locator(".key")).to_have_text("<i>x</i>")
    await expect(page.locator("#log img:not(.file img), #log b b, #log i")).to_have_count(0)
    link = page.get_by_role("link", name="link", exact=True)
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
    assert await link.get_attribute("onclick") is None


async def test_it_fits_every_screen_and_names_everything(
    page: Page, script: Script, sandbox: Sandbox, picture: Make
) -> None:
    await fill_chat(script.bot, sandbox.person(1001), picture)
    await expect(page.locator(".message")).to_have_count(6)
    assert await page.evaluate(NAMELESS_BUTTONS) == []
    schemes: list[Literal["light", "dark"]] = ["light", "dark"]
    for size in (DESKTOP, PHONE, NARROW):
        await page.set_viewport_size(size)
        for scheme in schemes:
            await page.emulate_media(color_scheme=scheme)
            await check_fit(page, size["width"])


async def check_fit(page: Page, width: int) -> None:
    """Nothing sticks out to the side, and text is easy to read."""
    assert await page.evaluate("document.scrollingElement.scrollWidth") <= width
    frame = page.locator("#log-frame")
    assert await frame.evaluate("(box) => box.scrollWidth - box.clientWidth") == 0
    widest = await page.locator(".bubble, .keyboard, .photo, .file").evaluate_all(
        "(all) => Math.max(...all.map((one) => one.getBoundingClientRect().right))"
    )
    assert widest <= width
    text, ground = await page.locator(".theirs .bubble").first.evaluate(
        "(box) => [getComputedStyle(box).color, getComputedStyle(box).backgroundColor]"
    )
    assert contrast(text, ground) >= 7
    time, ground = await page.locator(".mine:not(.bare) .bubble").first.evaluate(TIME_ON_ITS_GROUND)
    assert contrast(time, ground) >= 4.5


async def test_dialogs_have_names_and_the_focus_can_be_seen(
    page: Page, script: Script, picture: Make
) -> None:
    photo = FilePayload(name="a.jpg", mimeType="image/jpeg", buffer=picture())
    await page.set_input_files("#files", [photo])
    sheet = page.get_by_role("dialog", name="Send a photo")
    await sheet.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="/start").click()
    await script.hear()
    await script.bot.send_message(1001, "Well?", reply_markup=keys("Go"))
    await page.get_by_role("button", name="Go").click()
    query = (await script.hear()).callback_query
    assert query is not None
    await query.answer("Not yet", show_alert=True)
    await page.get_by_role("dialog", name="Not yet").get_by_role("button", name="OK").click()
    await page.get_by_role("textbox", name="Message").focus()
    await expect(page.locator("#composer")).to_have_css("outline-style", "solid")


async def fill_chat(bot: Bot, anna: Person, picture: Make) -> None:
    """Some of everything, with long words and odd shapes."""
    await anna.send_photo(picture(2000, 110), "very wide")
    await anna.send_album([Attachment(picture(200, 900)), picture(), picture()])
    await anna.send_document(picture(), "a" * 200 + ".jpg", "image/jpeg")
    await bot.send_message(1001, "Donaudampfschiff" * 20, reply_markup=keys(*["A long label"] * 5))
    await bot.send_photo(
        1001, picture(60, 900), caption="very tall " + "and long " * 40, reply_markup=keys("x")
    )
    await bot.send_photo(1001, picture(20, 20))


def contrast(one: str, other: str) -> float:
    """The contrast of two CSS colours, as WCAG reckons it."""

    def light(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dim, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dim + 0.05)
