"""The chat page in a real browser: many pages at once, and a server that does not answer."""

import asyncio

from playwright.async_api import Page, Route, expect

from bot.sandbox import Person, Sandbox
from tests.patience import PATIENCE

HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""
LITTLE_PATIENCE = """() => {
    const patience = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (milliseconds) => patience(milliseconds / 1000);
}"""


async def alone(anna: Person) -> None:
    """Until nobody listens to Anna's chat any more: the server sees it when it tells something."""
    async with asyncio.timeout(PATIENCE):
        while anna.chat.watchers:
            await anna.send_text("meanwhile")
            await asyncio.sleep(0.02)


async def test_a_page_that_nobody_sees_does_not_listen(page: Page, sandbox: Sandbox) -> None:
    anna = sandbox.person(1001)
    await page.evaluate(HIDE, True)
    await alone(anna)
    last = await anna.send_text("the last words")
    await page.evaluate(HIDE, False)
    await expect(page.locator(f"[data-id='{last.id}']")).to_contain_text("the last words")
    await anna.send_text("it listens again")
    await expect(page.locator(".message").last).to_contain_text("it listens again")


async def test_a_page_opened_out_of_sight_knows_its_chat(page: Page, sandbox: Sandbox) -> None:
    await page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => true })")
    await page.reload()
    await expect(page.locator("#bot-name")).to_have_text("Style bot")
    await alone(sandbox.person(1001))


async def test_what_is_not_answered_is_not_sent(page: Page) -> None:
    await page.evaluate(LITTLE_PATIENCE)
    await page.route("**/text", lambda _: None)
    text = page.get_by_role("textbox", name="Message")
    await text.fill("hello?")
    await text.press("Enter")
    await expect(page.locator("#toast")).to_have_text("That could not be sent. Try again.")
    await expect(text).to_have_value("hello?")


async def test_a_server_that_comes_late_is_waited_for(page: Page, sandbox: Sandbox) -> None:
    refused: list[str] = []

    async def refuse_once(route: Route) -> None:
        if refused:
            await route.continue_()
        else:
            refused.append(route.request.url)
            await route.abort()

    await page.route("**/chat/people", refuse_once)
    await page.reload()
    await expect(page.locator("#bot-name")).to_have_text("Style bot")
    assert refused
