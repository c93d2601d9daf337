"""Every method of the Bot API that the sandbox knows, by its name in lower case."""

from bot.sandbox.call import Method
from bot.sandbox.methods import editing, profile, receiving, sending
from bot.sandbox.webhook import Webhook

# What Telegram's rate limits count: whatever shows up in a chat, edits included.
COUNTED = {
    name.lower()
    for name in (*sending.METHODS, *editing.METHODS)
    if name not in ("sendChatAction", "deleteMessage", "deleteMessages", "setMessageReaction")
}


def all_methods(webhook: Webhook) -> dict[str, tuple[str, Method]]:
    """Lower-case name -> (proper name, method)."""
    known = (
        sending.METHODS
        | editing.METHODS
        | profile.METHODS
        | receiving.METHODS
        | receiving.webhook_methods(webhook)
    )
    return {name.lower(): (name, method) for name, method in known.items()}
