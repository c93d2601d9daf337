"""One message of ours that is sent once and from then on only edited: text, picture or file.

Editing is what makes delivery safe: an edit that timed out can be made again, and there is still one message.
"""

import logging
from collections.abc import Awaitable, Callable

from telegram import Bot, InlineKeyboardMarkup, InputMediaDocument, InputMediaPhoto, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden

log = logging.getLogger(__name__)

Keyboard = InlineKeyboardMarkup | None

# Telegram's words for it, in lower case.
NOBODY = (
    "chat not found",
    "peer_id_invalid",
    "user is deactivated",
    "group chat was deactivated",
    "chat_write_forbidden",
    "not enough rights to send text messages",
    "have no rights to send a message",
)
NO_MESSAGE = ("message to edit not found", "message can't be edited", "message_id_invalid")


class Gone(Exception):
    """The person blocked the bot, or the chat is no more: nothing can be said there."""


class LiveMessage:
    """The message, once it is sent; `on_sent` is told its id. Methods raise `Gone` and `TelegramError`."""

    def __init__(
        self,
        bot: Bot,
        chat_id: int,
        reply_to: int | None,
        message_id: int | None,
        on_sent: Callable[[int], Awaitable[None]],
    ) -> None:
        self._bot = bot
        self._chat_id = chat_id
        self._reply_to = reply_to
        self._on_sent = on_sent
        self.message_id = message_id
        self.has_media = False  # a guess for a message of before a restart; put right when Telegram objects
        self._shown: tuple[str, Keyboard] | None = None

    async def say(self, html: str, keyboard: Keyboard) -> None:
        """Show this text, alone or below the picture that is there. Does nothing if it is shown already."""
        if self._shown == (html, keyboard):
            return
        if self.message_id is None or not await self._edit(lambda: self._edit_words(html, keyboard)):
            await self._send(html, keyboard)
        self._shown = html, keyboard

    async def show_photo(self, picture: bytes, html: str, keyboard: Keyboard) -> None:
        """Show a picture. Raises `BadRequest` when Telegram does not take it as a photo."""
        await self._show(InputMediaPhoto(picture, html, ParseMode.HTML), html, keyboard)

    async def show_file(self, content: bytes, file_name: str, html: str, keyboard: Keyboard) -> None:
        """Show a file, whole."""
        # Without this flag Telegram may turn a file that looks like a picture, or a video, into one.
        media = InputMediaDocument(
            content, html, ParseMode.HTML, disable_content_type_detection=True, filename=file_name
        )
        await self._show(media, html, keyboard)

    async def _show(self, media: InputMediaPhoto | InputMediaDocument, html: str, keyboard: Keyboard) -> None:
        if self.message_id is None:
            await self._send(html, keyboard)  # an edit can be repeated safely, sending a picture cannot

        async def edit() -> None:
            await self._bot.edit_message_media(media, self._chat_id, self.message_id, reply_markup=keyboard)

        if not await self._edit(edit):
            await self._send(html, keyboard)
            await self._edit(edit)
        self.has_media = True
        self._shown = html, keyboard

    async def _edit(self, edit: Callable[[], Awaitable[None]]) -> bool:
        """Edit; False where the message was deleted meanwhile and must be sent again."""
        try:
            await edit()
        except Forbidden as error:
            raise Gone(error.message) from error
        except ChatMigrated as error:
            self._follow(error)
            return False
        except BadRequest as error:
            if _says(error, *NOBODY):
                raise Gone(error.message) from error
            if _says(error, *NO_MESSAGE):
                return False
            if not is_unchanged(error):
                raise
        return True

    async def _edit_words(self, html: str, keyboard: Keyboard) -> None:
        try:
            await self._edit_as_it_is(html, keyboard)
        except BadRequest as error:
            if not _says(error, "there is no text in the message", "there is no caption in the message"):
                raise
            self.has_media = not self.has_media
            await self._edit_as_it_is(html, keyboard)

    async def _edit_as_it_is(self, html: str, keyboard: Keyboard) -> None:
        if self.has_media:
            await self._bot.edit_message_caption(
                self._chat_id, self.message_id, caption=html, parse_mode=ParseMode.HTML, reply_markup=keyboard
            )
        else:
            await self._bot.edit_message_text(
                html, self._chat_id, self.message_id, parse_mode=ParseMode.HTML, reply_markup=keyboard
            )

    def _follow(self, error: ChatMigrated) -> None:
        """The group has become a supergroup, where none of its messages are known."""
        self._chat_id, self.message_id, self._reply_to = error.new_chat_id, None, None

    async def _send(self, html: str, keyboard: Keyboard) -> None:
        try:
            message = await self._bot.send_message(
                self._chat_id,
                html,
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard,
                reply_parameters=reply_to(self._reply_to),
            )
        except Forbidden as error:
            raise Gone(error.message) from error
        except ChatMigrated as error:
            self._follow(error)
            await self._send(html, keyboard)
            return
        except BadRequest as error:
            if _says(error, *NOBODY):
                raise Gone(error.message) from error
            raise
        self.message_id, self.has_media = message.message_id, False
        await self._on_sent(message.message_id)


def reply_to(message_id: int | None) -> ReplyParameters | None:
    """An answer to that message, or a message of its own if that one was deleted."""
    return None if message_id is None else ReplyParameters(message_id, allow_sending_without_reply=True)


def is_unchanged(error: BadRequest) -> bool:
    """Whether it only says that an edit changed nothing, as the second of two quick presses does."""
    return _says(error, "message is not modified")


def is_missing(error: BadRequest) -> bool:
    """Whether it says that the message is not there to be edited: it was deleted, most likely."""
    return _says(error, *NO_MESSAGE)


def _says(error: BadRequest, *phrases: str) -> bool:
    return any(phrase in error.message.lower() for phrase in phrases)
