"""Carries updates to the bot's webhook until each has been taken: in order in a chat, chats side by side."""

import asyncio
import time
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp

from bot.sandbox.errors import bad_request
from bot.sandbox.model import Json
from bot.sandbox.updates import Update, Updates

FIRST_RETRY_SECONDS = 0.25
LAST_RETRY_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    url: str
    secret: str | None = None
    max_connections: int = 40  # how many updates may be on their way at once


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this very machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The host of an address, "" if it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # half a pair of brackets
        return ""


class Webhook:
    """At most one webhook, and the loop that posts updates to it."""

    def __init__(self, updates: Updates) -> None:
        self._updates = updates
        self._settings: WebhookSettings | None = None
        self._sender: asyncio.Task[None] | None = None
        self._last_error: tuple[int, str] | None = None

    async def set(self, settings: WebhookSettings | None) -> None:
        """Post updates to this address from now on; None goes back to long polling."""
        if settings is not None and not is_loopback(host_of(settings.url)):
            raise bad_request("bad webhook: the sandbox posts to this machine only")
        await self.pause()
        self._settings = settings
        self._last_error = None
        self._updates.webhook_active = settings is not None
        self.resume()

    def resume(self) -> None:
        """Start posting, if there is a webhook."""
        if self._settings is not None and self._sender is None:
            self._sender = asyncio.create_task(self._send_all(self._settings))

    async def pause(self) -> None:
        """Stop posting; what was not taken stays queued."""
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)
            self._sender = None

    def info(self) -> Json:
        settings = self._settings
        wire: Json = {
            "url": settings.url if settings else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates.pending),
            "allowed_updates": sorted(self._updates.allowed),
        }
        if settings is not None:
            wire["max_connections"] = settings.max_connections
        if self._last_error is not None:
            wire["last_error_date"], wire["last_error_message"] = self._last_error
        return wire

    async def _send_all(self, settings: WebhookSettings) -> None:
        chats: dict[int, asyncio.Task[None]] = {}
        room = asyncio.Semaphore(settings.max_connections)
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as client,
            asyncio.TaskGroup() as senders,
        ):
            while True:
                for chat_id in dict.fromkeys(update.chat_id for update in self._updates.pending):
                    if chat_id not in chats or chats[chat_id].done():
                        sender = self._send_chat(chat_id, client, settings, room)
                        chats[chat_id] = senders.create_task(sender)
                await self._updates.wait_for_more(None)

    async def _send_chat(
        self, chat_id: int, client: aiohttp.ClientSession, settings: WebhookSettings, room: asyncio.Semaphore
    ) -> None:
        """Post what waits in a chat, one update after the other."""
        pause = FIRST_RETRY_SECONDS
        while update := self._updates.first_of(chat_id):
            async with room:
                taken = await self._send(client, settings, update)
            if taken:
                self._updates.drop(update)
                pause = FIRST_RETRY_SECONDS
            else:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LAST_RETRY_SECONDS)

    async def _send(self, client: aiohttp.ClientSession, settings: WebhookSettings, update: Update) -> bool:
        headers = {"X-Telegram-Bot-Api-Secret-Token": settings.secret} if settings.secret else {}
        try:
            async with client.post(settings.url, json=update.json(), headers=headers) as answer:
                if answer.ok:
                    return True
                reason = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = f"Connection failed: {type(error).__name__}"
        self._last_error = (int(time.time()), reason)
        return False
