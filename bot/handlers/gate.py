"""Who may come in, who went away, and what to say when something breaks."""

import logging

from telegram import ChatMember, Update
from telegram.constants import ParseMode
from telegram.error import Forbidden, TelegramError
from telegram.ext import ApplicationHandlerStop

from bot.handlers.groups import SpokenTo, is_command
from bot.handlers.press import answer
from bot.handlers.service import Context, person_of, service_of
from bot.settings import Settings
from bot.texts import FALLBACK, text

log = logging.getLogger(__name__)

_AWAY = {ChatMember.BANNED, ChatMember.LEFT}


async def let_in(update: object, context: Context) -> None:
    """Stops the update of somebody who may not use this bot; tells them so, if they spoke to it."""
    service = service_of(context)
    user = update.effective_user if isinstance(update, Update) else None
    if user is None or is_let_in(service.settings, user.id):
        return
    assert isinstance(update, Update)
    person = await person_of(update, service)
    if update.callback_query is not None:
        await answer(update.callback_query)
    if person is not None and _speaks_to_bot(update):
        html = text(person.language, "not-invited", id=str(user.id))
        await service.conversation.say(person, html)
    raise ApplicationHandlerStop


def _speaks_to_bot(update: Update) -> bool:
    if update.callback_query is not None:
        return True
    message = update.message
    return message is not None and (SpokenTo().filter(message) or is_command(message))


def is_let_in(settings: Settings, user_id: int) -> bool:
    """Whether this person may use the bot."""
    allowed = settings.bot_allowed_users
    return not allowed or user_id in allowed | settings.bot_admins


async def on_membership(update: Update, context: Context) -> None:
    """Somebody blocked the bot, or threw it out of a group: their jobs need not be painted."""
    change = update.my_chat_member
    if change is not None and change.new_chat_member.status in _AWAY:
        await service_of(context).worker.drop_chat(change.chat.id)


async def on_migration(update: Update, context: Context) -> None:
    """A group has become a supergroup."""
    message = update.message
    if message is not None and message.migrate_to_chat_id is not None:
        await service_of(context).worker.move_chat(message.chat_id, message.migrate_to_chat_id)


async def on_error(update: object, context: Context) -> None:
    """A handler failed: the log gets ids and the trace, the person a kind word."""
    chat = update.effective_chat if isinstance(update, Update) else None
    if isinstance(context.error, Forbidden):
        log.info("Chat %s blocked the bot.", chat.id if chat else "?")
        return
    if service_of(context).worker.is_stopping:
        log.info("Chat %s was not heard to the end: the bot is being stopped.", chat.id if chat else "?")
        return
    log.error(
        "Update %s of chat %s failed.",
        update.update_id if isinstance(update, Update) else "?",
        chat.id if chat else "?",
        exc_info=context.error,
    )
    if chat is None or not isinstance(update, Update):
        return
    try:
        person = await person_of(update, service_of(context))
        html = text(person.language if person else FALLBACK, "trouble")
        await context.bot.send_message(chat.id, html, parse_mode=ParseMode.HTML)
    except TelegramError as error:
        log.info("Chat %s could not be told: %s", chat.id, error.message)
