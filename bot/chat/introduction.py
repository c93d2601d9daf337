"""What Telegram shows of the bot: the commands at "/", and the words before /start, in every language."""

import logging
from collections.abc import Mapping, Sequence

from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import TelegramError

from bot.texts import FALLBACK, label, languages

log = logging.getLogger(__name__)

COMMANDS = (
    "style",
    "again",
    "sheet",
    "save",
    "presets",
    "status",
    "cancel",
    "settings",
    "language",
    "help",
    "privacy",
    "forget",
)


ADMIN_COMMANDS = (*COMMANDS, "admin")


async def introduce(bot: Bot, admins: Mapping[int, str | None]) -> None:
    """Tell Telegram, for every language of people's apps; `admins` with the languages they chose."""
    for language in languages():
        code = None if language == FALLBACK else language
        try:
            await bot.set_my_commands(_commands(language), language_code=code)
            await bot.set_my_description(label(language, "description"), code)
            await bot.set_my_short_description(label(language, "short-description"), code)
        except TelegramError as error:
            log.warning("The bot could not be introduced to Telegram: %s", error.message)
    for user_id, chosen in admins.items():
        await introduce_to_admin(bot, user_id, chosen)


async def introduce_to_admin(bot: Bot, user_id: int, chosen: str | None) -> None:
    """The commands of a keeper, in the chosen language or else those of their apps.

    Before they first write to the bot, Telegram knows no chat with them.
    """
    scope = BotCommandScopeChat(user_id)
    try:
        for language in (chosen,) if chosen else languages():
            code = None if chosen or language == FALLBACK else language
            await bot.set_my_commands(_commands(language, ADMIN_COMMANDS), scope, code)
    except TelegramError as error:
        log.info("Admin %d has no menu yet: %s", user_id, error.message)


async def introduce_to(bot: Bot, chat_id: int, language: str) -> None:
    """The commands in the language that a person chose, whatever their app speaks."""
    try:
        await bot.set_my_commands(_commands(language), BotCommandScopeChat(chat_id))
    except TelegramError as error:
        log.info("Chat %d keeps its commands as they were: %s", chat_id, error.message)


async def forget_introduction_to(bot: Bot, chat_id: int) -> None:
    """The commands in the language of the person's app again."""
    try:
        await bot.delete_my_commands(BotCommandScopeChat(chat_id))
    except TelegramError as error:
        log.info("Chat %d keeps its commands as they were: %s", chat_id, error.message)


def _commands(language: str, names: Sequence[str] = COMMANDS) -> list[BotCommand]:
    return [BotCommand(name, label(language, f"command-{name}")) for name in names]
