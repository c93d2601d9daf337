"""Photos, picture files and albums."""

import logging
from pathlib import PurePath

from telegram import Document, Message, PhotoSize, Update
from telegram.error import BadRequest, TelegramError

from bot.actions import PictureRef
from bot.albums import Album
from bot.dialogue import AlbumSent, Event, PictureSent
from bot.handlers.service import Context, Service, origin_of, person_of, service_of, style_in_caption
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
}


async def on_picture(update: Update, context: Context) -> None:
    """A photo, or a file that may be a picture."""
    service, message = service_of(context), update.effective_message
    person = await person_of(update, service)
    if message is None or person is None:
        return
    if message.media_group_id is None:
        picture = await _receive(service, person, message)
        if picture is not None:
            event = PictureSent(picture, style_in_caption(message.caption, service.presets))
            await service.conversation.hear(person, event, origin_of(message))
        return
    album = service.albums.expect(person, message.media_group_id, origin_of(message), message.caption)
    picture = None
    try:
        picture = await _receive(service, person, message)
    finally:
        service.albums.arrived(album, picture)


async def on_album(service: Service, album: Album) -> None:
    """All pictures of an album are there."""
    caption = style_in_caption(album.caption, service.presets)
    event: Event
    match album.pictures:
        case []:
            return
        case [picture]:
            event = PictureSent(picture, caption)
        case pictures:
            event = AlbumSent(tuple(pictures), caption)
    await service.conversation.hear(album.person, event, album.origin)


async def _receive(service: Service, person: Person, message: Message) -> PictureRef | None:
    """Fetch and check the picture of a message; says why when it cannot be used."""
    html = None
    attachment = message.photo[-1] if message.photo else message.document
    if attachment is None or not _may_be_picture(attachment):
        html = text(person.language, "refused-other-file")
    elif attachment.file_size and attachment.file_size > MAX_DOWNLOAD:
        html = text(person.language, "refused-heavy-file", megabytes=MAX_DOWNLOAD // 1024**2)
    else:
        try:
            file = await (await attachment.get_file()).download_as_bytearray()
            name = await service.pictures.keep(bytes(file))
            return PictureRef(name, message.message_id, as_file=message.document is not None)
        except PictureError as error:
            html = text(person.language, _REFUSALS[error.reason])
        except BadRequest as error:
            heavy = "too big" in error.message.lower()
            key = "refused-heavy-file" if heavy else "refused-download"
            html = text(person.language, key, megabytes=MAX_DOWNLOAD // 1024**2)
        except TelegramError as error:
            log.warning("A picture could not be fetched: %s", error.message)
            html = text(person.language, "refused-download")
    await service.conversation.say(person, html, answer_to=message.message_id)
    return None


def _may_be_picture(attachment: PhotoSize | Document) -> bool:
    """By what the sender's Telegram says of it; its bytes have the last word."""
    if isinstance(attachment, PhotoSize):
        return True
    suffix = PurePath(attachment.file_name or "").suffix.lower()
    return (attachment.mime_type or "").startswith("image/") or suffix in PICTURE_SUFFIXES
