"""The picture that a message points at by answering it: anybody's photo, or a painting of ours."""

from dataclasses import dataclass, replace

from telegram import InlineKeyboardMarkup, Message

from bot.actions import PictureRef
from bot.callback_data import decode
from bot.callbacks import Callback, Outdated, PaintStyle, PickStyle, ShowStyles
from bot.dialogue_events import NamedStyle, PhotoAgain, PictureSent, StyleChosen
from bot.dialogue_states import HasContent
from bot.handlers.fetching import Attachment, attached, fetch
from bot.handlers.reading import number_in
from bot.handlers.service import Service, origin_of
from bot.jobs import Job
from bot.people.person import Person
from bot.store import UnknownJob


@dataclass(frozen=True, slots=True)
class Pointed:
    """A picture that was pointed at: one to fetch, or the photo of an open job or of a sheet."""

    source: Attachment | Job
    message_id: int  # what the painting will answer

    @property
    def is_question(self) -> bool:
        """Whether it asks for a style, as a sheet does."""
        return isinstance(self.source, Job) and self.source.sheet


async def pointed_at(service: Service, person: Person, message: Message) -> Pointed | None:
    """What this message answers, if there is a picture to paint in it."""
    elsewhere, answered = message.external_reply, message.reply_to_message
    if elsewhere is not None and (attachment := attached(elsewhere)) is not None:
        return Pointed(attachment, message.message_id)
    if answered is None:
        return None
    job = await open_job_shown_in(service, person, answered)
    job = job or await _job_of_sheet(service, person, answered)
    if job is not None:  # the picture there, if any, is half a painting, or many
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
    """Take the picture that `message` points at for a photo to paint; without a style, ask for one.

    Where it is what was asked about, the style is for the whole album that waits.
    """
    state = await service.conversation.state(person)
    waits = isinstance(state, HasContent) and pointed.message_id in {one.message_id for one in state.photos}
    if waits and isinstance(style, StyleChosen):
        event = replace(style, content_message=pointed.message_id)
        await service.conversation.hear(person, event, origin_of(message))
        return
    if isinstance(pointed.source, Job):
        picture: PictureRef | None = PictureRef(
            pointed.source.content, pointed.message_id, pointed.source.as_file
        )
    else:
        picture = await fetch(service, person, pointed.source, pointed.message_id)
    if picture is None:
        return
    sent = PictureSent(picture, style) if style else PhotoAgain(picture)
    await service.conversation.hear(person, sent, origin_of(message))


def numbered_on_sheet(pointed: Pointed | None, words: str) -> StyleChosen | None:
    """The style of that number on the sheet that is answered: one's own have one there, too."""
    if pointed is None or not isinstance(pointed.source, Job) or not pointed.source.sheet:
        return None
    styles = pointed.source.styles
    number = number_in(words)
    return StyleChosen((styles[number - 1],)) if 1 <= number <= len(styles) else None


async def open_job_shown_in(service: Service, person: Person, message: Message) -> Job | None:
    """The person's job whose live message it is."""
    jobs = await service.store.jobs_of(person.user_id, person.chat_id)
    return next((job for job in jobs if job.progress_message == message.message_id), None)


async def _job_of_sheet(service: Service, person: Person, message: Message) -> Job | None:
    """The job whose sheet it is, if it is this person's and its photo is still kept."""
    presses = _presses(message.reply_markup)
    job_id = next((press.job_id for press in presses if isinstance(press, PaintStyle)), None)
    if job_id is None:
        return None
    try:
        job = await service.store.job(job_id)
    except UnknownJob:
        return None
    is_own = (job.chat_id, job.user_id) == (person.chat_id, person.user_id)
    return job if is_own and service.results.has_photo(job) else None


def _chooses_styles(keyboard: InlineKeyboardMarkup | None) -> bool:
    """Whether the picture is only a sheet of styles, and the answer one to its question."""
    return any(isinstance(press, PickStyle | ShowStyles | PaintStyle) for press in _presses(keyboard))


def _presses(keyboard: InlineKeyboardMarkup | None) -> list[Callback | Outdated]:
    """What its buttons mean."""
    buttons = [button for row in keyboard.inline_keyboard for button in row] if keyboard else []
    return [decode(str(button.callback_data)) for button in buttons]
