"""The picture that a message points at by answering it: anybody's photo, or a painting of ours."""

from dataclasses import dataclass

from telegram import InlineKeyboardMarkup, Message

from bot.actions import PictureRef
from bot.callback_data import PickStyle, ShowStyles, decode
from bot.dialogue import NamedStyle, PhotoAgain, PictureSent
from bot.handlers.fetching import Attachment, attached, fetch
from bot.handlers.service import Service, origin_of
from bot.jobs import Job
from bot.people.person import Person


@dataclass(frozen=True, slots=True)
class Pointed:
    """A picture that was pointed at: one to fetch, or the photo of an open job."""

    source: Attachment | Job
    message_id: int  # what the painting will answer


async def pointed_at(service: Service, person: Person, message: Message) -> Pointed | None:
    """What this message answers, if there is a picture to paint in it."""
    elsewhere, answered = message.external_reply, message.reply_to_message
    if elsewhere is not None and (attachment := attached(elsewhere)) is not None:
        return Pointed(attachment, message.message_id)
    if answered is None:
        return None
    job = await _open_job_shown_in(service, person, answered)
    if job is not None:  # the picture there, if any, is half a painting
        return Pointed(job, job.reply_to or answered.message_id)
    attachment = attached(answered)
    if attachment is None or _chooses_styles(answered.reply_markup):
        return None
    return Pointed(attachment, answered.message_id)


async def paint_pointed(
    service: Service,
    person: Person,
    message: Message,
    pointed: Pointed,
    style: NamedStyle | None,
) -> None:
    """Take the picture that `message` points at for a photo to paint; without a style, ask for one."""
    if isinstance(pointed.source, Job):
        picture: PictureRef | None = PictureRef(
            pointed.source.content, pointed.message_id, pointed.source.as_file
        )
    else:
        picture = await fetch(service, person, pointed.source, pointed.message_id)
    if picture is None:
        return
    event = PictureSent(picture, style) if style else PhotoAgain(picture)
    await service.conversation.hear(person, event, origin_of(message))


async def _open_job_shown_in(service: Service, person: Person, message: Message) -> Job | None:
    jobs = await service.store.jobs_of(person.user_id, person.chat_id)
    return next((job for job in jobs if job.progress_message == message.message_id), None)


def _chooses_styles(keyboard: InlineKeyboardMarkup | None) -> bool:
    """Whether the picture is only a sheet of styles, and the answer one to its question."""
    buttons = [button for row in keyboard.inline_keyboard for button in row] if keyboard else []
    return any(isinstance(decode(str(button.callback_data)), PickStyle | ShowStyles) for button in buttons)
