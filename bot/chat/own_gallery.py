"""A person's own presets to look at: one picture with all of them, and buttons to pick and delete them."""

import asyncio
from collections.abc import Sequence

from PIL import Image
from telegram import Bot, InlineKeyboardMarkup, InputMediaPhoto
from telegram.constants import ParseMode

from bot.callbacks import DropOwn, KeepOwn, PickStyle
from bot.chat.gallery import CELL, COLUMNS
from bot.chat.live_message import reply_to
from bot.keyboards import button, in_rows
from bot.people.own_presets import OwnPreset
from bot.people.person import Person
from bot.storage.pictures import Pictures
from bot.texts import label, text
from styler import PictureError
from styler.images import open_picture
from styler.outputs import encode_picture
from styler.sheet import can_write, contact_sheet

ANY = 0  # instead of a preset's number: which one to delete is still to be asked


class OwnGallery:
    """Nothing is kept of the pictures it makes: they are a person's own, and change."""

    def __init__(self, bot: Bot, pictures: Pictures) -> None:
        self._bot = bot
        self._pictures = pictures

    async def show(self, person: Person, own: Sequence[OwnPreset], photo: int | None) -> None:
        """Send it; `photo` is the message id of the photo that a style is chosen for."""
        key = "own-for-photo" if photo is not None else "own"
        await self._bot.send_photo(
            person.chat_id,
            await asyncio.to_thread(self._sheet, own),
            text(person.language, key),
            parse_mode=ParseMode.HTML,
            reply_markup=own_keyboard(person.language, own, photo),
            reply_parameters=reply_to(person.message_id or photo),
        )

    async def refresh(self, person: Person, message_id: int, own: Sequence[OwnPreset]) -> None:
        """Show in an earlier message what is left."""
        sheet = await asyncio.to_thread(self._sheet, own)
        media = InputMediaPhoto(sheet, text(person.language, "own"), ParseMode.HTML)
        keyboard = own_keyboard(person.language, own, None)
        await self._bot.edit_message_media(media, person.chat_id, message_id, reply_markup=keyboard)

    def _sheet(self, own: Sequence[OwnPreset]) -> bytes:
        cells = [(_legible(preset.name), self._look(preset)) for preset in own]
        return encode_picture(contact_sheet(cells, COLUMNS, CELL, first=None), "JPEG")

    def _look(self, preset: OwnPreset) -> Image.Image:
        try:
            return open_picture(self._pictures.picture_path(preset.pictures[0]), CELL)
        except PictureError:  # only the database was restored from a backup: at least it can be deleted
            return Image.new("RGB", (CELL, CELL), "lightgray")


def _legible(name: str) -> str:
    """What of a name a sheet can write; the buttons have all of it, in the same order."""
    return " ".join("".join(letter if can_write(letter) else " " for letter in name).split())


def own_keyboard(language: str, own: Sequence[OwnPreset], photo: int | None) -> InlineKeyboardMarkup:
    """All of them, and a way to delete one. Not numbered: a number that is written is everybody's style."""
    rows = in_rows([button(preset.name, PickStyle(preset.key, photo)) for preset in own])
    return InlineKeyboardMarkup([*rows, [button(label(language, "button-drop"), DropOwn(ANY, False))]])


def which_keyboard(language: str, own: Sequence[OwnPreset]) -> InlineKeyboardMarkup:
    """Which one is to be deleted."""
    rows = in_rows([button(f"✕ {preset.name}", DropOwn(preset.id, False)) for preset in own])
    return InlineKeyboardMarkup([*rows, [button(label(language, "button-back"), KeepOwn())]])


def drop_keyboard(language: str, preset: OwnPreset) -> InlineKeyboardMarkup:
    """Whether they are sure."""
    return InlineKeyboardMarkup(
        [
            [button(label(language, "button-drop-sure", name=preset.name), DropOwn(preset.id, True))],
            [button(label(language, "button-keep"), KeepOwn())],
        ]
    )
