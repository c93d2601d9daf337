"""Photos, picture files, still stickers, and albums of them."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from telegram import Message, Update
from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.api.retries import is_passing
from bot.dialogue import MAX_STYLES
from bot.dialogue_events import AlbumSent, NamedStyle, PictureSent, StyleChosen
from bot.dialogue_states import Idle
from bot.handlers.addressed import answered, is_addressed
from bot.handlers.fetching import attached, fetch
from bot.handlers.gate import hear_later
from bot.handlers.meaning import meant_by_caption
from bot.handlers.own_presets import asks_to_save, save_pictures
from bot.handlers.reading import asks_for_a_style, is_called_a_style
from bot.handlers.recipes import choose
from bot.handlers.service import Context, Service, origin_of, origin_of_update, person_of, service_of
from bot.jobs import JobStyle
from bot.people.albums import Album, Part
from bot.people.person import Person, is_group
from bot.storage import inbox

log = logging.getLogger(__name__)

TYPING_SECONDS = 2.0  # for the sign of it: where Telegram puts that off, no picture waits for it


async def on_picture(update: Update, context: Context) -> None:
    """A photo, a still sticker, or a file that may be a picture."""
    service, message = service_of(context), update.effective_message
    person = await person_of(update, service)
    if message is None or person is None:
        return
    if message.media_group_id is None:
        async with _until_heard(service, person, [message.message_id]):
            if not await _is_chatter(service, person, message):
                await _hear(service, person, message, context.bot.username)
    else:
        await _collect(service, person, update, message)


async def on_album(service: Service, album: Album, bot_name: str) -> None:
    """All pictures of an album are there, or could not be fetched."""
    try:
        if album.trouble is not None:
            raise album.trouble
        await _hear_album(service, album, bot_name)
    except Exception as error:
        if service.worker.is_stopping:
            raise  # it is heard again at the next start
        if is_passing(error):
            await hear_later(service, album.updates, error)
            return
        log.exception("An album in chat %d failed.", album.person.chat_id)
        await service.conversation.tell(album.person, "trouble")
    for update in album.updates:
        service.postponed.forget(origin_of_update(update) or "")


async def _hear_album(service: Service, album: Album, bot_name: str) -> None:
    words, caption = await _meant_by_captions(service, album, bot_name)
    async with _until_heard(service, album.person, album.messages):
        if album.pictures and asks_to_save(words):
            await save_pictures(service, album.person, words, album.pictures)
        elif album.pictures:
            if caption is None:
                written = None if album.is_answer else album.written
                await _leave_others(service, album.person, words, bot_name, written)
            event = _event_of(album, caption, bot_name)
            await service.conversation.hear(album.person, event, album.origin)


async def _meant_by_captions(
    service: Service, album: Album, bot_name: str
) -> tuple[str | None, NamedStyle | None]:
    """The first of an album's captions that says what to do with it, and the style that it names.

    People write what a photo shows below one picture, and what they want below another.
    """
    for words in album.words:
        if is_called_a_style(words, bot_name):
            continue
        style = await meant_by_caption(service, album.person, words, bot_name)
        if style is not None or asks_to_save(words) or asks_for_a_style(words, bot_name):
            return words, style
    return None, None


def _event_of(album: Album, caption: NamedStyle | None, bot_name: str) -> AlbumSent | StyleChosen:
    """Pictures that are called a style are that of the others, or else of the photo that waits or comes."""
    captions = album.captions
    called = [one for one in album.pictures if is_called_a_style(captions.get(one.message_id), bot_name)]
    if caption is not None or not called:
        return AlbumSent(tuple(album.pictures), caption, album.lost_first)
    style = StyleChosen(tuple(JobStyle(picture=one.file) for one in called[:MAX_STYLES]))
    photos = tuple(one for one in album.pictures if one not in called)
    return AlbumSent(photos, style) if photos else style


def _until_heard(
    service: Service, person: Person, message_ids: Sequence[int]
) -> AbstractAsyncContextManager[None]:
    worker = service.worker

    def is_heard_again(error: Exception) -> bool:
        return worker.is_stopping or is_passing(error)

    return inbox.until_heard(service.store, person.chat_id, message_ids, is_heard_again)


async def _is_chatter(service: Service, person: Person, message: Message) -> bool:
    """Whether it is a sticker or an animation with which somebody in a group answers a painting."""
    plays = message.sticker is not None or message.animation is not None
    if not plays or not is_group(person.chat_id) or is_addressed(message):
        return False
    return await service.conversation.state(person) == Idle()


async def _hear(service: Service, person: Person, message: Message, bot_name: str) -> None:
    picture = await fetch(service, person, attached(message), message.message_id)
    if picture is None:
        return
    if asks_to_save(message.caption):
        await save_pictures(service, person, message.caption, [picture])
    elif is_called_a_style(message.caption, bot_name):
        style = StyleChosen((JobStyle(picture=picture.file),))
        await choose(service, person, message, style)
    else:
        caption = await meant_by_caption(service, person, message.caption, bot_name)
        if caption is None:
            written = None if answered(message) else message.date.timestamp()
            await _leave_others(service, person, message.caption, bot_name, written)
        await service.conversation.hear(person, PictureSent(picture, caption), origin_of(message))


async def _leave_others(
    service: Service, person: Person, caption: str | None, bot_name: str, written: float | None
) -> None:
    """Let go of photos that wait for a style, where the pictures that come are no styles but photos: their
    caption asks for a style, or the others were left for long by the time that these were written.

    written: None for what answers a message, as an answer is one however late.
    """
    is_late = written is not None and await service.conversation.is_left(person, written)
    if is_late or asks_for_a_style(caption, bot_name):
        await service.conversation.leave(person)


async def _collect(service: Service, person: Person, update: Update, message: Message) -> None:
    group_id = message.media_group_id or ""
    is_first = not service.albums.is_open(person, group_id)
    album = service.albums.add(person, group_id, part_of_album(message))
    album.updates.append(update)
    picture = None
    try:
        if is_first:  # the words come when all pictures have
            with contextlib.suppress(TelegramError, TimeoutError):
                async with asyncio.timeout(TYPING_SECONDS):
                    await message.chat.send_action(ChatAction.TYPING)
        picture = await fetch(service, person, attached(message), message.message_id)
    except TelegramError as error:
        if not is_passing(error):
            raise
        album.trouble = error  # all of the album is heard again: it stays whole
    finally:
        service.albums.arrived(album, message.message_id, picture)


def part_of_album(message: Message) -> Part:
    """What an album is to know of one of its messages, whatever is in it."""
    return Part(
        message.message_id,
        origin_of(message),
        message.date.timestamp(),
        message.caption,
        is_answer=answered(message) is not None,
    )
