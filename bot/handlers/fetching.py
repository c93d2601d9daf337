"""Finds the picture in a message and brings it from Telegram."""

import asyncio
import logging
from pathlib import PurePath

from telegram import Document, ExternalReplyInfo, Message, PhotoSize, Sticker
from telegram.error import BadRequest, TelegramError

from bot.actions import PictureRef
from bot.api.downloads import MEBIBYTE, NotTheFile, content_of, largest_download
from bot.api.retries import is_passing
from bot.handlers.service import Service
from bot.people.person import Person
from bot.settings import Settings
from bot.texts import text
from styler import PictureError, PictureReason
from styler.images import MAX_RATIO, MIN_SIDE
from styler.presets import PICTURE_SUFFIXES

log = logging.getLogger(__name__)

PAUSES = (1.0, 3.0)  # seconds between attempts at a file that is not at hand, or for which another came

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

    `message_id` is the message that the painting will answer. Raises what will pass, `is_passing`: then
    the message is heard again.
    """
    most = largest_download(service.settings)
    key = _fault(attachment, most)
    if key is None and attachment is not None:
        try:
            content = await _download(attachment, service.settings)
            beginning, keeping = content[:12], service.pictures.keep(content)
            del content  # many may wait until theirs is examined
            name = await keeping
            return PictureRef(name, message_id, as_file=isinstance(attachment, Document))
        except PictureError as error:
            is_film = error.reason is PictureReason.NOT_AN_IMAGE and _begins_a_film(beginning)
            key = "refused-animation" if is_film else _REFUSALS[error.reason]
        except BadRequest as error:
            key = "refused-heavy-file" if "too big" in error.message.lower() else "refused-download"
        except TelegramError as error:
            if is_passing(error):
                raise
            log.warning("A picture could not be fetched: %s", error.message)
            key = "refused-download"
    limits = {"megabytes": most // MEBIBYTE, "pixels": MIN_SIDE, "times": MAX_RATIO}
    html = text(person.language, key or "refused-other-file", **limits)
    await service.conversation.say(person, html, answer_to=message_id)
    return None


async def _download(attachment: Attachment, settings: Settings) -> bytes:
    for pause in PAUSES:
        try:
            return await content_of(await attachment.get_file(), settings)
        except NotTheFile as error:
            log.info("%s: trying again in %g s.", error.message, pause)
        except BadRequest as error:  # in the words that Telegram has for files that are no more, too
            if "temporarily unavailable" not in error.message.lower():
                raise
            log.info("A picture is not there yet, trying again in %g s.", pause)
        await asyncio.sleep(pause)
    return await content_of(await attachment.get_file(), settings)


def _begins_a_film(content: bytes) -> bool:
    """Whether it is an MP4 or the like, if it is no picture: what is called .gif often is one."""
    return content[4:8] == b"ftyp"


def _fault(attachment: Attachment | None, most: int) -> str | None:
    """Why not even to try, by what the sender's Telegram says of it; its bytes have the last word."""
    if attachment is None:
        return "refused-other-file"
    if isinstance(attachment, Sticker) and (attachment.is_animated or attachment.is_video):
        return "refused-moving-sticker"
    if isinstance(attachment, Document):
        suffix, kind = PurePath(attachment.file_name or "").suffix.lower(), attachment.mime_type or ""
        if kind.startswith("video/"):  # as which Telegram sends a GIF, too
            return "refused-animation"
        if not kind.startswith("image/") and suffix not in PICTURE_SUFFIXES:
            return "refused-other-file"
    if attachment.file_size and attachment.file_size > most:
        return "refused-heavy-file"
    return None
