"""/sheet: my own photo in every style, small, as one picture to choose from."""

from telegram import CallbackQuery, Update

from bot.actions import PictureRef, SayStaleButton
from bot.dialogue_events import PictureSent, StyleChosen
from bot.dialogue_states import Idle
from bot.handlers.meaning import every_style
from bot.handlers.press import answer, answer_stale, origin_of_press, take_away
from bot.handlers.recipes import choose
from bot.handlers.replies import pointed_at
from bot.handlers.service import Context, Service, origin_of, person_of, service_of
from bot.people.person import Person


async def on_sheet(update: Update, context: Context) -> None:
    """/sheet: of the photo it answers, the one that waits, the one painted last, or else the next."""
    service, message = service_of(context), update.effective_message
    person = await person_of(update, service)
    if person is None or message is None:
        return
    every = await every_style(service, person)
    is_open = await service.conversation.state(person) != Idle()
    pointed = await pointed_at(service, person, message)
    last = None if is_open or pointed else await _last_photo(service, person)
    if last is None:
        await choose(service, person, message, every)
    else:
        await service.conversation.hear(person, PictureSent(last, every), origin_of(message))


async def on_sheet_press(service: Service, person: Person, query: CallbackQuery, photo: int | None) -> None:
    """The button under the question for a photo's style."""
    every = await every_style(service, person)
    event = StyleChosen(every.styles, photo, every.wishes)
    if SayStaleButton() in await service.conversation.foresee(person, event):
        await answer_stale(query, person)
        return
    await answer(query)
    await service.conversation.hear(person, event, origin_of_press(query))
    await take_away(query)


async def _last_photo(service: Service, person: Person) -> PictureRef | None:
    """The photo that was painted last in this chat, if it is still kept."""
    job = await service.store.latest_job(person.user_id)
    if job is None or job.chat_id != person.chat_id or not service.results.has_photo(job):
        return None
    return PictureRef(job.content, job.reply_to or 0, job.as_file)
