"""Starts the bot and stops it: in which order things are opened, begin, and end."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from typing import Any

from telegram import Update
from telegram.error import TelegramError

from bot.api.connection import StartError, TelegramApp, reach_telegram, receive_updates, watch_webhook
from bot.api.legible import legible_update
from bot.assembly import Parts, build_application, build_service, make_parts
from bot.background import Background
from bot.chat.introduction import introduce
from bot.conversation.kept_photos import KeptPhotos
from bot.handlers.gate import apologise
from bot.handlers.service import Service
from bot.lookups import own_threads_for_lookups
from bot.operation.heartbeat import beat_for_ever
from bot.painting.painter import Painter
from bot.people.sweeper import sweep_for_ever
from bot.settings import Mode, Settings
from bot.storage import inbox
from bot.storage.data_folder import FolderInUse, owned, passes
from bot.storage.database import StoreError
from bot.storage.examiners import Examiners

log = logging.getLogger(__name__)

GRACE_SECONDS = 4.0  # for the running step and the deliveries, when the bot is stopped
STEP_SECONDS = 1.5  # for each other step of stopping


class NotNow(StartError):
    """What keeps the bot from starting may pass: it may be begun anew."""


@asynccontextmanager
async def running_bot(
    settings: Settings, painter: Painter, examiners: Examiners | None = None
) -> AsyncIterator[Background]:
    """The bot, from start to stop; what it yields tells when it is broken. Raises `StartError`.

    examiners: where they outlive the bot; otherwise it has its own.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(own_threads_for_lookups())
        if examiners is None:
            examiners = stack.enter_context(closing(Examiners()))
        parts = make_parts(settings, examiners)
        await _open(parts, stack)
        app = build_application(parts)
        # The application leaves alone a bot that was not let in, whose connections are open by then.
        stack.push_async_callback(_quietly, app.bot.shutdown)
        stack.push_async_callback(_quietly, app.shutdown)
        service = await build_service(parts, app, painter)
        await _begin_to_work(parts, app, service, stack)
        await _begin_to_listen(parts, app, service, stack)
        log.info("@%s is ready.", app.bot.username)
        parts.watch.serving(app.bot.username)
        stack.callback(parts.watch.stopping)
        yield parts.background


async def _open(parts: Parts, stack: AsyncExitStack) -> None:
    """Make the data folder ours, and learn what is in it. Raises `StartError`."""
    try:
        stack.enter_context(owned(parts.settings.bot_data_dir))
        parts.pictures.make_folders()
        await stack.enter_async_context(parts.store)
    except OSError as error:
        where = error.filename or parts.settings.bot_data_dir
        kind = NotNow if passes(error) else StartError
        raise kind(f"{where} cannot be written: {error.strerror}.") from error
    except StoreError as error:
        raise (NotNow if error.may_pass else StartError)(str(error)) from error
    except FolderInUse as error:
        raise StartError(str(error)) from error
    await parts.access.load()
    await parts.admission.load()


async def _begin_to_work(parts: Parts, app: TelegramApp, service: Service, stack: AsyncExitStack) -> None:
    """Be let in by Telegram, and paint what was left. Raises `StartError`."""
    watch, background = parts.watch, parts.background
    stack.enter_context(
        watch.pages(
            parts.settings, parts.store, parts.open_jobs, parts.admission, parts.estimates, background
        )
    )
    stack.push_async_callback(background.stop, 0)
    # Signs of life from here on: to wait for Telegram is no illness.
    background.start(watch.pulse(), endless=True)
    background.start(beat_for_ever(parts.settings.bot_data_dir), endless=True)
    await reach_telegram(app, parts.settings)
    stack.push_async_callback(service.worker.stop, GRACE_SECONDS)
    await service.worker.start()
    await _begin_beside(parts, app, service)


async def _begin_beside(parts: Parts, app: TelegramApp, service: Service) -> None:
    """What goes on, or is made ready, beside the handlers."""
    settings, store = parts.settings, parts.store
    admins = {user_id: await store.language(user_id) for user_id in settings.bot_admins}
    kept_photos = KeptPhotos(store, service.conversation, parts.admission, parts.turns, parts.access.admits)
    for beside in (
        sweep_for_ever(store, parts.pictures, settings.bot_keep_hours * 3600),
        introduce(app.bot, admins),
        asyncio.to_thread(parts.examiners.warm_up),
        service.gallery.prepare(),
        kept_photos.offer_for_ever(parts.open_jobs.freed),
    ):
        parts.background.start(beside, endless=True)


async def _begin_to_listen(parts: Parts, app: TelegramApp, service: Service, stack: AsyncExitStack) -> None:
    """Hear what people sent, what was left at the last stop first. Raises `StartError`."""
    await app.start()
    stack.push_async_callback(_quietly, app.stop)
    await _hear_again(parts, app, service)
    await receive_updates(app, parts.settings)
    if parts.settings.bot_mode is Mode.WEBHOOK:
        parts.background.start(watch_webhook(app.bot), endless=True)
    assert app.updater is not None
    stack.push_async_callback(_quietly, app.updater.stop)
    stack.callback(service.worker.begin_to_stop)  # first of all: a step may take as long as all the rest


async def _hear_again(parts: Parts, app: TelegramApp, service: Service) -> None:
    """What was being heard when the bot last stopped, before anything new."""
    for left in await inbox.left(parts.store):
        # Another version of the library may have written it down.
        update = Update.de_json(json.loads(legible_update(left.update.encode())), app.bot)
        if left.is_given_up:
            chat = update.effective_chat
            log.error("Something in chat %s crashes the bot and is given up.", chat.id if chat else "?")
            parts.background.start(apologise(update, service, app.bot))
        else:
            parts.arrivals.put_again(update)


async def _quietly(stop: Any) -> None:
    """One step of stopping, which must not keep the others from being made."""
    with contextlib.suppress(TimeoutError, RuntimeError, TelegramError):
        async with asyncio.timeout(STEP_SECONDS):
            await stop()
