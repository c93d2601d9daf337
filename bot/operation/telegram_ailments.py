"""What can be wrong between the bot and Telegram: token, network, clock, and others who take its updates."""

import asyncio
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
from telegram import Bot
from telegram.error import Conflict, InvalidToken, TelegramError

from bot.api.calls import ReportedRequest
from bot.api.connection import telegram_request, trusts_environment
from bot.operation.ailments import Ailment
from bot.operation.heartbeat import is_well
from bot.settings import Mode, Settings

MOST_SKEW_SECONDS = 60.0
LISTEN_SECONDS = 5.0  # for another bot with this token to be noticed
LATE_SECONDS = 3600.0  # a failure of the webhook that is older is over


def bare_bot(settings: Settings) -> Bot:
    """A bot to ask with."""
    return Bot(
        settings.bot_token.get_secret_value(),
        base_url=f"{settings.bot_api_url}/bot",
        base_file_url=f"{settings.bot_api_url}/file/bot",
        request=telegram_request(settings, ReportedRequest),
    )


async def check_token(settings: Settings) -> str:
    """Telegram is there and knows the token."""
    try:
        async with bare_bot(settings) as bot:
            return f"@{bot.username} at {settings.bot_api_url}"
    except InvalidToken:
        raise Ailment("BOT_TOKEN is not known there", "@BotFather shows the right one: /mybots.") from None
    except TelegramError as error:
        proxy = "BOT_PROXY" if settings.bot_proxy.get_secret_value() else "a proxy (BOT_PROXY)"
        raise Ailment(
            f"{settings.bot_api_url} cannot be reached ({error.message})",
            f"Check the network, {proxy}, and BOT_API_URL.",
        ) from None


async def check_clock(settings: Settings, clock: Callable[[], float] = time.time) -> str:
    """This machine's clock against the server's, by the Date of an answer."""
    proxy = settings.bot_proxy.get_secret_value() or None
    try:
        async with httpx.AsyncClient(
            proxy=proxy, trust_env=trusts_environment(settings), timeout=10
        ) as client:
            date = (await client.get(settings.bot_api_url)).headers.get("Date", "")
        skew = clock() - parsedate_to_datetime(date).timestamp()
    except (httpx.HTTPError, ValueError, TypeError):
        return "unknown: the server does not tell the time"
    if abs(skew) > MOST_SKEW_SECONDS:
        which = "ahead" if skew > 0 else "behind"
        remedy = "Let the machine keep time: `timedatectl set-ntp true`."
        raise Ailment(f"this machine's clock is {abs(skew):.0f} s {which} of the server's", remedy)
    return "right"


async def check_updates(settings: Settings) -> str:
    """Nobody else takes this bot's updates, and those that Telegram brings arrive."""
    async with bare_bot(settings) as bot:
        if settings.bot_mode is Mode.WEBHOOK:
            return await _check_webhook(bot, settings)
        return await _check_polling(bot, settings)


async def _check_webhook(bot: Bot, settings: Settings) -> str:
    info = await bot.get_webhook_info()
    if info.url and info.url != settings.bot_webhook_url:
        raise Ailment(
            f"a webhook is set for {_host(info.url)}, which is not BOT_WEBHOOK_URL",
            "If another program runs with this token, stop it; the bot sets its own webhook when it starts.",
        )
    late = info.last_error_date
    if info.url and late is not None and time.time() - late.timestamp() < LATE_SECONDS:
        raise Ailment(
            f"Telegram could not call the webhook: {info.last_error_message}",
            "Look at the reverse proxy: it must have a valid certificate, and pass BOT_WEBHOOK_URL on to "
            "BOT_WEBHOOK_PORT.",
        )
    return (
        f"a webhook, {info.pending_update_count} updates wait" if info.url else "the webhook is not set yet"
    )


async def _check_polling(bot: Bot, settings: Settings) -> str:
    info = await bot.get_webhook_info()
    if info.url:
        raise Ailment(
            f"a webhook is set for {_host(info.url)}, so that polling gets nothing",
            "If another program runs with this token, stop it, or get it a token of its own from @BotFather; "
            "the bot takes the webhook away when it starts.",
        )
    if is_well(settings.bot_data_dir):
        return f"the bot runs, and takes them ({info.pending_update_count} wait)"
    await _listen(bot)
    return f"polling, nobody else does ({info.pending_update_count} wait)"


async def _listen(bot: Bot) -> None:
    """Poll for a while and acknowledge nothing: whoever polls too makes Telegram say so."""
    end = time.monotonic() + LISTEN_SECONDS
    try:
        while (left := end - time.monotonic()) > 0:
            if await bot.get_updates(limit=1, timeout=max(1, int(left))):
                await asyncio.sleep(0.5)  # what waits already is told at once
    except Conflict:
        raise Ailment(
            "another bot runs with this token",
            "Stop it: two cannot share a token. If you do not know of one, /revoke the token at @BotFather.",
        ) from None


def _host(url: str) -> str:
    """Of somebody's webhook only this: its path may be a secret."""
    return urlsplit(url).hostname or "somewhere"
