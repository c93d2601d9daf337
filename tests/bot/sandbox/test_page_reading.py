"""The chat page in a real browser: what changes stays where one reads, and is told to those who listen."""

import re
from collections.abc import Callable

from playwright.async_api import Page, expect
from telegram import Bot

from bot.sandbox import Person, Sandbox
from tests.bot.sandbox.chromium import keys

Make = Callable[..., bytes]

# Counts what is put into the log from now on.
WATCH_LOG = """() => {
    window.added = 0;
    const count = (changes) => changes.forEach((change) => (window.added += change.addedNodes.length));
    new MutationObserver(count).observe(document.getElementById("log"), { childList: true });
}"""


async def talk(page: Page, sandbox: Sandbox, bot: Bot) -> tuple[Person, list[int]]:
    """Anna's question and two answers with buttons."""
    anna = sandbox.person(1001)
    question = await anna.send_text("a question")
    answers = [await bot.send_message(1001, text, reply_markup=keys(text)) for text in ("One", "Two")]
    await expect(page.locator(".message")).to_have_count(3)
    return anna, [question.id, *(answer.message_id for answer in answers)]


async def test_a_deletion_touches_nothing_else(page: Page, sandbox: Sandbox, bot: Bot) -> None:
    anna, (first, *_) = await talk(page, sandbox, bot)
    await page.evaluate(WATCH_LOG)
    key = page.get_by_role("button", name="Two")
    await key.focus()
    await anna.delete(anna.chat.messages[first])
    await expect(page.locator(".message")).to_have_count(2)
    await expect(key).to_be_focused()
    assert await page.evaluate("window.added") == 0


async def test_after_a_deletion_the_focus_goes_next_door(page: Page, sandbox: Sandbox, bot: Bot) -> None:
    anna, (first, second, third) = await talk(page, sandbox, bot)
    await page.get_by_role("button", name="One").focus()
    for gone, neighbour in ((second, third), (third, first)):
        await anna.delete(anna.chat.messages[gone])
        await expect(page.locator(f"[data-id='{neighbour}'] .more")).to_be_focused()
    await anna.delete(anna.chat.messages[first])
    await expect(page.locator("#log-frame")).to_be_focused()
    await expect(page.locator("#log > *")).to_have_count(0)  # the day's heading has gone as well
    await expect(page.locator("#welcome")).to_be_visible()


async def test_of_an_album_one_picture_is_deleted(
    page: Page, sandbox: Sandbox, bot: Bot, picture: Make
) -> None:
    anna = sandbox.person(1001)
    album = await anna.send_album([picture(), picture(), picture()])
    await anna.send_text("and words")
    await page.locator(".album .photo").nth(2).focus()
    await anna.delete(album[0])
    await expect(page.locator(".album .photo")).to_have_count(2)
    await expect(page.locator(".album").locator("xpath=ancestor::article")).to_have_attribute(
        "data-id", str(album[1].id)
    )
    await expect(page.locator(".album .photo").first).to_be_focused()
    await expect(page.locator(".message")).to_have_count(2)
    await anna.delete(album[1])
    await anna.delete(album[2])
    await expect(page.locator(".message")).to_have_count(1)
    await expect(page.locator(".message .more")).to_be_focused()


async def test_an_edit_that_takes_the_button_away_leaves_the_focus_there(
    page: Page, sandbox: Sandbox, bot: Bot
) -> None:
    _, (_, answer, _) = await talk(page, sandbox, bot)
    await page.get_by_role("button", name="One").focus()
    await bot.edit_message_text("Chosen", 1001, answer)
    await expect(page.locator(f"[data-id='{answer}']")).to_contain_text("Chosen")
    await expect(page.locator(f"[data-id='{answer}'] .more")).to_be_focused()


async def test_it_is_plain_who_speaks(page: Page, sandbox: Sandbox, bot: Bot) -> None:
    await talk(page, sandbox, bot)
    await expect(page.get_by_role("article", name="Anna")).to_contain_text("a question")
    await expect(page.get_by_role("article", name="Style bot")).to_have_count(2)


async def test_new_messages_are_told_and_progress_is_not(
    page: Page, sandbox: Sandbox, bot: Bot, picture: Make
) -> None:
    news = page.locator("[aria-live=polite] p")
    _, (_, answer, _) = await talk(page, sandbox, bot)
    await expect(page.get_by_role("log")).to_have_attribute("aria-live", "off")
    await expect(news).to_have_text(["Style bot: One", "Style bot: Two"])
    await bot.edit_message_text("25 %", 1001, answer, reply_markup=keys("One"))
    await expect(page.get_by_role("log")).to_contain_text("25 %")
    await expect(news).to_have_count(2)
    await bot.edit_message_text("Done", 1001, answer, reply_markup=keys("Again"))
    await expect(news.last).to_have_text("Style bot: Done")
    await bot.send_photo(1001, picture(), caption="Here it is")
    await expect(news.last).to_have_text("Style bot: Photo, Here it is")


async def test_what_was_missed_is_added_and_nothing_else(page: Page, sandbox: Sandbox, bot: Bot) -> None:
    anna, (first, *_) = await talk(page, sandbox, bot)
    key = page.get_by_role("button", name="Two")
    await key.focus()
    await page.evaluate(WATCH_LOG)
    async with sandbox.away():
        await expect(page.locator("#status")).to_have_text("connecting…")
        await anna.delete(anna.chat.messages[first])
        await anna.send_text("meanwhile")
    await expect(page.locator(".mine")).to_have_text(re.compile("^meanwhile"))
    await expect(page.locator(".message")).to_have_count(3)
    await expect(key).to_be_focused()
    assert await page.evaluate("window.added") == 1
