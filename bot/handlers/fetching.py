"""Finds the picture in a message and brings it from Telegram."""

import logging
from pathlib import PurePath

from telegram import Document, ExternalReplyInfo, Message, PhotoSize, Sticker
from telegram.error import BadRequest, TelegramError

from bot.actions import PictureRef
from bot.handlers.service import Service
from bot.people import Person
from bot.texts import text
from styler import PictureError, PictureReason

log = logging.getLogger(__name__)

MAX_DOWNLOAD = 20 * 1024 * 1024  # bytes; Telegram gives bots no larger files
PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif"}
)

_REFUSALS = {
    PictureReason.MISSING: "refused-missing",
    PictureReason.EMPTY: "refused-empty",
    PictureReason.NOT_AN_IMAGE: "refused-not-an-image",
    PictureReason.TRUNCATED: "refused-truncated",
    PictureReason.TOO_SMALL: "refused-too-small",
    PictureReason.TOO_LARGE: "refused-too-large",
    PictureReason.TOO_NARROW: "refused-too-narrow",
    PictureReason.TOO_SLOW: "refused-too-slow",
}

Attachment = PhotoSize | Document | Sticker


def attached(message: Message | ExternalReplyInfo) -> Attachment | None:
    """The photo, file or sticker of a message; None when it has none."""
    return message.photo[-1] if message.photo else message.document or message.sticker


async def fetch(
    service: Service, person: Person, attachment: Attachment | None, message_id: int
) -> PictureRef | None:
    """Fetch, check and keep a picture. When it cannot be used, the person is told why and gets None.

    `message_id` is the message that the painting will answer.
    """
    key = _fault(attachment)
    if key is None and attachment is not None:
        try:
            file = await (await attachment.get_file()).download_as_bytearray()
            name = await service.pictures.keep(bytes(file))
            return PictureRef(name, message_id, as_file=isinstance(attachment, Document))
        except PictureError as error:
            key = _REFUSALS[error.reason]
        except BadRequest as error:
            key = "refused-heavy-file" if "too big" in error.message.lower() else "refused-download"
        except TelegramError as error:
            log.warning("A picture could not be fetched: %s", error.message)
            key = "refused-download"
    html = text(person.language, key or "refused-other-file", megabytes=MAX_DOWNLOAD // 1024**2)
    await service.conversation.say(person, html, answer_to=message_id)
    return None


def _fault(attachment: Attachment | None) -> str | None:
    """Why not even to try, by what the sender's Telegram says of it; its bytes have the last word."""
    if attachment is None:
        return "refused-other-file"
    if isinstance(attachment, Sticker) and (attachment.is_animated or attachment.is_video):
        return "refused-moving-sticker"
    if isinstance(attachment, Document):
        suffix = PurePath(attachment.file_name or "").suffix.lower()
        if not (attachment.mime_type or "").startswith("image/") and suffix not in PICTURE_SUFFIXES:
            return "refused-other-file"
    if attachment.file_size and attachment.file_size > MAX_DOWNLOAD:
        return "refused-heavy-file"
    return None
