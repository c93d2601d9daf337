"""/admin, for the bot's keepers in their own chats with it; for all others there is no such command."""

import logging
import re

from telegram import CallbackQuery, Update

from bot.chat.introduction import introduce_to_admin
from bot.handlers.admin_panel import INTAKES, PANELS
from bot.handlers.press import answer, answer_stale_menu, turn_into
from bot.handlers.service import Context, Service, person_of, service_of
from bot.people.access import Verdict
from bot.people.person import Person, is_group
from bot.texts import text

log = logging.getLogger(__name__)

ENDING_SECONDS = 1.0  # to wait for the jobs of somebody who is shut out; they end later anyway
VERDICTS = {"ban": Verdict.BANNED, "unban": None, "allow": Verdict.ALLOWED}
_DONE = {"ban": "admin-banned", "unban": "admin-unbanned", "allow": "admin-allowed"}


async def on_admin(update: Update, context: Context) -> None:
    """/admin, or with what to do: "/admin pause", "/admin ban 123"."""
    service = service_of(context)
    person = await person_of(update, service)
    if person is None:
        return
    if is_group(person.chat_id):
        return  # what it says is not for everybody there
    if not service.access.is_admin(person.user_id):
        await service.conversation.tell(person, "unknown-command")
        return
    await introduce_to_admin(context.bot, person.user_id, await service.store.language(person.user_id))
    action, *rest = [word.lower() for word in context.args or ()] or ["overview"]
    if action in VERDICTS:
        await service.conversation.say(person, await _decide(service, person, action, rest))
    elif action in {*INTAKES, *PANELS, "overview"} and not rest:
        html = await _do(service, person, action)
        await service.conversation.say(person, html, service.admin.keyboard(person.language, action))
    else:
        await service.conversation.tell(person, "admin-how")


async def on_admin_press(service: Service, person: Person, query: CallbackQuery, action: str) -> None:
    """A button of /admin: its message turns into what is asked for."""
    if not service.access.is_admin(person.user_id) or action not in {*INTAKES, *PANELS, "overview"}:
        await answer_stale_menu(query, person)
        return
    await answer(query)
    html = await _do(service, person, action)
    keyboard = service.admin.keyboard(person.language, action)
    await turn_into(service.conversation, person, query, html, keyboard)


async def _do(service: Service, person: Person, action: str) -> str:
    if action in INTAKES:
        await service.worker.set_intake(INTAKES[action])
        log.warning("Admin %d: %s.", person.user_id, action)
    return await service.admin.show(person.language, action)


async def _decide(service: Service, person: Person, action: str, words: list[str]) -> str:
    language = person.language
    if len(words) != 1 or not re.fullmatch(r"[0-9]{1,15}", words[0], re.ASCII):
        return text(language, "admin-how")
    user_id = int(words[0])
    if service.access.is_admin(user_id):
        return text(language, "admin-of-admin", id=words[0])
    await service.access.decide(user_id, VERDICTS[action])
    log.warning("Admin %d: %s %d.", person.user_id, action, user_id)
    if action == "ban":
        await service.worker.drop_person(user_id, ENDING_SECONDS)
    return text(language, _DONE[action], id=words[0])
