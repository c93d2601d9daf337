"""What every press of a button needs."""

import contextlib
import logging
from collections.abc import Iterator

from telegram import CallbackQuery
from telegram.error import BadRequest, TelegramError

log = logging.getLogger(__name__)


async def answer(query: CallbackQuery, words: str | None = None, *, alert: bool = False) -> None:
    """Stop the button's waiting sign. A press of before the bot's start is too old to be answered."""
    try:
        await query.answer(words, show_alert=alert)
    except BadRequest as error:
        log.info("A press could not be answered: %s", error.message)


async def take_away(query: CallbackQuery) -> None:
    """Delete the message of the button. It does no harm if that fails: its buttons are then stale."""
    try:
        await query.delete_message()
    except TelegramError as error:
        log.info("A question could not be taken away: %s", error.message)


@contextlib.contextmanager
def unless_unchanged() -> Iterator[None]:
    """The second of two quick presses changes nothing, which Telegram calls an error."""
    try:
        yield
    except BadRequest as error:
        if "not modified" not in error.message.lower():
            raise


def origin_of_press(query: CallbackQuery) -> str:
    """Names a press for good."""
    when = int(query.message.date.timestamp()) if query.message else 0
    return f"press:{when}:{query.id}"
