"""What is heard in groups beside commands and pictures: words to the bot, and the rest of its albums."""

from telegram import Update

from bot.dialogue_states import Idle
from bot.handlers.meaning import meant_by_words
from bot.handlers.pictures import on_picture
from bot.handlers.reading import without_mention
from bot.handlers.replies import numbered_on_sheet, paint_pointed, pointed_at
from bot.handlers.service import Context, origin_of, person_of, service_of


async def on_group_words(update: Update, context: Context) -> None:
    """Words in a group that name the bot or answer it."""
    service, message = service_of(context), update.effective_message
    person = await person_of(update, service)
    if person is None or message is None:
        return
    words, named = without_mention(message.text or "", context.bot.username)
    pointed = await pointed_at(service, person, message)
    # "wow" in answer to a painting is not for the bot; in answer to its question it may be.
    is_question = pointed is not None and pointed.is_question
    asked = named or is_question or await service.conversation.state(person) != Idle()
    style = numbered_on_sheet(pointed, words) or await meant_by_words(service, person, words, asked=asked)
    if pointed is not None and (named or style is not None):
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
