"""The chat page in a real browser: pictures that cannot be sent, and more of them than fit one album."""

from collections.abc import Callable

from playwright.async_api import FilePayload, Page, expect
from telegram import Bot

from bot.sandbox import Sandbox
from bot.sandbox.api import MAX_REQUEST_BYTES

Make = Callable[..., bytes]

TAKE_LARGE_FILE = """(bytes) => {
    const taken = new DataTransfer();
    taken.items.add(new File([new Uint8Array(bytes)], "large.jpg", { type: "image/jpeg" }));
    document.getElementById("files").files = taken.files;
    document.getElementById("files").dispatchEvent(new Event("change"));
}"""


async def attach(page: Page, *contents: bytes) -> None:
    files = [
        FilePayload(name=f"{number}.jpg", mimeType="image/jpeg", buffer=content)
        for number, content in enumerate(contents, 1)
    ]
    await page.set_input_files("#files", files)


async def test_what_could_not_be_sent_is_kept_with_its_reply(
    page: Page, sandbox: Sandbox, bot: Bot, picture: Make
) -> None:
    question = await bot.send_message(1001, "Which photo?")
    send = page.get_by_role("dialog").get_by_role("button", name="Send", exact=True)
    await page.locator(".more").click(force=True)
    await page.get_by_role("menuitem", name="Reply").click()
    await page.route("**/media", lambda route: route.abort())
    await attach(page, picture())
    await page.get_by_label("Caption").fill("this one")
    await send.click()
    await expect(page.locator("#toast")).to_have_text("That could not be sent. Try again.")
    await expect(page.locator("#about")).to_be_visible()
    await page.unroute("**/media")
    await send.click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.locator("#about")).to_be_hidden()
    sent = sandbox.person(1001).messages[-1]
    assert sent.reply_to is not None
    assert (sent.reply_to.id, sent.caption) == (question.message_id, "this one")


async def test_what_is_too_large_is_called_so(page: Page) -> None:
    await page.evaluate(TAKE_LARGE_FILE, MAX_REQUEST_BYTES)
    await page.get_by_role("dialog").get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator("#toast")).to_contain_text("too large")
    await expect(page.locator("#previews li")).to_have_count(1)


async def test_of_many_pictures_each_is_sent_once(page: Page, sandbox: Sandbox, picture: Make) -> None:
    send = page.get_by_role("dialog").get_by_role("button", name="Send", exact=True)
    await attach(page, *[picture(40, 30)] * 11, b"no picture")
    await page.get_by_label("Caption").fill("a dozen")
    await send.click()
    await expect(page.locator("#toast")).to_contain_text("Send it as a file")
    await expect(page.locator("#previews li")).to_have_count(2)  # of the second album neither went
    await page.get_by_role("button", name="Remove 12.jpg").click()
    await send.click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    messages = sandbox.person(1001).messages
    assert [message.caption for message in messages] == ["a dozen", *[""] * 10]
    assert [len({message.album for message in part}) for part in (messages[:10], messages[10:])] == [1, 1]
