"""What handlers need, and how they read an update."""

from collections.abc import Mapping
from dataclasses import dataclass

from telegram import Message, Update
from telegram.ext import CallbackContext, ExtBot

from bot.chat.gallery import Gallery
from bot.chat.own_gallery import OwnGallery
from bot.chat.results import Results
from bot.conversation.conversation import Conversation
from bot.handlers.admin_panel import AdminPanel
from bot.handlers.postponed import Postponed
from bot.handlers.press import origin_of_press
from bot.painting.estimates import Estimates
from bot.people.access import Access
from bot.people.albums import Albums
from bot.people.damping import Damper
from bot.people.own_presets import OwnPresets
from bot.people.person import Person, Turns, is_group, speaker_of
from bot.queue.admission import Admission
from bot.queue.open_jobs import OpenJobs
from bot.settings import Settings
from bot.storage.pictures import Pictures
from bot.store import Store
from bot.texts import duration, language_of
from bot.worker import Worker
from styler import Preset


@dataclass(frozen=True, slots=True)
class Service:
    """Everything behind the handlers."""

    settings: Settings
    store: Store
    access: Access
    admin: AdminPanel
    admission: Admission
    damper: Damper
    turns: Turns
    open_jobs: OpenJobs
    worker: Worker
    conversation: Conversation
    albums: Albums
    gallery: Gallery
    pictures: Pictures
    presets: Mapping[str, Preset]
    estimates: Estimates
    results: Results
    own: OwnPresets
    own_gallery: OwnGallery
    unheard: set[str]  # origins of what was not heard to the end, and is to be heard again
    postponed: Postponed  # what waits for that while Telegram is away; the rest is heard at the next start

    def how_long_kept(self, language: str) -> str:
        """Pictures, as people are told."""
        return duration(language, self.settings.bot_keep_hours * 3600)


Context = CallbackContext[ExtBot[None], dict[object, object], dict[object, object], dict[str, Service]]


def service_of(context: Context) -> Service:
    """The service, as the composition root put it there."""
    return context.bot_data["service"]


async def person_of(update: Update, service: Service) -> Person | None:
    """Who speaks, in the language they chose or else that of their Telegram; None for a channel."""
    chat, user, speaker = update.effective_chat, update.effective_user, speaker_of(update)
    if chat is None or user is None or speaker is None:
        return None
    chosen = await service.store.language(speaker)
    written = _written(update) if is_group(chat.id) else None
    return Person(chat.id, speaker, chosen or language_of(user.language_code), written)


def _written(update: Update) -> int | None:
    """The message of the person's own; for a press, the one that the question answers."""
    message = update.message or update.edited_message
    if update.callback_query is not None and isinstance(update.callback_query.message, Message):
        message = update.callback_query.message.reply_to_message
    return message.message_id if message else None


def origin_of(message: Message) -> str:
    """Names a message for good. With its date, as a bot's new sandbox counts its messages from 1 again."""
    return f"{message.chat_id}:{message.message_id}:{int(message.date.timestamp())}"


def origin_of_update(update: Update) -> str | None:
    """Names a message or a press for good; None for what is neither, such as an edit."""
    if update.message is not None:
        return origin_of(update.message)
    return origin_of_press(update.callback_query) if update.callback_query is not None else None
