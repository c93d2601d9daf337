"""In groups the bot is silent unless it is spoken to: by a command, by its @name, or in answer to it."""

from telegram import Chat, Message
from telegram.ext.filters import MessageFilter

from bot.chat.introduction import COMMANDS
from bot.handlers.meaning import CAPTION_COMMANDS
from bot.handlers.reading import without_mention


class SpokenTo(MessageFilter):
    """In a group, a message is meant for the bot only if it names it, has its command, or answers it."""

    __slots__ = ()

    def filter(self, message: Message) -> bool:
        if message.chat.type == Chat.PRIVATE:
            return True
        return is_addressed(message) or is_answer(message)


def is_addressed(message: Message) -> bool:
    """Whether it says that it is for the bot, by a command in its caption or the @name."""
    return _has_command(message) or is_named(message)


def is_named(message: Message) -> bool:
    """Whether the bot's @name is in it."""
    return without_mention(message.text or message.caption or "", message.get_bot().username)[1]


def is_answer(message: Message) -> bool:
    """Whether it answers a message of the bot."""
    answered = message.reply_to_message
    author = answered.from_user if answered else None
    return author is not None and author.id == message.get_bot().id


def is_command(message: Message) -> bool:
    """Whether it is a command of the bot's."""
    name, _, bot_name = (message.text or "").partition(" ")[0].lower().partition("@")
    known = name.startswith("/") and name[1:] in COMMANDS
    return known and bot_name in {"", message.get_bot().username.lower()}


def _has_command(message: Message) -> bool:
    """A command of ours, with or without its @name, at the beginning of a caption."""
    command = (message.caption or "").strip().partition(" ")[0].lower()
    name, _, bot_name = command.partition("@")
    return name in CAPTION_COMMANDS and bot_name in {"", message.get_bot().username.lower()}
