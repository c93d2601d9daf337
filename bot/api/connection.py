"""Getting in touch with Telegram, and staying there."""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from itertools import chain, repeat
from math import inf
from typing import Any
from urllib.parse import urlsplit

from telegram import Bot, Update
from telegram.error import BadRequest, Conflict, InvalidToken, TelegramError
from telegram.ext import Application
from telegram.request import BaseRequest
from tornado.httpserver import HTTPServer

from bot.api.calls import OnCall, ReportedRequest
from bot.api.retries import PatientRequest
from bot.api.transport import way_to
from bot.api.webhook import WebhookServer
from bot.settings import Mode, Settings

log = logging.getLogger(__name__)

TelegramApp = Application[Any, Any, Any, Any, Any, Any]

UPDATES = [Update.MESSAGE, Update.EDITED_MESSAGE, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER]
PAUSES = (1, 2, 5, 10)  # seconds between attempts to reach Telegram at start; 30 from then on
CERTAIN_SECONDS = 3.0  # between two refusals of the token at the start, to believe them
COMPLAINT_SECONDS = 300.0  # between two of the same complaint
WEBHOOK_SECONDS = 30.0  # between two looks at how the webhook is
MAX_UPDATE_BYTES = 1_000_000  # Telegram's longest updates have about 50,000
BODY_SECONDS = 30.0  # for all of an update to come in by webhook
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class StartError(Exception):
    """The bot cannot start; the message is one sentence for the operator."""


def telegram_request(
    settings: Settings,
    kind: Callable[[BaseRequest, OnCall], ReportedRequest] = PatientRequest,
    connections: int = 2,
    on_call: OnCall = lambda *_: None,
) -> ReportedRequest:
    """How to talk to the Bot API: patiently, and by the proxy if one is set."""
    way = way_to(
        settings.bot_api_url,
        proxy=settings.bot_proxy.get_secret_value() or None,
        trust_env=trusts_environment(settings),
        connections=connections,
    )
    return kind(way, on_call)


def trusts_environment(settings: Settings) -> bool:
    """Whether a proxy that HTTPS_PROXY names is used: a server on this machine is not behind it."""
    return urlsplit(settings.bot_api_url).hostname not in LOOPBACK


async def reach_telegram(app: TelegramApp, settings: Settings) -> None:
    """Ask Telegram who we are; waits for as long as it is away. Raises `StartError`."""
    await _until_reached(app.initialize, settings)


async def receive_updates(app: TelegramApp, settings: Settings) -> None:
    """Begin to listen; waits for as long as Telegram is away. Raises `StartError`.

    What people sent while the bot was away is answered: nothing is dropped.
    """
    is_polling = settings.bot_mode is Mode.POLLING
    await _until_reached(lambda: _poll(app) if is_polling else _listen(app, settings), settings)


async def _until_reached(attempt: Callable[[], Awaitable[object]], settings: Settings) -> None:
    """The library's own retries take a refusal for a passing trouble, and say nothing of either."""
    is_refused = False
    for pause in chain(PAUSES, repeat(30)):
        try:
            await attempt()
        except InvalidToken as error:
            if is_refused:
                raise StartError("Telegram does not know this BOT_TOKEN; @BotFather shows yours.") from error
            # Once may be an accident; a bot that ends by a mistake of the operator's is not started anew.
            is_refused = True
            log.warning("BOT_TOKEN is refused; asking once more in %g s.", CERTAIN_SECONDS)
            await asyncio.sleep(CERTAIN_SECONDS)
        except TelegramError as error:  # it is away, or busy, or something in between answers
            is_refused = False
            where = settings.bot_api_url + (" by the proxy" if settings.bot_proxy.get_secret_value() else "")
            log.warning("%s cannot be reached (%s); trying again in %d s.", where, error.message, pause)
            await asyncio.sleep(pause)
        else:
            return


async def _poll(app: TelegramApp) -> None:
    assert app.updater is not None
    await app.updater.start_polling(
        allowed_updates=UPDATES,
        bootstrap_retries=0,
        drop_pending_updates=False,
        error_callback=complaints(),
    )


async def _listen(app: TelegramApp, settings: Settings) -> None:
    assert app.updater is not None
    # Whoever calls without it is not Telegram.
    secret = settings.bot_webhook_secret.get_secret_value() or secrets.token_urlsafe(32)
    # The library's server reads a body whole before it asks for the secret.
    HTTPServer.configure(
        WebhookServer, secret=secret, max_body_size=MAX_UPDATE_BYTES, body_timeout=BODY_SECONDS
    )
    try:
        await app.updater.start_webhook(
            listen=settings.bot_webhook_listen,
            port=settings.bot_webhook_port,
            url_path=urlsplit(settings.bot_webhook_url).path.strip("/"),
            webhook_url=settings.bot_webhook_url,
            secret_token=secret,
            allowed_updates=UPDATES,
            bootstrap_retries=0,
            drop_pending_updates=False,
        )
    except BadRequest as error:
        raise StartError(f"Telegram does not take BOT_WEBHOOK_URL: {error.message}.") from error
    except OSError as error:
        where = f"{settings.bot_webhook_listen}:{settings.bot_webhook_port}"
        raise StartError(f"{where} cannot be listened on: {error.strerror}.") from error


async def watch_webhook(bot: Bot) -> None:
    """Ask for ever how the webhook is: so Telegram is heard of in quiet times, and its complaints logged."""
    told = None
    while True:
        try:
            info = await bot.get_webhook_info()
            if info.last_error_date is not None and info.last_error_date != told:
                told = info.last_error_date
                log.warning("Telegram could not call the webhook: %s", info.last_error_message)
        except TelegramError as error:
            log.info("How the webhook is could not be asked: %s", error.message)
        await asyncio.sleep(WEBHOOK_SECONDS)


def complaints(clock: Callable[[], float] = time.monotonic) -> Callable[[TelegramError], None]:
    """Logs why no updates come: the library tries again every few seconds, but each reason is told seldom."""
    told: dict[str, float] = {}

    def complain(error: TelegramError) -> None:
        if clock() - told.get(error.message, -inf) < COMPLAINT_SECONDS:
            return
        told[error.message] = clock()
        if isinstance(error, Conflict):
            log.error("No updates from Telegram: another program takes them with this token (%s)", error)
        else:
            log.warning("No updates from Telegram: %s", error)

    return complain
