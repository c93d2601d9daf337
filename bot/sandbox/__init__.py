"""A local Telegram: a Bot API server that a bot talks to, and people who chat with it.

async with Sandbox() as sandbox:
    print(sandbox.api_url, sandbox.page_url)
    anna = sandbox.person()
    await anna.send_text("/start")
    answer = await anna.wait_for(lambda message: message.from_bot)
"""

from bot.sandbox.api import CallRecord
from bot.sandbox.errors import ApiError
from bot.sandbox.model import Button, Chat, Document, Message, Photo, Sticker
from bot.sandbox.person import Attachment, Person
from bot.sandbox.queries import CallbackAnswer
from bot.sandbox.sandbox import Sandbox

__all__ = [
    "ApiError",
    "Attachment",
    "Button",
    "CallRecord",
    "CallbackAnswer",
    "Chat",
    "Document",
    "Message",
    "Person",
    "Photo",
    "Sandbox",
    "Sticker",
]
