"""How presses are answered. Every one must be, at once, or the button would look dead."""

import logging

from telegram import CallbackQuery
from telegram.error import BadRequest, TelegramError

log = logging.getLogger(__name__)


async def answer(query: CallbackQuery, words: str | None = None) -> None:
    """Stop the button's waiting sign, perhaps with a passing line."""
    await _answer(query, words, alert=False)


async def alert(query: CallbackQuery, words: str) -> None:
    """Say something that must be read, in a box with a button."""
    await _answer(query, words, alert=True)


async def take_away(query: CallbackQuery) -> None:
    """Delete the message of the button. It does no harm if that fails: its buttons are then stale."""
    try:
        await query.delete_message()
    except TelegramError as error:
        log.info("A question could not be taken away: %s", error.message)


def origin_of_press(query: CallbackQuery) -> str:
    """Names a press for good. With the date, as a new sandbox counts its presses from the start again."""
    when = int(query.message.date.timestamp()) if query.message else 0
    return f"press:{when}:{query.id}"


async def _answer(query: CallbackQuery, words: str | None, *, alert: bool) -> None:
    try:
        await query.answer(words, show_alert=alert)
    except BadRequest as error:  # a press of before the bot's start is too old to be answered
        log.info("A press could not be answered: %s", error.message)
