"""The commands, and words without one."""

from collections.abc import Sequence

from telegram import Message, Update

from bot.actions import SayNothingToCancel
from bot.chat.words import status_painting, status_waiting
from bot.dialogue_events import Cancelled, TextSent
from bot.dialogue_states import HasContent, HasStyle, Idle, State, kept
from bot.handlers.addressed import is_answer
from bot.handlers.meaning import is_about_style, meant_by_words
from bot.handlers.pictures import part_of_album
from bot.handlers.reading import named_style
from bot.handlers.recipes import open_recipe
from bot.handlers.replies import numbered_on_sheet, open_job_shown_in, paint_pointed, pointed_at
from bot.handlers.service import (
    Context,
    Service,
    origin_of,
    person_of,
    service_of,
)
from bot.jobs import Job, JobStatus
from bot.keyboards import cancel_choice_keyboard, try_again_keyboard
from bot.people.person import Person, is_group
from bot.queue.outlook import JobView
from bot.texts import text
from bot.titles import job_title, style_title
from bot.worker import Cancel


async def on_start(update: Update, context: Context) -> None:
    """/start, and /start CODE, which a link with a recipe becomes."""
    service, message = service_of(context), update.effective_message
    person = await person_of(update, service)
    if person is None or message is None:
        return
    if context.args:
        await open_recipe(service, person, message, context.args[0])
    else:
        key = "help-group" if is_group(person.chat_id) else "start"
        await service.conversation.tell(person, key)


async def on_help(update: Update, context: Context) -> None:
    """/help"""
    service = service_of(context)
    person = await person_of(update, service)
    if person is not None and is_group(person.chat_id):
        await service.conversation.tell(person, "help-group")
    elif person is not None:
        html = text(person.language, "help", kept=service.how_long_kept(person.language))
        await service.conversation.say(person, html)


async def on_style(update: Update, context: Context) -> None:
    """/style shows all presets, /style NAME picks one; in answer to a picture, it is for that one."""
    service, message = service_of(context), update.effective_message
    person = await person_of(update, service)
    if person is None or message is None:
        return
    name = " ".join(context.args or ())
    presets = await service.own.known(person.user_id)
    pointed = await pointed_at(service, person, message)
    if pointed is not None:
        style = numbered_on_sheet(pointed, name) or (named_style(name, presets) if name else None)
        await paint_pointed(service, person, message, pointed, style)
        return
    if name:
        await service.conversation.hear(person, named_style(name, presets), origin_of(message))
        return
    state = await service.conversation.state(person)
    photo = state.content.message_id if isinstance(state, HasContent) else None
    question = await service.gallery.show(person, photo)
    if photo is not None:
        service.conversation.remember_question(person, photo, question)
        await service.conversation.remind(person)


async def on_status(update: Update, context: Context) -> None:
    """/status: how each of my jobs stands, and what is waited for."""
    service = service_of(context)
    person = await person_of(update, service)
    if person is None:
        return
    views = await service.worker.views(person.chat_id, person.user_id)
    lines = [_status_line(service, person, view) for view in views]
    state = await service.conversation.state(person)
    lines += _open_question(service, person, state)
    await service.conversation.remind(person)
    keyboard = try_again_keyboard(person.language) if kept(state) else None
    await service.conversation.say(person, "\n".join(lines) or text(person.language, "status-none"), keyboard)


async def on_cancel(update: Update, context: Context) -> None:
    """/cancel drops the job that it answers, else the dialogue; where none is open, a job that is chosen.

    One that is heard again has perhaps dropped the dialogue before, and is asked whether it means the job.
    """
    service, message = service_of(context), update.effective_message
    person = await person_of(update, service)
    if person is None or message is None:
        return
    answered = message.reply_to_message
    job = await open_job_shown_in(service, person, answered) if answered else None
    if job is not None:
        await _cancel_job(service, person, job)
        return
    actions = await service.conversation.hear(person, Cancelled(), origin_of(message))
    views = await service.worker.views(person.chat_id, person.user_id)
    views = [view for view in views if view.job.status is not JobStatus.DELIVERING]
    if SayNothingToCancel() not in actions:
        await _let_choose(service, person, "cancel-others", views)
    elif len(views) == 1 and not service.postponed.may_be_half_done(origin_of(message)):
        await _cancel_job(service, person, views[0].job)
    elif views:
        await _let_choose(service, person, "cancel-which", views)
    else:
        await service.conversation.tell(person, "nothing-to-cancel")


async def on_text(update: Update, context: Context) -> None:
    """Words: a style, for the picture that they answer if any, or else what wants help."""
    service, message = service_of(context), update.effective_message
    person = await person_of(update, service)
    if person is None or message is None:
        return
    pointed = await pointed_at(service, person, message)
    words = message.text or ""
    # Words about a painting are praise more often than a style.
    answers = pointed is not None and (pointed.is_question or not is_answer(message))
    asked = answers or isinstance(await service.conversation.state(person), HasContent)
    asked = asked or await is_about_style(service, person, words)
    style = numbered_on_sheet(pointed, words) or await meant_by_words(service, person, words, asked=asked)
    if pointed is not None and style is not None:
        await paint_pointed(service, person, message, pointed, style)
    else:
        await service.conversation.hear(person, style or TextSent(), origin_of(message))


async def on_unknown_command(update: Update, context: Context) -> None:
    """A command that there is not."""
    service = service_of(context)
    if person := await person_of(update, service):
        await service.conversation.tell(person, "unknown-command")


async def on_anything_else(update: Update, context: Context) -> None:
    """A video, a voice message, a place on the map ..."""
    service, message = service_of(context), update.effective_message
    person = await person_of(update, service)
    if person is None or message is None:
        return
    if message.media_group_id is not None and not _is_first_in_album(service, person, update, message):
        return  # they were told
    waits = isinstance(await service.conversation.state(person), HasContent)
    await service.conversation.remind(person)
    await service.conversation.tell(person, "only-pictures-for-photo" if waits else "only-pictures")


def _is_first_in_album(service: Service, person: Person, update: Update, message: Message) -> bool:
    """Take a film for a picture of its album that cannot be used; whether it is the first of these."""
    group_id = message.media_group_id or ""
    album = service.albums.add(person, group_id, part_of_album(message))
    album.updates.append(update)
    service.albums.arrived(album, message.message_id, None)
    return len(album.refused) == 1


def _status_line(service: Service, person: Person, view: JobView) -> str:
    style = job_title(view.job, service.presets, person.language)
    if view.waiting is not None:
        return status_waiting(person.language, style, view.waiting)
    if view.job.status is JobStatus.DELIVERING:
        return text(person.language, "status-delivering", style=style)
    return status_painting(person.language, style, view.glimpse)


def _open_question(service: Service, person: Person, state: State) -> list[str]:
    match state:
        case Idle():
            return []
        case HasStyle(styles):
            style = style_title(person.language, styles, service.presets)
            return [text(person.language, "help-photo-for-style", style=style)]
        case _:
            waiting = [text(person.language, "status-waiting-style")] if isinstance(state, HasContent) else []
            refused = len(kept(state))
            return [*waiting, text(person.language, "help-room", count=refused)] if refused else waiting


async def _let_choose(service: Service, person: Person, question: str, views: Sequence[JobView]) -> None:
    """Show these jobs, if there are any, with a button for each that cancels it."""
    if not views:
        return
    choice = [(view.job.id, job_title(view.job, service.presets, person.language)) for view in views]
    lines = [f"{number}. {_status_line(service, person, view)}" for number, view in enumerate(views, 1)]
    html = "\n".join([text(person.language, question), *lines])
    await service.conversation.say(person, html, cancel_choice_keyboard(person.language, choice))


async def _cancel_job(service: Service, person: Person, job: Job) -> None:
    if await service.worker.cancel(job.id, person.user_id) is Cancel.STOPPED:
        style = job_title(job, service.presets, person.language)
        await service.conversation.tell(person, "cancelled-job", style=style)
    else:
        await service.conversation.tell(person, "job-over")
