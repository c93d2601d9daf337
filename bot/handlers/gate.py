"""Who may come in, who went away, and what to say when something breaks."""

import logging
from collections.abc import Awaitable, Sequence

from telegram import Bot, ChatMember, Update
from telegram.constants import ParseMode
from telegram.error import Forbidden, TelegramError
from telegram.ext import ApplicationHandlerStop

from bot.api.retries import is_passing
from bot.handlers.addressed import SpokenTo, is_command
from bot.handlers.press import answer
from bot.handlers.service import Context, Service, origin_of_update, person_of, service_of
from bot.people.damping import Hearing
from bot.people.person import speaker_of
from bot.storage import inbox
from bot.storage.database import StoreError
from bot.texts import FALLBACK, text

log = logging.getLogger(__name__)

_AWAY = {ChatMember.BANNED, ChatMember.LEFT}


async def let_in(update: object, context: Context) -> None:
    """Stops the update of somebody who may not use this bot, or says too much; tells them so, once."""
    service = service_of(context)
    speaker = speaker_of(update)
    if speaker is None or service.access.is_admin(speaker):
        return
    assert isinstance(update, Update)
    admitted, spoken = service.access.admits(speaker), _speaks_to_bot(update)
    edited = update.edited_message
    counts = spoken or (edited is not None and SpokenTo().filter(edited))
    if service.postponed.knows(origin_of_update(update)):
        counts = False  # it did when it came
    hearing = service.damper.hear(speaker, _said(update)) if counts else Hearing.HEARD
    if admitted and hearing is Hearing.HEARD:
        return
    if hearing is not Hearing.IGNORED:
        await _try(_refuse(service, update, spoken=spoken, admitted=admitted))
    if admitted and update.message is not None:  # it is not to be heard at the next start either
        message = update.message
        await _try(inbox.set_messages_heard(service.store, message.chat_id, [message.message_id]))
    raise ApplicationHandlerStop


async def _try(step: Awaitable[None]) -> None:
    """Whoever is not let in stays outside, whatever comes of it."""
    try:
        await step
    except (TelegramError, StoreError) as error:
        log.info("Somebody was not let in, and that could not be told or written down: %s", error)


async def _refuse(service: Service, update: Update, *, spoken: bool, admitted: bool) -> None:
    person = await person_of(update, service)
    if update.callback_query is not None:
        await answer(update.callback_query)
    if person is None or not spoken:
        return
    if admitted:
        html = text(person.language, "too-much")
    elif not service.access.is_banned(person.user_id):
        html = text(person.language, "not-invited", id=str(person.user_id))
    elif service.access.tell_once(person.user_id):
        html = text(person.language, "banned")
    else:
        return
    await service.conversation.say(person, html)


def _speaks_to_bot(update: Update) -> bool:
    if update.callback_query is not None:
        return True
    message = update.message
    return message is not None and (SpokenTo().filter(message) or is_command(message))


def _said(update: Update) -> float | None:
    """When a message was written or edited, in unix seconds; None for a press, which nobody dates."""
    if update.edited_message is not None and update.edited_message.edit_date is not None:
        return update.edited_message.edit_date.timestamp()
    return update.message.date.timestamp() if update.message is not None else None


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
    """A handler failed: the log gets ids and the trace, the person a kind word. No other handler is asked.

    Always raises `ApplicationHandlerStop`: without it the library would go on to the handlers behind the
    gate, though it was the gate that failed.
    """
    try:
        await _tell_of_failure(update, context)
    except Exception:
        log.exception("Somebody could not be told that something failed.")
    raise ApplicationHandlerStop


async def _tell_of_failure(update: object, context: Context) -> None:
    chat = update.effective_chat if isinstance(update, Update) else None
    if isinstance(context.error, Forbidden):
        log.info("Chat %s blocked the bot.", chat.id if chat else "?")
        return
    origin = origin_of_update(update) if isinstance(update, Update) else None
    if service_of(context).worker.is_stopping:
        log.info("Chat %s was not heard to the end: the bot is being stopped.", chat.id if chat else "?")
        if origin is not None:
            service_of(context).unheard.add(origin)
        return
    if is_passing(context.error) and isinstance(update, Update) and origin is not None:
        service_of(context).unheard.add(origin)
        await hear_later(service_of(context), [update], context.error)
        return
    log.error(
        "Update %s of chat %s failed.",
        update.update_id if isinstance(update, Update) else "?",
        chat.id if chat else "?",
        exc_info=context.error,
    )
    if chat is not None and isinstance(update, Update):
        await apologise(update, service_of(context), context.bot)


async def hear_later(service: Service, updates: Sequence[Update], trouble: TelegramError) -> None:
    """Postpone them, an album's all together; nothing crashed by them."""
    origins = {origin: update for update in updates if (origin := origin_of_update(update)) is not None}
    for origin, update in origins.items():
        service.postponed.postpone(update, origin, trouble)
    try:
        await inbox.crashes_nothing(service.store, list(origins))
    except StoreError as error:
        log.error("That what is heard again crashes nothing could not be written down: %s", error)


async def apologise(update: Update, service: Service, bot: Bot) -> None:
    """Say that something went wrong, and that it was not the person's fault."""
    chat = update.effective_chat
    if chat is None:
        return
    try:
        person = await person_of(update, service)
        html = text(person.language if person else FALLBACK, "trouble")
        await bot.send_message(chat.id, html, parse_mode=ParseMode.HTML)
    except TelegramError as error:
        log.info("Chat %s could not be told: %s", chat.id, error.message)
