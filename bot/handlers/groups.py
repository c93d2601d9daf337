"""Groups: the bot is silent unless it is spoken to, by a command, by its @name, or in answer to it."""

from telegram import Chat, Message, Update
from telegram.ext.filters import MessageFilter

from bot.chat.introduction import COMMANDS
from bot.dialogue import Idle
from bot.handlers.meaning import CAPTION_COMMANDS, meant_by_words
from bot.handlers.pictures import on_picture
from bot.handlers.reading import without_mention
from bot.handlers.replies import paint_pointed, pointed_at
from bot.handlers.service import Context, origin_of, person_of, service_of


class SpokenTo(MessageFilter):
    """In a group, a message is meant for the bot only if it names it, has its command, or answers it."""

    __slots__ = ()

    def filter(self, message: Message) -> bool:
        if message.chat.type == Chat.PRIVATE:
            return True
        return _has_command(message) or is_named(message) or is_answer(message)


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


async def on_group_words(update: Update, context: Context) -> None:
    """Words in a group that name the bot or answer it."""
    service, message = service_of(context), update.effective_message
    person = await person_of(update, service)
    if person is None or message is None:
        return
    words, named = without_mention(message.text or "", context.bot.username)
    state = await service.conversation.state(person)
    # "wow" in answer to a painting is not for the bot; in answer to its question it may be.
    style = await meant_by_words(service, person, words, asked=named or state != Idle())
    pointed = await pointed_at(service, person, message) if named else None
    if pointed is not None:
        await paint_pointed(service, person, message, pointed, style)
    elif style is not None:
        await service.conversation.hear(person, style, origin_of(message))
    elif named:
        await service.conversation.tell(person, "help-group")


async def on_overheard_picture(update: Update, context: Context) -> None:
    """A picture that is not for the bot, unless it belongs to an album whose caption was."""
    message = update.effective_message
    service, person = service_of(context), await person_of(update, service_of(context))
    if message is None or person is None or message.media_group_id is None:
        return
    if service.albums.is_open(person, message.media_group_id):
        await on_picture(update, context)


def _has_command(message: Message) -> bool:
    """A command of ours, with or without its @name, at the beginning of a caption."""
    command = (message.caption or "").strip().partition(" ")[0].lower()
    name, _, bot_name = command.partition("@")
    return name in CAPTION_COMMANDS and bot_name in {"", message.get_bot().username.lower()}
