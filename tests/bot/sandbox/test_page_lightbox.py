"""The chat page in a real browser: leafing through the pictures of a chat."""

from collections.abc import Callable

from playwright.async_api import Page, expect

from bot.sandbox import Sandbox

Make = Callable[..., bytes]


async def open_second(page: Page, sandbox: Sandbox, picture: Make) -> None:
    """The second of three pictures, on the whole screen; the first is 300 px wide, the last one 320."""
    for width in (300, 310, 320):
        await sandbox.person(1001).send_photo(picture(width, 200), str(width))
    await page.locator(".photo").nth(1).click()
    await expect(page.locator("#lightbox-caption")).to_have_text("310")


async def test_buttons_lead_to_the_other_pictures(page: Page, sandbox: Sandbox, picture: Make) -> None:
    await open_second(page, sandbox, picture)
    box = page.get_by_role("dialog", name="Photo")
    back, forth = (box.get_by_role("button", name=f"{which} photo") for which in ("Previous", "Next"))
    await forth.click()
    await expect(page.locator("#lightbox-caption")).to_have_text("320")
    await expect(page.locator("#lightbox-picture")).to_have_js_property("naturalWidth", 320)
    await expect(forth).to_be_hidden()
    await expect(box.get_by_role("button", name="Close")).to_be_focused()
    await back.click()
    await back.click()
    await expect(page.locator("#lightbox-caption")).to_have_text("300")
    await expect(back).to_be_hidden()
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("#lightbox-caption")).to_have_text("310")


async def test_a_finger_leafs(page: Page, sandbox: Sandbox, picture: Make) -> None:
    await open_second(page, sandbox, picture)
    touch = await page.context.new_cdp_session(page)

    async def move(start: int, end: int) -> None:
        for kind, x in (("touchStart", start), ("touchMove", end), ("touchEnd", None)):
            points = [] if x is None else [{"x": x, "y": 420}]
            await touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    for start, end, shown in ((250, 100, "320"), (100, 250, "310"), (100, 250, "300"), (100, 250, "300")):
        await move(start, end)
        await expect(page.locator("#lightbox-caption")).to_have_text(shown)
    await expect(page.get_by_role("dialog", name="Photo")).to_be_visible()
