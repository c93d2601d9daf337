"""In groups the bot is silent unless it is spoken to: by a command, by its @name, or in answer to it."""

from telegram import Chat, Message
from telegram.ext.filters import MessageFilter

from bot.chat.introduction import COMMANDS
from bot.handlers.meaning import CAPTION_COMMANDS
from bot.handlers.reading import first_word, without_mention


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
    other = answered(message)
    author = other.from_user if other else None
    return author is not None and author.id == message.get_bot().id


def answered(message: Message) -> Message | None:
    """The message that it answers. In a forum each answers its topic's opening, and means nothing by that."""
    other = message.reply_to_message
    return None if other is None or other.forum_topic_created else other


def is_command(message: Message) -> bool:
    """Whether it is a command of the bot's."""
    name = _command_in(message.text, message)
    return name.startswith("/") and name[1:] in COMMANDS


def _has_command(message: Message) -> bool:
    """A command of ours, with or without its @name, at the beginning of a caption."""
    return _command_in((message.caption or "").strip(), message) in CAPTION_COMMANDS


def _command_in(words: str | None, message: Message) -> str:
    """The first word, in lower case and without our @name; "" where it has another's."""
    name, _, bot_name = first_word(words or "")[0].lower().partition("@")
    return name if bot_name in {"", message.get_bot().username.lower()} else ""
