"""The buttons under a painting. They obey its owner alone, and work for as long as it is kept."""

from dataclasses import replace

from telegram import CallbackQuery, InlineKeyboardMarkup, Message
from telegram.error import TelegramError

from bot.actions import Enqueue, PictureRef
from bot.callbacks import (
    Bigger,
    DeleteResult,
    FullSize,
    KeepResult,
    NextPhoto,
    OtherStyle,
    PaintStyle,
    ResultCallback,
    ShowAt,
    ShowColors,
    Swap,
)
from bot.chat.live_message import LiveMessage, reply_to
from bot.chat.result_keyboard import STRENGTHS, delete_keyboard, next_photo_button, swappable
from bot.chat.results import ResultLost, file_name
from bot.conversation.refusals import refused_press
from bot.dialogue_events import PhotoAgain, StyleChosen
from bot.handlers.press import answer, answer_stale_menu, origin_of_press, unless_unchanged
from bot.handlers.service import Service
from bot.jobs import Job, JobChanges, JobStyle
from bot.people.person import Person
from bot.store import UnknownJob
from bot.texts import label


async def on_result_press(
    service: Service, person: Person, query: CallbackQuery, pressed: ResultCallback
) -> None:
    """A button under a painting."""
    job = await own_job(service, person, query, pressed.job_id)
    if job is None:
        return
    match pressed:
        case NextPhoto():
            await _paint_next(service, person, query, job)
        case DeleteResult(sure=False):
            await _swap_keyboard(query, delete_keyboard(job))
        case DeleteResult():
            await _delete(service, person, query, job)
        case OtherStyle() if service.results.has_photo(job):  # of a painting that failed, too
            await answer(query)
            await service.conversation.hear(person, PhotoAgain(_photo_of(job)), origin_of_press(query))
        case _ if not service.results.is_kept(job):
            await _say_gone(service, person, query, job)
        case ShowAt(_, strength):
            await _show(service, person, query, job, {"strength": float(strength)})
        case ShowColors(_, keep):
            await _show(service, person, query, job, {"keep_colors": keep})
        case KeepResult():
            await _swap_keyboard(query, service.results.keyboard(job, full_size=not _is_file(query)))
        case FullSize():
            await _send_full_size(service, person, query, job)
        case PaintStyle(_, place):
            await _paint_place(service, person, query, job, place)
        case Bigger(_, size):
            await _paint_bigger(service, person, query, job, size)
        case Swap():
            await _paint_swapped(service, person, query, job)


async def own_job(service: Service, person: Person, query: CallbackQuery, job_id: str) -> Job | None:
    """The job, in the language that is spoken now, if it is this person's; else the press is answered."""
    try:
        job = await service.store.job(job_id)
    except UnknownJob:
        await answer(query, _gone(service, person), alert=True)
        return None
    if (job.chat_id, job.user_id) != (person.chat_id, person.user_id):
        await answer(query, label(person.language, "not-your-job"))
        return None
    return replace(job, language=person.language)


async def _show(
    service: Service, person: Person, query: CallbackQuery, job: Job, changes: JobChanges
) -> None:
    wanted = replace(job, **changes)
    if wanted.shown_strength not in STRENGTHS:
        await answer_stale_menu(query, person)
        return
    await answer(query)
    message = _live_message(query, job)
    try:
        await service.results.show(wanted, message, as_file=_is_file(query))
    except ResultLost:
        await service.conversation.say(person, _gone(service, person), answer_to=message.message_id)
        return
    # Afterwards, so that the ticks say what is seen.
    await service.store.update_job(job.id, **changes)


async def _send_full_size(service: Service, person: Person, query: CallbackQuery, job: Job) -> None:
    await answer(query)
    try:
        content = await service.results.content(job)
    except ResultLost:
        await service.conversation.say(person, _gone(service, person))
        return
    await query.get_bot().send_document(
        person.chat_id,
        content,
        filename=file_name(job),
        disable_content_type_detection=True,
        reply_parameters=reply_to(query.message.message_id if query.message else None),
    )


async def _paint_next(service: Service, person: Person, query: CallbackQuery, job: Job) -> None:
    if not service.conversation.styles_are_kept(job.styles):
        await answer(query, label(person.language, "style-gone"), alert=True)
        return
    await answer(query)
    event = StyleChosen(job.styles, wishes=job.wishes)
    await service.conversation.hear(person, event, origin_of_press(query))


async def _paint_bigger(service: Service, person: Person, query: CallbackQuery, job: Job, size: int) -> None:
    if size > service.estimates.largest_size:  # which the operator has changed
        await answer_stale_menu(query, person)
        with unless_unchanged():
            await query.edit_message_reply_markup(
                service.results.keyboard(job, full_size=not _is_file(query))
            )
        return
    wishes = replace(job.wishes, size=size)
    await paint_again(service, person, query, Enqueue(_photo_of(job), job.styles, wishes))


async def _paint_place(service: Service, person: Person, query: CallbackQuery, job: Job, place: int) -> None:
    if not 1 <= place <= len(job.styles):
        await answer_stale_menu(query, person)
        return
    await _paint_once(service, person, query, Enqueue(_photo_of(job), (job.styles[place - 1],)))


async def _paint_swapped(service: Service, person: Person, query: CallbackQuery, job: Job) -> None:
    photo = job.styles[0].picture
    if photo is None or not swappable(job):
        await answer_stale_menu(query, person)
        return
    if not service.conversation.styles_are_kept(job.styles):
        await answer(query, label(person.language, "style-gone"), alert=True)
        return
    style = JobStyle(picture=job.content)
    wanted = Enqueue(replace(_photo_of(job), file=photo), (style,), job.wishes)
    await _paint_once(service, person, query, wanted)


async def _paint_once(service: Service, person: Person, query: CallbackQuery, wanted: Enqueue) -> None:
    """`paint_again`, unless it has been painted already."""
    earlier = await service.store.jobs_of(person.user_id, person.chat_id, open_only=False)
    what = wanted.content.file, wanted.styles
    if any((one.content, one.styles) == what and one.result for one in earlier):
        await answer(query, label(person.language, "already-painted"))
        return
    await paint_again(service, person, query, wanted)


async def paint_again(service: Service, person: Person, query: CallbackQuery, wanted: Enqueue) -> None:
    """Paint a photo that is kept; the press is answered by what comes of it."""
    views = await service.worker.views(person.chat_id, person.user_id)
    open_jobs = [view.job for view in views]
    if any(_is_same(wanted, job) for job in open_jobs):
        await answer(query, label(person.language, "already-in-work"))  # a button pressed twice
        return
    if not service.conversation.styles_are_kept(wanted.styles):
        await answer(query, label(person.language, "style-gone"), alert=True)
        return
    refusal = await service.conversation.paint(person, wanted, origin_of_press(query))
    if refusal is None:
        await answer(query)
        return
    await answer(query, refused_press(person.language, refusal), alert=True)


def _is_same(wanted: Enqueue, job: Job) -> bool:
    """Whether the job is what is wanted; where no size is, any will do."""
    size = wanted.wishes.size
    same = (job.content, job.styles) == (wanted.content.file, wanted.styles)
    return same and not job.sheet and size in {None, job.size}


async def _delete(service: Service, person: Person, query: CallbackQuery, job: Job) -> None:
    await service.results.forget(job)
    try:
        await query.delete_message()
    except (TelegramError, TypeError):  # no old messages are deleted, and none twice
        await answer(query, label(person.language, "deleted-but-seen"), alert=True)
        with unless_unchanged():
            await query.edit_message_reply_markup(None)
    else:
        await answer(query, label(person.language, "deleted"))


async def _say_gone(service: Service, person: Person, query: CallbackQuery, job: Job) -> None:
    """And leave the one button that still works."""
    await answer(query, _gone(service, person), alert=True)
    left = None if job.sheet else InlineKeyboardMarkup([[next_photo_button(job)]])
    with unless_unchanged():
        await query.edit_message_reply_markup(left)


async def _swap_keyboard(query: CallbackQuery, keyboard: InlineKeyboardMarkup) -> None:
    await answer(query)
    with unless_unchanged():
        await query.edit_message_reply_markup(keyboard)


def _gone(service: Service, person: Person) -> str:
    return label(person.language, "result-gone", kept=service.how_long_kept(person.language))


def _photo_of(job: Job) -> PictureRef:
    return PictureRef(job.content, job.reply_to or 0, as_file=job.as_file)


def _is_file(query: CallbackQuery) -> bool:
    return isinstance(query.message, Message) and query.message.document is not None


def _live_message(query: CallbackQuery, job: Job) -> LiveMessage:
    """The message of the button, to be edited."""

    async def on_sent(_: int) -> None:
        """It was deleted meanwhile, and is a new one now; its buttons know the job as well."""

    message_id = query.message.message_id if query.message else None
    message = LiveMessage(query.get_bot(), job.chat_id, job.reply_to, message_id, on_sent)
    message.has_media = True
    return message
