"""Presses of buttons. Every press is answered at once, or the button would look dead."""

import contextlib
import logging
from collections.abc import Iterator

from telegram import CallbackQuery, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from bot.actions import SayStaleButton
from bot.callback_data import (
    CancelDialogue,
    CancelJob,
    EnoughOfJob,
    FullSize,
    Outdated,
    PickStyle,
    SetLanguage,
    ShowStyles,
    TryAgain,
    decode,
)
from bot.delivery import file_name
from bot.dialogue import Cancelled, StyleChosen, TriedAgain
from bot.handlers.service import Context, Service, person_of, service_of
from bot.jobs import Job
from bot.live_message import reply_to
from bot.people import Person
from bot.store import UnknownJob
from bot.texts import label, languages, text
from bot.words import style_title
from bot.worker import Cancel

log = logging.getLogger(__name__)


async def on_press(update: Update, context: Context) -> None:
    """Any button of ours."""
    service, query = service_of(context), update.callback_query
    person = await person_of(update, service)
    if query is None or person is None:
        return
    match decode(query.data, service.presets):
        case PickStyle() as pick:
            await _pick_style(service, person, query, pick)
        case ShowStyles(page, photo):
            await _turn_page(service, person, query, page, photo)
        case CancelJob(job_id):
            await _cancel_job(service, person, query, job_id)
        case EnoughOfJob(job_id):
            await _enough(service, person, query, job_id)
        case FullSize(job_id):
            await _send_full_size(service, person, query, job_id)
        case TryAgain():
            await _answer(query)
            await service.conversation.hear(person, TriedAgain(), _origin(query))
            await _take_away(query)
        case CancelDialogue():
            await _answer(query)
            await service.conversation.hear(person, Cancelled(), _origin(query))
            await _take_away(query)
        case SetLanguage(language):
            await _set_language(service, person, query, language)
        case Outdated():
            await _answer(query, label(person.language, "stale-button"), alert=True)


async def _pick_style(service: Service, person: Person, query: CallbackQuery, pick: PickStyle) -> None:
    event = StyleChosen.named(pick.preset, pick.photo)
    stale = SayStaleButton() in await service.conversation.foresee(person, event)
    if stale and await _is_in_work(service, person, pick.photo):
        await _answer(query, label(person.language, "already-in-work"))  # a button pressed twice
        return
    if stale or pick.preset not in service.presets:
        await _answer(query, label(person.language, "stale-button"), alert=True)
        return
    await _answer(query)
    await service.conversation.hear(person, event, _origin(query))
    if pick.photo is not None:
        await _take_away(query)  # the question is answered


async def _is_in_work(service: Service, person: Person, photo: int | None) -> bool:
    views = await service.worker.views(person.chat_id, person.user_id)
    return photo is not None and photo in {view.job.reply_to for view in views}


async def _cancel_job(service: Service, person: Person, query: CallbackQuery, job_id: str) -> None:
    job = service.worker.open_job(job_id)
    outcome = await service.worker.cancel(job_id, person.user_id)
    await _answer(query, _told(service, person, job, outcome, "stopping"))


async def _enough(service: Service, person: Person, query: CallbackQuery, job_id: str) -> None:
    job = service.worker.open_job(job_id)
    outcome = service.worker.enough(job_id, person.user_id)
    await _answer(query, _told(service, person, job, outcome, "enough"))


def _told(service: Service, person: Person, job: Job | None, outcome: Cancel, done: str) -> str:
    """What to say to somebody who wanted a job to be ended; it names that job."""
    if job is None or outcome is Cancel.OVER:
        return label(person.language, "job-over")
    if outcome is Cancel.NOT_YOURS:
        return label(person.language, "not-your-job")
    style = style_title(person.language, job.styles, service.presets)
    return label(person.language, done if outcome is Cancel.STOPPED else "enough-too-early", style=style)


async def _send_full_size(service: Service, person: Person, query: CallbackQuery, job_id: str) -> None:
    try:
        job: Job | None = await service.store.job(job_id)
    except UnknownJob:
        job = None
    if job is not None and (job.chat_id, job.user_id) != (person.chat_id, person.user_id):
        await _answer(query, label(person.language, "not-your-job"))
        return
    content = await service.pictures.result(job.result) if job is not None and job.result else None
    if job is None or job.result is None or content is None:
        await _answer(query, label(person.language, "result-gone"), alert=True)
        return
    await _answer(query)
    await query.get_bot().send_document(
        person.chat_id,
        content,
        filename=file_name(job),
        disable_content_type_detection=True,
        reply_parameters=reply_to(query.message.message_id if query.message else None),
    )


async def _set_language(service: Service, person: Person, query: CallbackQuery, language: str) -> None:
    if language not in languages():
        await _answer(query, label(person.language, "stale-button"), alert=True)
        return
    await service.store.set_language(person.user_id, language)
    await _answer(query)
    with _unless_unchanged():
        await query.edit_message_text(text(language, "language-set"), parse_mode=ParseMode.HTML)


async def _turn_page(
    service: Service, person: Person, query: CallbackQuery, page: int, photo: int | None
) -> None:
    await _answer(query)
    if query.message is not None:
        with _unless_unchanged():
            await service.gallery.turn(person, query.message.message_id, page, photo)


async def _answer(query: CallbackQuery, words: str | None = None, *, alert: bool = False) -> None:
    """Stop the button's waiting sign. A press of before the bot's start is too old to be answered."""
    try:
        await query.answer(words, show_alert=alert)
    except BadRequest as error:
        log.info("A press could not be answered: %s", error.message)


async def _take_away(query: CallbackQuery) -> None:
    """Delete the message of the button. It does no harm if that fails: its buttons are then stale."""
    try:
        await query.delete_message()
    except TelegramError as error:
        log.info("A question could not be taken away: %s", error.message)


@contextlib.contextmanager
def _unless_unchanged() -> Iterator[None]:
    """The second of two quick presses changes nothing, which Telegram calls an error."""
    try:
        yield
    except BadRequest as error:
        if "not modified" not in error.message.lower():
            raise


def _origin(query: CallbackQuery) -> str:
    when = int(query.message.date.timestamp()) if query.message else 0
    return f"press:{when}:{query.id}"
