"""Presses of buttons."""

from telegram import CallbackQuery, Update

from bot.actions import SayStaleButton
from bot.callback_data import decode
from bot.callbacks import (
    Administer,
    Callback,
    CancelDialogue,
    CancelJob,
    CancelKept,
    ChooseSetting,
    EnoughOfJob,
    ForgetMe,
    JobCallback,
    OpenSetting,
    Outdated,
    OwnCallback,
    PickStyle,
    ResultCallback,
    SetLanguage,
    ShowSettings,
    ShowSheet,
    ShowStyles,
    TryAgain,
)
from bot.dialogue_events import Cancelled, KeptCancelled, StyleChosen, TriedAgain
from bot.dialogue_states import HasStyle, Idle, State, kept, messages
from bot.handlers.admin import on_admin_press
from bot.handlers.old_buttons import pick_again
from bot.handlers.own_presets import on_own_press
from bot.handlers.preferences import on_language_press, on_settings_press
from bot.handlers.press import (
    answer,
    answer_stale,
    answered_by,
    origin_of_press,
    presser,
    take_away,
    unless_unchanged,
)
from bot.handlers.privacy import on_forget_press
from bot.handlers.results import on_result_press
from bot.handlers.service import Context, Service, person_of, service_of
from bot.handlers.sheets import on_sheet_press
from bot.jobs import Job
from bot.people.person import Person, author_of, is_group
from bot.texts import label
from bot.titles import job_title, style_title
from bot.worker import Cancel


async def on_press(update: Update, context: Context) -> None:
    """Any button of ours."""
    service, query = service_of(context), update.callback_query
    person = await person_of(update, service)
    if query is None or person is None:
        return
    pressing, pressed = await presser(query, person), decode(query.data, service.presets)
    if pressing == person or isinstance(pressed, CancelJob | EnoughOfJob):  # which never wait
        await _obey_if_asked(service, pressing, query, pressed)
        return
    async with service.turns.of(pressing.chat_id, pressing.user_id):  # of several who press as the same one
        await _obey_if_asked(service, pressing, query, pressed)


async def _obey_if_asked(
    service: Service, person: Person, query: CallbackQuery, pressed: Callback | Outdated
) -> None:
    if await _is_asked(service, query, person):
        await _obey(service, person, query, pressed)
    else:
        await answer(query, label(person.language, "not-your-question"), alert=True)


async def _obey(service: Service, person: Person, query: CallbackQuery, pressed: Callback | Outdated) -> None:
    """Do what the button is for."""
    if isinstance(pressed, ResultCallback):
        await on_result_press(service, person, query, pressed)
        return
    if isinstance(pressed, OwnCallback):
        await on_own_press(service, person, query, pressed)
        return
    match pressed:
        case PickStyle() as pick:
            await _pick_style(service, person, query, pick)
        case ShowStyles(page, photo):
            await _turn_page(service, person, query, page, photo)
        case ShowSheet(photo):
            await on_sheet_press(service, person, query, photo)
        case CancelJob(job_id):
            await _cancel_job(service, person, query, job_id)
        case EnoughOfJob(job_id):
            await _enough(service, person, query, job_id)
        case TryAgain():
            await _settle(service, person, query, TriedAgain())
        case CancelDialogue(photo):
            await _settle(service, person, query, Cancelled(photo))
        case CancelKept():
            await _settle(service, person, query, KeptCancelled())
        case SetLanguage(language):
            await on_language_press(service, person, query, language)
        case ShowSettings() | OpenSetting() | ChooseSetting() as settings:
            await on_settings_press(service, person, query, settings)
        case Administer(action):
            await on_admin_press(service, person, query, action)
        case ForgetMe(sure):
            await on_forget_press(service, person, query, sure=sure)
        case Outdated():
            await answer_stale(query, person)


async def _is_asked(service: Service, query: CallbackQuery, person: Person) -> bool:
    """In a group a question answers the message of the one it is for; others have no say there.

    A live message or a painting may answer another's photo, so buttons of jobs look at the job instead. So
    may a question that a press led to: what it asks about waits in the dialogue of the one it is for.
    """
    pressed = decode(query.data)
    if not is_group(person.chat_id) or isinstance(pressed, JobCallback):
        return True
    asked = answered_by(query)
    if asked is None or author_of(asked) in {None, person.user_id}:
        return True
    return getattr(pressed, "photo", None) in messages(await service.conversation.state(person))


async def _pick_style(service: Service, person: Person, query: CallbackQuery, pick: PickStyle) -> None:
    presets = await service.own.known(person.user_id)
    if pick.preset not in presets:
        await answer_stale(query, person)
        return
    event = StyleChosen.named(pick.preset, pick.photo)
    event = await service.own.chosen(person.user_id, event)
    if SayStaleButton() in await service.conversation.foresee(person, event):
        await pick_again(service, person, query, pick)
        return
    if await service.conversation.state(person) == HasStyle(event.styles):  # pressed twice
        style = style_title(person.language, event.styles, service.presets)
        await answer(query, label(person.language, "style-is-chosen", style=style))
        return
    await answer(query)
    if pick.photo is not None and query.message is not None:
        service.conversation.remember_question(person, pick.photo, query.message.message_id)
    await service.conversation.hear(person, event, origin_of_press(query))


async def _settle(
    service: Service, person: Person, query: CallbackQuery, event: TriedAgain | Cancelled | KeptCancelled
) -> None:
    """What was waited for goes on or is dropped, if it still waits; the question is settled either way."""
    if _waits(await service.conversation.state(person), event):
        await answer(query)
        await service.conversation.hear(person, event, origin_of_press(query))
    else:
        await answer(query, label(person.language, "already-settled"))
    await take_away(query)


def _waits(state: State, event: TriedAgain | Cancelled | KeptCancelled) -> bool:
    match event:
        case Cancelled(None):
            return state != Idle()
        case Cancelled(photo):
            return photo in messages(state)
        case _:
            return bool(kept(state))


async def _cancel_job(service: Service, person: Person, query: CallbackQuery, job_id: str) -> None:
    job = service.open_jobs.get(job_id)
    outcome = await service.worker.cancel(job_id, person.user_id)
    await answer(query, _told(service, person, job, outcome, "stopping"))


async def _enough(service: Service, person: Person, query: CallbackQuery, job_id: str) -> None:
    job = service.open_jobs.get(job_id)
    outcome = service.worker.enough(job_id, person.user_id)
    await answer(query, _told(service, person, job, outcome, "enough"))


def _told(service: Service, person: Person, job: Job | None, outcome: Cancel, done: str) -> str:
    """What to say to somebody who wanted a job to be ended; it names that job."""
    if job is None or outcome is Cancel.OVER:
        return label(person.language, "job-over")
    if outcome is Cancel.NOT_YOURS:
        return label(person.language, "not-your-job")
    style = job_title(job, service.presets, person.language)
    return label(person.language, done if outcome is Cancel.STOPPED else "enough-too-early", style=style)


async def _turn_page(
    service: Service, person: Person, query: CallbackQuery, page: int, photo: int | None
) -> None:
    await answer(query)
    if query.message is not None:
        with unless_unchanged():
            await service.gallery.turn(person, query.message.message_id, page, photo)
