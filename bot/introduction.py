"""What Telegram shows of the bot: the commands at "/", and the words before /start, in every language."""

import logging

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


async def introduce(bot: Bot) -> None:
    """Tell Telegram, for every language of people's apps."""
    for language in languages():
        code = None if language == FALLBACK else language
        try:
            await bot.set_my_commands(_commands(language), language_code=code)
            await bot.set_my_description(label(language, "description"), code)
            await bot.set_my_short_description(label(language, "short-description"), code)
        except TelegramError as error:
            log.warning("The bot could not be introduced to Telegram: %s", error.message)


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


def _commands(language: str) -> list[BotCommand]:
    return [BotCommand(name, label(language, f"command-{name}")) for name in COMMANDS]
