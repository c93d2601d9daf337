"""The picture sheet of all presets: rendered once, uploaded once, then sent by its file id."""

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path

from telegram import Bot, InlineKeyboardMarkup, Message
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.live_message import reply_to
from styler import Preset
from styler.images import open_picture, save_picture
from styler.sheet import contact_sheet

log = logging.getLogger(__name__)

COLUMNS = 4
CELL = 256  # pixels


class Gallery:
    """Sheets lie in `folder`, named after what they show, so that changed presets make a new one."""

    def __init__(self, bot: Bot, presets: Mapping[str, Preset], folder: Path) -> None:
        self._bot = bot
        self._presets = presets
        self._folder = folder
        self._file_ids: dict[str, str] = {}  # by language
        self._rendering = asyncio.Lock()

    async def send(
        self,
        chat_id: int,
        language: str,
        html: str,
        keyboard: InlineKeyboardMarkup,
        answer_to: int | None = None,
    ) -> None:
        """Send the sheet with a caption and buttons; the caption alone if the sheet cannot be had."""
        try:
            photo: str | bytes = self._file_ids.get(language) or await self._sheet(language)
            message = await self._send_photo(chat_id, photo, html, keyboard, answer_to)
        except (BadRequest, OSError) as error:
            log.warning("No sheet of the styles: %s", error)
            self._file_ids.pop(language, None)  # stale, as after a change of the bot's token
            await self._bot.send_message(
                chat_id,
                html,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard,
                reply_parameters=reply_to(answer_to),
            )
        else:
            self._file_ids[language] = message.photo[-1].file_id

    async def _send_photo(
        self,
        chat_id: int,
        photo: str | bytes,
        html: str,
        keyboard: InlineKeyboardMarkup,
        answer_to: int | None,
    ) -> Message:
        return await self._bot.send_photo(
            chat_id,
            photo,
            html,
            parse_mode=ParseMode.HTML,
            reply_markup=keyboard,
            reply_parameters=reply_to(answer_to),
        )

    async def _sheet(self, language: str) -> bytes:
        async with self._rendering:
            return await asyncio.to_thread(self._render, language)

    def _render(self, language: str) -> bytes:
        cells = [(preset.title(language), preset.path) for preset in self._presets.values()]
        seen = repr([(title, str(path), path.stat().st_mtime_ns) for title, path in cells])
        file = self._folder / f"sheet-{hashlib.sha256(seen.encode()).hexdigest()[:16]}.jpg"
        if not file.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            pictures = [(title, open_picture(path, at_least=CELL)) for title, path in cells]
            save_picture(contact_sheet(pictures, columns=COLUMNS, cell=CELL), file)
        return file.read_bytes()
