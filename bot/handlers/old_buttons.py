"""Style buttons below a photo that no longer waits for a style: pressed twice, or long after."""

import logging

from telegram import CallbackQuery, Message

from bot.actions import PictureRef
from bot.callbacks import PickStyle
from bot.dialogue_events import PictureSent, StyleChosen
from bot.handlers.fetching import attached, fetch
from bot.handlers.press import answer, answer_stale, origin_of_press
from bot.handlers.service import Service
from bot.jobs import JobStatus
from bot.people.person import Person
from bot.texts import label

log = logging.getLogger(__name__)


async def pick_again(service: Service, person: Person, query: CallbackQuery, pick: PickStyle) -> None:
    """Paint the photo after all, unless that is done or under way."""
    style = await service.own.chosen(person.user_id, StyleChosen.named(pick.preset))
    jobs = await service.store.jobs_of_photo(person.user_id, person.chat_id, pick.photo)
    if any(job.is_open for job in jobs):
        await answer(query, label(person.language, "already-in-work"))
        return
    if any(job.status is JobStatus.DONE and job.styles == style.styles for job in jobs):
        await answer(query, label(person.language, "already-painted"))
        return
    photo = _photo_asked_about(query, pick)
    if photo is None:
        await answer_stale(query, person)
        return
    await answer(query)
    picture = await _fetch_photo(service, person, photo)
    if picture is not None:
        if query.message is not None:
            service.conversation.remember_question(person, picture.message_id, query.message.message_id)
        await service.conversation.hear(person, PictureSent(picture, style), origin_of_press(query))


def _photo_asked_about(query: CallbackQuery, pick: PickStyle) -> Message | None:
    """The photo's message, which the question answers; gone when either was deleted."""
    question = query.message
    photo = question.reply_to_message if isinstance(question, Message) else None
    is_the_one = photo is not None and photo.message_id == pick.photo and attached(photo) is not None
    return photo if is_the_one else None


async def _fetch_photo(service: Service, person: Person, photo: Message) -> PictureRef | None:
    return await fetch(service, person, attached(photo), photo.message_id)
