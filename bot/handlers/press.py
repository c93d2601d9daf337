"""What every press of a button needs."""

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import replace

from telegram import CallbackQuery, ChatMember, InlineKeyboardMarkup, Message
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from bot.chat.live_message import is_missing, is_unchanged
from bot.conversation.conversation import Conversation
from bot.conversation.open_questions import until_gone
from bot.people.person import Person
from bot.texts import label

log = logging.getLogger(__name__)

_ADMINISTRATORS = {ChatMember.OWNER, ChatMember.ADMINISTRATOR}


async def answer(query: CallbackQuery, words: str | None = None, *, alert: bool = False) -> None:
    """Stop the button's waiting sign. A press of before the bot's start is too old to be answered."""
    try:
        await query.answer(words, show_alert=alert)
    except BadRequest as error:
        log.info("A press could not be answered: %s", error.message)


async def answer_stale(query: CallbackQuery, person: Person) -> None:
    """There is no photo or style any more for the button to do something with."""
    await answer(query, label(person.language, "stale-button"), alert=True)


async def answer_stale_menu(query: CallbackQuery, person: Person) -> None:
    """The button offers what there is to choose no more; a new menu has what there is."""
    await answer(query, label(person.language, "stale-menu"), alert=True)


async def take_away(query: CallbackQuery) -> None:
    """Delete the message of the button."""
    await until_gone(query.delete_message())


@contextlib.contextmanager
def unless_unchanged() -> Iterator[None]:
    """The second of two quick presses changes nothing, which Telegram calls an error.

    Nor does one below a message that was deleted meanwhile; or is inaccessible, which the library calls a
    `TypeError`: what was pressed took effect, and nobody sees the message.
    """
    try:
        yield
    except BadRequest as error:
        if not is_unchanged(error) and not is_missing(error):
            raise
    except TypeError as error:
        if "inaccessible message" not in str(error):
            raise


async def turn_into(
    conversation: Conversation,
    person: Person,
    query: CallbackQuery,
    html: str,
    keyboard: InlineKeyboardMarkup | None = None,
) -> None:
    """Turn the message of the button into other words. Where it is gone they are a message of their own."""
    try:
        if isinstance(query.message, Message):
            await query.edit_message_text(html, parse_mode=ParseMode.HTML, reply_markup=keyboard)
            return
    except BadRequest as error:
        if is_unchanged(error):
            return
        if not is_missing(error):
            raise
    await conversation.say(person, html, keyboard)


async def presser(query: CallbackQuery, person: Person) -> Person:
    """Who presses. An administrator who writes in the group's name still presses in their own.

    So below the answer to such a message each administrator stands for the group; nobody else does.
    """
    asked = answered_by(query)
    if asked is None or asked.sender_chat is None or asked.sender_chat.id != person.chat_id:
        return person
    try:
        member = await query.get_bot().get_chat_member(person.chat_id, person.user_id)
    except TelegramError as error:
        log.info("Whether a presser is an administrator could not be asked: %s", error.message)
        return person
    return replace(person, user_id=person.chat_id) if member.status in _ADMINISTRATORS else person


def answered_by(query: CallbackQuery) -> Message | None:
    """What the message of the button answers."""
    return query.message.reply_to_message if isinstance(query.message, Message) else None


def origin_of_press(query: CallbackQuery) -> str:
    """Names a press for good."""
    when = int(query.message.date.timestamp()) if query.message else 0
    return f"press:{when}:{query.id}"
