"""/privacy says what is kept, /forget deletes it."""

from telegram import CallbackQuery, Update

from bot.chat.introduction import forget_introduction_to, introduce_to_admin
from bot.handlers.press import answer, turn_into
from bot.handlers.service import Context, Service, person_of, service_of
from bot.keyboards import forget_keyboard
from bot.people.forgetting import forget_person
from bot.people.person import Person, is_group
from bot.people.sweeper import KEEP_JOBS_DAYS, PROMISED_DAYS
from bot.texts import text

STOPPING_SECONDS = 20.0  # for a painting to come to its end: a step of a large one takes seconds


async def on_privacy(update: Update, context: Context) -> None:
    """/privacy"""
    service = service_of(context)
    if person := await person_of(update, service):
        kept, counted = service.how_long_kept(person.language), _counted(service, person)
        html = text(
            person.language,
            "privacy",
            kept=kept,
            promised=PROMISED_DAYS,
            days=KEEP_JOBS_DAYS,
            counted=counted,
        )
        await service.conversation.say(person, html)


async def on_forget(update: Update, context: Context) -> None:
    """/forget asks first: a menu is tapped in passing."""
    service = service_of(context)
    if person := await person_of(update, service):
        keyboard = forget_keyboard(person.language)
        await service.conversation.say(person, text(person.language, "forget-sure"), keyboard)


async def on_forget_press(service: Service, person: Person, query: CallbackQuery, *, sure: bool) -> None:
    """The answer to that."""
    await answer(query)
    if sure:
        await service.worker.drop_person(person.user_id, STOPPING_SECONDS)
        counted = service.admission.counts(person.user_id)
        await forget_person(service.store, service.pictures, person.user_id, counted=counted)
        if not is_group(person.chat_id):
            await forget_introduction_to(query.get_bot(), person.chat_id)
        if service.access.is_admin(person.user_id):
            await introduce_to_admin(query.get_bot(), person.user_id, None)
    html = text(person.language, "forgotten" if sure else "not-forgotten", counted=_counted(service, person))
    await turn_into(service.conversation, person, query, html)


def _counted(service: Service, person: Person) -> str:
    return "yes" if service.admission.counts(person.user_id) else "no"
