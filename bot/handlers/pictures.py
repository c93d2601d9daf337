"""Photos, picture files, still stickers, and albums of them."""

from telegram import Update

from bot.albums import Album
from bot.dialogue import AlbumSent, Event, PictureSent
from bot.handlers.fetching import attached, fetch
from bot.handlers.meaning import meant_by_caption
from bot.handlers.service import Context, Service, origin_of, person_of, service_of


async def on_picture(update: Update, context: Context) -> None:
    """A photo, a still sticker, or a file that may be a picture."""
    service, message = service_of(context), update.effective_message
    person = await person_of(update, service)
    if message is None or person is None:
        return
    if message.media_group_id is None:
        picture = await fetch(service, person, attached(message), message.message_id)
        if picture is not None:
            caption = await meant_by_caption(service, person, message.caption, context.bot.username)
            event = PictureSent(picture, caption)
            await service.conversation.hear(person, event, origin_of(message))
        return
    album = service.albums.expect(person, message.media_group_id, origin_of(message), message.caption)
    picture = None
    try:
        picture = await fetch(service, person, attached(message), message.message_id)
    finally:
        service.albums.arrived(album, picture)


async def on_album(service: Service, album: Album, bot_name: str) -> None:
    """All pictures of an album are there."""
    caption = await meant_by_caption(service, album.person, album.caption, bot_name)
    event: Event
    match album.pictures:
        case []:
            return
        case [picture]:
            event = PictureSent(picture, caption)
        case pictures:
            event = AlbumSent(tuple(pictures), caption)
    await service.conversation.hear(album.person, event, album.origin)
