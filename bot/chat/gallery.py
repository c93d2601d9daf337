"""The presets to look at and to choose from: a picture sheet with a button for each, page by page.

A sheet is rendered once and kept in a folder, and uploaded once, then sent again by its file id, after a
restart too. Where Telegram no longer knows that id, it is uploaded again.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from telegram import Bot, InlineKeyboardMarkup, InputMediaPhoto, Message
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.chat.live_message import is_unchanged, reply_to
from bot.keyboards import Page, page_of, style_keyboard
from bot.people.own_presets import OwnPresets
from bot.people.person import Person
from bot.storage.uploads import Uploads
from bot.texts import languages, text
from bot.titles import sheet_title
from styler import Preset, StylerError
from styler.images import open_picture
from styler.outputs import save_picture
from styler.sheet import contact_sheet

log = logging.getLogger(__name__)

COLUMNS = 4
DRAWN = 2  # counted up when sheets are drawn otherwise, so that old ones are not shown
CELL = 296  # pixels: four of them are as wide as Telegram shows a photo


class Gallery:
    """Sheets lie in `folder`, named after what they show, so that changed presets make new ones."""

    def __init__(
        self, bot: Bot, uploads: Uploads, own: OwnPresets, presets: Mapping[str, Preset], folder: Path
    ) -> None:
        self._bot = bot
        self._uploads = uploads
        self._own = own
        self._presets = presets
        self._folder = folder
        self._rendering = asyncio.Lock()

    async def prepare(self) -> None:
        """Render every sheet now, so that nobody waits for it later."""
        for language in languages():
            for number in range(page_of(self._presets, 0).pages):
                page = page_of(self._presets, number)
                try:
                    file = await asyncio.to_thread(self._file, language, page)
                    async with self._rendering:
                        await asyncio.to_thread(self._content, file, language, page)
                except (OSError, StylerError) as error:
                    log.warning("No sheet of the styles: %s", error)

    async def show(self, person: Person, photo: int | None) -> int:
        """Send the first page; `photo` is the message id of the photo that a style is chosen for.

        Returns the message's id. In a group it answers what the person wrote, to tell whose question it is.
        """
        page = page_of(self._presets, 0)
        caption = self._caption(person.language, page, photo)
        keyboard = await self._keyboard(person, page, photo)

        async def send(picture: str | bytes) -> Message:
            return await self._bot.send_photo(
                person.chat_id,
                picture,
                caption,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard,
                reply_parameters=reply_to(person.message_id or photo),
            )

        try:
            sent = await self._upload_once(person.language, page, send)
        except (BadRequest, OSError, StylerError) as error:
            log.warning("No sheet of the styles: %s", error)
            sent = await self._bot.send_message(
                person.chat_id,
                caption,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard,
                reply_parameters=reply_to(person.message_id or photo),
            )
        return sent.message_id

    async def turn(self, person: Person, message_id: int, number: int, photo: int | None) -> None:
        """Turn the message to another page."""
        page = page_of(self._presets, number)
        caption = self._caption(person.language, page, photo)
        keyboard = await self._keyboard(person, page, photo)

        async def edit(picture: str | bytes) -> Message:
            media = InputMediaPhoto(picture, caption, ParseMode.HTML)
            edited = await self._bot.edit_message_media(
                media, person.chat_id, message_id, reply_markup=keyboard
            )
            assert isinstance(edited, Message)  # it is True for inline messages only
            return edited

        try:
            await self._upload_once(person.language, page, edit)
        except BadRequest as error:
            if not is_unchanged(error):
                raise
        except (OSError, StylerError) as error:
            log.warning("No sheet of the styles: %s", error)
            await self._bot.edit_message_reply_markup(person.chat_id, message_id, reply_markup=keyboard)

    async def _keyboard(self, person: Person, page: Page, photo: int | None) -> InlineKeyboardMarkup:
        has_own = bool(await self._own.of(person.user_id))
        return style_keyboard(self._presets, person.language, page, photo, has_own=has_own)

    def _caption(self, language: str, page: Page, photo: int | None) -> str:
        if photo is not None:
            return text(language, "ask-for-style")
        example = self._presets[page.names[0][1]].title(language).lower()
        return text(language, "choose-style", example=example)

    async def _upload_once(
        self, language: str, page: Page, send: Callable[[str | bytes], Awaitable[Message]]
    ) -> Message:
        file = await asyncio.to_thread(self._file, language, page)
        known = await self._uploads.file_id(self._bot.id, file.name)
        if known is not None:
            try:
                return await send(known)
            except BadRequest as error:
                if is_unchanged(error):
                    raise
                log.info("A sheet must be uploaded again: %s", error.message)
        async with self._rendering:
            content = await asyncio.to_thread(self._content, file, language, page)
        message = await send(content)
        if message.photo:
            await self._uploads.remember(self._bot.id, file.name, message.photo[-1].file_id)
        return message

    def _file(self, language: str, page: Page) -> Path:
        shown = [(number, self._presets[name]) for number, name in page.names]
        seen = [
            (number, preset.title(language), str(preset.path), preset.path.stat().st_mtime_ns)
            for number, preset in shown
        ]
        return self._folder / f"sheet-{hashlib.sha256(repr((DRAWN, seen)).encode()).hexdigest()[:16]}.jpg"

    def _content(self, file: Path, language: str, page: Page) -> bytes:
        if not file.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            shown = [self._presets[name] for _, name in page.names]
            cells = [
                (sheet_title(preset.title(language)), open_picture(preset.path, CELL)) for preset in shown
            ]
            save_picture(contact_sheet(cells, COLUMNS, CELL, first=page.first), file)
        return file.read_bytes()
