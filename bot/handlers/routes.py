"""Which update goes to which handler: one list, in the order in which they are asked."""

from collections.abc import Sequence
from typing import Any

from telegram import Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.handlers.addressed import SpokenTo
from bot.handlers.admin import on_admin
from bot.handlers.arrivals import HEARD_PICTURES, PICTURES
from bot.handlers.buttons import on_press
from bot.handlers.commands import (
    on_anything_else,
    on_cancel,
    on_help,
    on_start,
    on_status,
    on_style,
    on_text,
    on_unknown_command,
)
from bot.handlers.edits import on_edited
from bot.handlers.gate import let_in, on_membership, on_migration
from bot.handlers.groups import on_group_words, on_overheard_picture
from bot.handlers.own_presets import on_presets, on_save
from bot.handlers.pictures import on_picture
from bot.handlers.preferences import on_language, on_settings
from bot.handlers.privacy import on_forget, on_privacy
from bot.handlers.recipes import on_again
from bot.handlers.sheets import on_sheet

Handler = BaseHandler[Any, Any, Any]


def handlers() -> Sequence[tuple[int, Handler]]:
    """Every handler with its group. Within a group the first that fits takes the update."""
    private = filters.ChatType.PRIVATE
    return [
        # Whoever it was that made the group a supergroup, or threw the bot out of it.
        (-2, MessageHandler(filters.StatusUpdate.MIGRATE, on_migration)),
        (-2, ChatMemberHandler(on_membership, ChatMemberHandler.MY_CHAT_MEMBER)),
        # Before all others: who is not let in meets none of them.
        (-1, TypeHandler(Update, let_in)),
        # Before the commands, which would take an edited message for a new one.
        (0, MessageHandler(filters.UpdateType.EDITED_MESSAGE, on_edited)),
        (0, CommandHandler("start", on_start)),
        (0, CommandHandler("help", on_help)),
        (0, CommandHandler(["style", "styles"], on_style)),
        (0, CommandHandler("again", on_again)),
        (0, CommandHandler("sheet", on_sheet)),
        (0, CommandHandler("save", on_save)),
        (0, CommandHandler("presets", on_presets)),
        (0, CommandHandler("status", on_status)),
        (0, CommandHandler("cancel", on_cancel)),
        (0, CommandHandler("settings", on_settings)),
        (0, CommandHandler("language", on_language)),
        (0, CommandHandler("privacy", on_privacy)),
        (0, CommandHandler("forget", on_forget)),
        (0, CommandHandler("admin", on_admin)),
        (0, CallbackQueryHandler(on_press)),
        # A picture's caption may hold a command; it is the picture's handler that reads it.
        (0, MessageHandler(HEARD_PICTURES, on_picture)),
        (0, MessageHandler(PICTURES, on_overheard_picture)),
        # After the commands there are. In a group, words are rarely meant for the bot.
        (0, MessageHandler(filters.COMMAND & private, on_unknown_command)),
        (0, MessageHandler(filters.TEXT & private, on_text)),
        (0, MessageHandler(filters.TEXT & SpokenTo(), on_group_words)),
        # Last, for it takes whatever is left. Service messages ("pinned a message") want no answer.
        (0, MessageHandler(private & ~filters.StatusUpdate.ALL, on_anything_else)),
    ]
