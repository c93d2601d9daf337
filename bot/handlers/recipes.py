"""/again, and the links by which recipes travel."""

from telegram import Message, Update

from bot.chat.recipes import read_code
from bot.dialogue_events import NamedStyle
from bot.handlers.meaning import last_style, recipe_of
from bot.handlers.replies import paint_pointed, pointed_at
from bot.handlers.service import Context, Service, origin_of, person_of, service_of
from bot.people.person import Person
from bot.texts import text


async def on_again(update: Update, context: Context) -> None:
    """/again: the last recipe, for the photo it answers, the one that waits, or the next."""
    service, message = service_of(context), update.effective_message
    person = await person_of(update, service)
    if person is None or message is None:
        return
    style = await last_style(service, person)
    if style is not None:
        await choose(service, person, message, style)
        return
    painted = await service.store.latest_job(person.user_id) is not None
    html = text(person.language, "style-gone" if painted else "again-none")
    await service.conversation.say(person, html)


async def open_recipe(service: Service, person: Person, message: Message, code: str) -> None:
    """/start CODE, which a link to the bot becomes."""
    style = await recipe_of(service, code)
    is_new = await service.store.latest_job(person.user_id) is None  # a friend, here for the first time
    if style is None:
        recipe = read_code(code)
        was_shared = recipe is not None and recipe.job_id is not None  # other words may be anybody's
        await service.conversation.tell(person, "recipe-gone" if was_shared or not is_new else "start")
        return
    if is_new:
        await service.conversation.tell(person, "start-with-recipe")
    await service.conversation.hear(person, style, origin_of(message))


async def choose(service: Service, person: Person, message: Message, style: NamedStyle) -> None:
    """Take the style for the picture that the message answers, or else for the one that waits or comes."""
    pointed = await pointed_at(service, person, message)
    if pointed is not None:
        await paint_pointed(service, person, message, pointed, style)
    else:
        await service.conversation.hear(person, style, origin_of(message))
