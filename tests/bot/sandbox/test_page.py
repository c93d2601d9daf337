"""The chat page in a real browser: what a person does there."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import FilePayload, Page, Route, expect
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto

from bot.sandbox import Sandbox
from tests.bot.sandbox.chromium import Script, keys

Make = Callable[..., bytes]

PASTE_OR_DROP = """async ([kind, selector, bytes]) => {
    const files = new DataTransfer();
    files.items.add(new File([new Uint8Array(bytes)], "given.jpg", { type: "image/jpeg" }));
    const target = document.querySelector(selector);
    const options = { bubbles: true, cancelable: true };
    const event = kind === "paste"
        ? new ClipboardEvent("paste", { ...options, clipboardData: files })
        : new DragEvent(kind, { ...options, dataTransfer: files });
    target.dispatchEvent(event);
}"""


async def attach(page: Page, content: bytes, name: str = "photo.jpg", mime: str = "image/jpeg") -> None:
    await page.set_input_files("#files", [FilePayload(name=name, mimeType=mime, buffer=content)])


async def test_a_first_talk(page: Page, script: Script, sandbox: Sandbox) -> None:
    bot = script.bot
    welcome = page.locator("#welcome")
    await expect(welcome).to_contain_text("Send a photo to begin")
    await expect(welcome).to_contain_text("Пришлите фото, чтобы начать")
    await bot.set_my_description("I paint your photos.")
    await expect(welcome).to_contain_text("I paint your photos.")

    await page.get_by_role("button", name="/start").click()
    update = await script.hear()
    assert update.message is not None
    assert update.message.text == "/start"
    await expect(welcome).to_be_hidden()
    await bot.send_chat_action(1001, "typing")
    await expect(page.locator("#status")).to_have_text("typing")
    sent = await bot.send_message(
        1001, "<b>Which</b> style?", parse_mode="HTML", reply_markup=keys("Ink", "Wave")
    )
    await expect(page.locator("#status")).to_have_text("bot")
    await expect(page.locator(".theirs b")).to_have_text("Which")

    await page.get_by_role("button", name="Wave").click()
    query = (await script.hear()).callback_query
    assert query is not None
    assert query.data == "wave"
    await expect(page.get_by_role("button", name="Wave")).to_have_attribute("aria-busy", "true")
    await query.answer("A good choice")
    await expect(page.locator("#toast")).to_have_text("A good choice")
    await query.edit_message_text("Painting the wave", reply_markup=keys("Cancel"))
    bubble = page.locator(f"[data-id='{sent.message_id}']")
    await expect(bubble).to_contain_text("Painting the wave")
    await expect(bubble.locator(".key")).to_have_text(["Cancel"])

    await page.get_by_role("button", name="Cancel").click()
    query = (await script.hear()).callback_query
    assert query is not None
    await query.answer("Are you sure?", show_alert=True)
    await expect(page.get_by_role("dialog")).to_contain_text("Are you sure?")
    await page.get_by_role("button", name="OK").click()
    await bot.delete_message(1001, sent.message_id)
    await expect(bubble).to_have_count(0)


async def test_a_photo_goes_there_and_comes_back(
    page: Page, script: Script, picture: Make, tmp_path: Path
) -> None:
    await attach(page, picture(1600, 1200))
    sheet = page.get_by_role("dialog")
    await expect(sheet).to_contain_text("Send a photo")
    await sheet.get_by_label("Caption").fill("like this")
    await sheet.get_by_role("button", name="Send", exact=True).click()
    await expect(sheet).to_be_hidden()
    message = (await script.hear()).message
    assert message is not None
    assert (message.photo[-1].width, message.caption) == (1280, "like this")

    sent = await script.bot.send_photo(1001, picture(300, 200), caption="a first sketch")
    shown = page.locator(f"[data-id='{sent.message_id}'] .photo")
    sketch = await shown.get_attribute("data-file")
    await shown.click()
    box = page.get_by_role("dialog", name="Photo")
    await expect(box.locator("img")).to_have_js_property("naturalWidth", 300)
    await script.bot.edit_message_media(
        InputMediaPhoto(picture(1000, 800), caption="done"), 1001, sent.message_id
    )
    await expect(box.locator("img")).to_have_js_property("naturalWidth", 1000)  # better while one looks at it
    assert await shown.get_attribute("data-file") != sketch
    async with page.expect_download() as saving:
        await box.get_by_role("link", name="Save").click()
    download = await saving.value
    await download.save_as(tmp_path / "saved.jpg")
    assert (tmp_path / "saved.jpg").read_bytes() == await read(script.bot, sent.message_id, page)
    assert download.suggested_filename == "photo.jpg"
    await page.keyboard.press("Escape")
    await expect(box).to_be_hidden()


async def read(bot: Bot, message_id: int, page: Page) -> bytes:
    """What the bot's own API says the photo shown in this message is."""
    file_id = await page.locator(f"[data-id='{message_id}'] .photo").get_attribute("data-file")
    assert file_id is not None
    return bytes(await (await bot.get_file(file_id)).download_as_bytearray())


async def test_files_and_albums(page: Page, script: Script, picture: Make) -> None:
    send = page.get_by_role("dialog").get_by_role("button", name="Send", exact=True)
    await attach(page, picture(), "my photo.jpg")
    await page.get_by_text("As file").click()
    await send.click()
    whole = (await script.hear()).message
    assert whole is not None
    assert whole.document is not None
    assert whole.document.file_name == "my photo.jpg"
    async with page.expect_download() as saving:
        await page.get_by_role("link", name="Save my photo.jpg").click()
    assert (await saving.value).suggested_filename == "my photo.jpg"

    await attach(page, b"words", "notes.txt", "text/plain")
    await expect(page.locator("#as-choice")).to_be_hidden()
    await send.click()
    notes = (await script.hear()).message
    assert notes is not None
    assert notes.document is not None

    both = [FilePayload(name=f"{name}.jpg", mimeType="image/jpeg", buffer=picture()) for name in "ab"]
    await page.set_input_files("#files", both)
    await send.click()
    first, second = (await script.hear()).message, (await script.hear()).message
    assert first is not None
    assert second is not None
    assert first.media_group_id == second.media_group_id is not None
    await expect(page.locator(".album .photo")).to_have_count(2)
    await expect(page.locator(".message")).to_have_count(3)

    await attach(page, b"broken", "broken.jpg")
    await send.click()
    await expect(page.locator("#toast")).to_contain_text("Send it as a file")
    await page.get_by_role("button", name="Cancel").click()


async def test_what_is_attached_while_another_is_sent_is_kept(
    page: Page, script: Script, picture: Make
) -> None:
    send = page.get_by_role("dialog").get_by_role("button")
    may_go = asyncio.Event()

    async def hold(route: Route) -> None:
        await may_go.wait()
        await route.continue_()

    await page.route("**/media", hold)
    await attach(page, picture(), "first.jpg")
    await page.get_by_label("Caption").fill("the first")
    await send.filter(has_text="Send").click()
    await attach(page, picture(), "second.jpg")
    await expect(page.locator("#previews li")).to_have_count(2)
    may_go.set()
    await expect(page.locator("#previews li")).to_have_count(1)
    await send.filter(has_text="Send").click()
    first, second = (await script.hear()).message, (await script.hear()).message
    assert first is not None
    assert second is not None
    assert (first.caption, second.caption) == ("the first", None)
    assert first.photo
    assert second.photo
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_pictures_may_be_pasted_and_dropped(page: Page, script: Script, picture: Make) -> None:
    for kind, target in (("paste", "#text"), ("drop", "#log-frame")):
        await page.evaluate(PASTE_OR_DROP, [kind, target, list(picture())])
        await page.get_by_label("Caption").press("Enter")
        message = (await script.hear()).message
        assert message is not None
        assert message.photo
        await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_the_command_menu(page: Page, script: Script) -> None:
    await script.bot.set_my_commands(
        [BotCommand("style", "Choose a style"), BotCommand("status", "How long")]
    )
    text = page.get_by_role("textbox", name="Message")
    await text.fill("/st")
    await expect(page.get_by_role("option")).to_have_count(2)
    await text.fill("/sty")
    await expect(page.get_by_role("option")).to_have_count(1)
    await text.press("ArrowDown")
    await text.press("Enter")
    style = (await script.hear()).message
    assert style is not None
    assert style.text == "/style"

    await page.get_by_role("button", name="Commands").click()
    await page.get_by_role("option", name="/status How long").click()
    status = (await script.hear()).message
    assert status is not None
    assert status.text == "/status"
    await page.locator(".command").first.click()  # a command in a message can be pressed
    again = (await script.hear()).message
    assert again is not None
    assert again.text == "/style"


async def test_the_command_menu_stays_while_one_writes(page: Page, script: Script) -> None:
    await script.bot.set_my_commands([BotCommand("style", "Choose a style")])
    text = page.get_by_role("textbox", name="Message")
    option = page.get_by_role("option")
    await page.clock.install()
    await text.click()
    await page.get_by_role("button", name="Commands").click()
    await page.clock.run_for(1000)  # whatever would close it has had its time
    await expect(option).to_have_count(1)
    await expect(text).to_be_focused()
    await page.get_by_role("button", name="Commands").click()
    await expect(option).to_have_count(0)
    await page.get_by_role("button", name="Commands").click()
    await expect(option).to_have_count(1)
    await page.get_by_role("button", name="Attach").focus()
    await expect(option).to_have_count(0)


async def test_another_language_and_another_person(page: Page, script: Script, sandbox: Sandbox) -> None:
    await sandbox.person(1001).send_text("hello from Anna")
    await page.get_by_role("button", name="You are Anna").click()
    await page.get_by_role("menuitemradio", name="Русский").click()
    await expect(page.get_by_placeholder("Сообщение")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "ru")
    assert sandbox.person(1001).user.language_code == "ru"

    await page.get_by_role("button", name="Вы — Anna").click()
    await page.get_by_role("menuitemradio", name="Борис").click()
    await expect(page.get_by_role("button", name="Вы — Борис")).to_be_visible()
    await expect(page.locator("#welcome")).to_be_visible()
    await page.get_by_role("textbox", name="Сообщение").fill("привет")
    await page.get_by_role("button", name="Отправить").click()
    await script.hear()
    update = await script.hear()
    assert update.effective_user is not None
    assert (update.effective_user.id, update.effective_user.language_code) == (1002, "ru")
    await page.reload()  # the address remembers who one is
    await expect(page.locator(".mine")).to_contain_text("привет")


async def test_replies_reactions_edits_and_deletions(page: Page, script: Script, sandbox: Sandbox) -> None:
    anna = sandbox.person(1001)
    await anna.send_text("first words")
    sent = await script.bot.send_message(1001, "a question")
    await script.bot.set_message_reaction(1001, anna.messages[0].id, "👀")
    await expect(page.locator(".mine .reaction")).to_have_text("👀")

    async def choose(message_id: int, name: str) -> None:
        await page.locator(f"[data-id='{message_id}'] .more").click(force=True)
        await page.get_by_role("menuitem", name=name).click()

    await choose(sent.message_id, "Reply")
    await expect(page.locator("#about")).to_contain_text("a question")
    await page.keyboard.type("an answer")
    await page.keyboard.press("Enter")
    await expect(page.locator(".quote")).to_contain_text("a question")
    assert anna.messages[-1].reply_to is anna.messages[1]

    text = page.get_by_role("textbox", name="Message")
    await choose(anna.messages[-1].id, "Edit")
    await expect(text).to_have_attribute("maxlength", "4096")
    await text.fill("a better answer")
    await page.keyboard.press("Enter")
    await expect(text).not_to_have_attribute("maxlength", re.compile(""))
    await expect(page.locator(".mine").last).to_contain_text("a better answer")
    await expect(page.locator(".mine").last).to_contain_text("edited")

    await page.locator(f"[data-id='{sent.message_id}'] .more").click(force=True)
    await page.get_by_role("menuitemradio", name="React with 👍").click()
    await expect(page.locator(".theirs .reaction")).to_have_attribute("aria-pressed", "true")
    assert anna.messages[1].emojis == ["👍"]

    await choose(anna.messages[0].id, "Delete")
    await expect(page.locator(".message")).to_have_count(2)


async def test_a_link_to_the_bot_starts_it(page: Page, script: Script) -> None:
    button = InlineKeyboardButton("Same style", url="https://t.me/sandbox_bot?start=abc_1")
    await page.get_by_role("button", name="/start").click()
    await script.hear()
    await script.bot.send_message(1001, "Share", reply_markup=InlineKeyboardMarkup([[button]]))
    await page.get_by_role("button", name="Same style").click()
    message = (await script.hear()).message
    assert message is not None
    assert message.text == "/start abc_1"


async def test_the_page_comes_back_after_the_server_was_away(page: Page, sandbox: Sandbox) -> None:
    async with sandbox.away():
        await expect(page.locator("#status")).to_have_text("connecting…")
        await sandbox.person(1001).send_text("meanwhile")
    await expect(page.locator(".mine")).to_contain_text("meanwhile")
    await expect(page.locator("#status")).to_have_text("bot")
