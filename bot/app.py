"""The composition root: knows every concrete class, and in which order to start and stop them."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import partial
from typing import Any

from telegram import Update
from telegram.error import TelegramError
from telegram.ext import ApplicationBuilder

from bot.api.connection import (
    StartError,
    TelegramApp,
    reach_telegram,
    receive_updates,
    telegram_request,
    watch_webhook,
)
from bot.api.rate_limits import RateLimiter
from bot.api.retries import UpdatesRequest
from bot.background import Background
from bot.chat.admin_panel import AdminPanel
from bot.chat.conversation import Conversation
from bot.chat.first_signs import FirstSigns
from bot.chat.gallery import Gallery
from bot.chat.introduction import introduce
from bot.chat.own_gallery import OwnGallery
from bot.chat.results import Results
from bot.delivery import Delivery
from bot.fair_queue import FairQueue
from bot.handlers.arrivals import Arrivals
from bot.handlers.gate import apologise, on_error
from bot.handlers.pictures import on_album
from bot.handlers.routes import handlers
from bot.handlers.service import Service
from bot.operation.heartbeat import beat_for_ever
from bot.operation.watch import Watch
from bot.painting.estimates import Estimates
from bot.painting.orders import Orders
from bot.painting.painter import Painter
from bot.people.access import Access
from bot.people.albums import Albums
from bot.people.damping import Damper
from bot.people.own_presets import OwnPresets
from bot.people.person import InTurn, Turns
from bot.people.sweeper import sweep_for_ever
from bot.precedence import Precedence
from bot.queue.admission import Admission
from bot.queue.new_jobs import NewJobs
from bot.queue.open_jobs import OpenJobs
from bot.queue.watchdog import Watchdog
from bot.settings import Mode, Settings
from bot.storage import inbox
from bot.storage.data_folder import DATABASE, FolderInUse, owned
from bot.storage.database import StoreError
from bot.storage.examiners import Examiners
from bot.storage.pictures import Pictures
from bot.storage.uploads import Uploads
from bot.store import Store
from bot.worker import Worker
from styler import load_presets

log = logging.getLogger(__name__)

GRACE_SECONDS = 4.0  # for the running step and the deliveries, when the bot is stopped
STEP_SECONDS = 1.5  # for each other step of stopping


@asynccontextmanager
async def running_bot(
    settings: Settings, painter: Painter, examiners: Examiners | None = None
) -> AsyncIterator[Background]:
    """The bot, from start to stop; what it yields tells when it is broken. Raises `StartError`.

    examiners: where they outlive the bot; otherwise it has its own.
    """
    async with AsyncExitStack() as stack:
        if examiners is None:
            examiners = stack.enter_context(closing(Examiners()))
        watch = Watch()
        pictures = Pictures(settings.bot_data_dir, examiners)
        store = Store(settings.bot_data_dir / DATABASE, on_change=watch.metrics.job_changed)
        try:
            stack.enter_context(owned(settings.bot_data_dir))
            pictures.make_folders()
            await stack.enter_async_context(store)
        except OSError as error:
            raise StartError(f"{error.filename} cannot be written: {error.strerror}.") from error
        except (StoreError, FolderInUse) as error:
            raise StartError(str(error)) from error
        background = Background()
        turns, precedence = Turns(), Precedence()
        access, admission = Access(store, settings), Admission(store, settings)
        await access.load()
        await admission.load()
        in_batches = settings.bot_mode is Mode.POLLING
        arrivals = Arrivals(store, access, in_batches=in_batches, precedence=precedence)
        app = build_application(settings, turns, arrivals, watch)
        arrivals.bot = app.bot
        arrivals.signs = signs = FirstSigns(app.bot, background, precedence)
        # The application leaves alone a bot that was not let in, whose connections are open by then.
        stack.push_async_callback(_quietly, app.bot.shutdown)
        stack.push_async_callback(_quietly, app.shutdown)
        service = await _build_service(
            settings, painter, app, store, access, admission, pictures, turns, background, precedence, signs
        )
        app.bot_data["service"] = service
        stack.enter_context(
            watch.pages(settings, store, service.open_jobs, admission, service.estimates, background)
        )
        stack.push_async_callback(background.stop, 0)
        background.start(watch.pulse(), endless=True)
        await reach_telegram(app, settings)
        stack.push_async_callback(service.worker.stop, GRACE_SECONDS)
        await service.worker.start()
        background.start(beat_for_ever(settings.bot_data_dir), endless=True)
        background.start(sweep_for_ever(store, pictures, settings.bot_keep_hours * 3600), endless=True)
        admins = {user_id: await store.language(user_id) for user_id in settings.bot_admins}
        background.start(introduce(app.bot, admins), endless=True)
        background.start(asyncio.to_thread(examiners.warm_up), endless=True)
        background.start(service.gallery.prepare(), endless=True)
        await app.start()
        stack.push_async_callback(_quietly, app.stop)
        await _hear_again(app, arrivals, service, background)
        await receive_updates(app, settings)
        if settings.bot_mode is Mode.WEBHOOK:
            background.start(watch_webhook(app.bot), endless=True)
        assert app.updater is not None
        stack.push_async_callback(_quietly, app.updater.stop)
        stack.callback(service.worker.begin_to_stop)  # first of all: a step may take as long as all the rest
        log.info("@%s is ready.", app.bot.username)
        watch.serving(app.bot.username)
        stack.callback(watch.stopping)
        yield background


def build_application(
    settings: Settings, turns: Turns, arrivals: Arrivals | None = None, watch: Watch | None = None
) -> TelegramApp:
    """python-telegram-bot's application with all handlers."""
    watch = watch or Watch()
    turn = InTurn(turns, watch.update_handled, **({"hear": arrivals.hear} if arrivals else {}))
    updates: Any = UpdatesRequest
    if arrivals is not None:
        updates = partial(UpdatesRequest, before=arrivals.settle, read=arrivals.read)
    app: TelegramApp = (
        ApplicationBuilder()
        .token(settings.bot_token.get_secret_value())
        .base_url(f"{settings.bot_api_url}/bot")
        .base_file_url(f"{settings.bot_api_url}/file/bot")
        .request(telegram_request(settings, connections=64, on_call=watch.api_called))
        .get_updates_request(telegram_request(settings, updates, on_call=watch.api_called))
        .local_mode(settings.bot_local_mode)
        .update_queue(arrivals or asyncio.Queue())
        .rate_limiter(RateLimiter())
        .concurrent_updates(turn)
        .build()
    )
    for group, handler in handlers():
        app.add_handler(handler, group)
    app.add_error_handler(on_error)
    return app


async def _build_service(
    settings: Settings,
    painter: Painter,
    app: TelegramApp,
    store: Store,
    access: Access,
    admission: Admission,
    pictures: Pictures,
    turns: Turns,
    background: Background,
    precedence: Precedence,
    signs: FirstSigns,
) -> Service:
    # Without a folder of that name an operator simply has no presets; one that was set must be there.
    own = [settings.presets_dir] if settings.bot_presets_dir or settings.presets_dir.is_dir() else []
    presets = await asyncio.to_thread(load_presets, *own)
    estimates = Estimates(store, pictures, settings)
    results = Results(app.bot, store, pictures, presets, estimates)
    limiter = _limiter_of(app)

    def has_room(chat_id: int) -> bool:
        return not signs.is_crowd and limiter.has_room(chat_id)

    open_jobs = OpenJobs(FairQueue(settings.bot_max_jobs_per_user, settings.bot_max_queue))
    worker = Worker(
        jobs=open_jobs,
        store=store,
        painter=painter,
        delivery=Delivery(app.bot, store, results, presets, has_room),
        orders=Orders(pictures, presets, estimates, settings),
        estimates=estimates,
        background=background,
        watchdog=Watchdog(painter, settings.styler_device, settings.bot_job_minutes * 60),
        admission=admission,
        precedence=precedence,
        device=settings.styler_device,
        result_exists=lambda name: pictures.result_path(name).is_file(),
    )
    own_presets = OwnPresets(store, pictures, presets)
    gallery = Gallery(app.bot, Uploads(store), own_presets, presets, settings.bot_data_dir / "sheets")
    conversation = Conversation(
        bot=app.bot,
        store=store,
        worker=worker,
        pictures=pictures,
        presets=presets,
        gallery=gallery,
        own=own_presets,
        new_jobs=NewJobs(store, estimates),
        jobs_per_person=settings.bot_max_jobs_per_user,
    )

    albums = Albums(
        background, turns, lambda album: on_album(app.bot_data["service"], album, app.bot.username)
    )
    return Service(
        settings=settings,
        store=store,
        access=access,
        admin=AdminPanel(store, access, admission, open_jobs, presets),
        admission=admission,
        damper=Damper(settings.bot_max_messages_per_minute),
        open_jobs=open_jobs,
        worker=worker,
        conversation=conversation,
        albums=albums,
        gallery=gallery,
        pictures=pictures,
        presets=presets,
        estimates=estimates,
        results=results,
        own=own_presets,
        own_gallery=OwnGallery(app.bot, pictures),
        unheard=app.update_queue.unheard if isinstance(app.update_queue, Arrivals) else set(),
    )


def _limiter_of(app: TelegramApp) -> RateLimiter:
    limiter = app.bot.rate_limiter
    assert isinstance(limiter, RateLimiter)
    return limiter


async def _hear_again(app: TelegramApp, arrivals: Arrivals, service: Service, background: Background) -> None:
    """What was being heard when the bot last stopped, before anything new."""
    for left in await inbox.left(service.store):
        update = Update.de_json(json.loads(left.update), app.bot)
        if left.is_given_up:
            chat = update.effective_chat
            log.error("Something in chat %s crashes the bot and is given up.", chat.id if chat else "?")
            background.start(apologise(update, service, app.bot))
        else:
            arrivals.put_again(update)


async def _quietly(stop: Any) -> None:
    """One step of stopping, which must not keep the others from being made."""
    with contextlib.suppress(TimeoutError, RuntimeError, TelegramError):
        async with asyncio.timeout(STEP_SECONDS):
            await stop()
