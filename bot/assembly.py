"""Puts the bot together, from the inside out: knows every concrete class, but nothing is begun here."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from telegram.ext import ApplicationBuilder

from bot.api.connection import TelegramApp, telegram_request
from bot.api.rate_limits import RateLimiter
from bot.api.retries import UpdatesRequest
from bot.background import Background
from bot.chat.first_signs import FirstSigns
from bot.chat.gallery import Gallery
from bot.chat.own_gallery import OwnGallery
from bot.chat.results import Results
from bot.conversation.conversation import Conversation
from bot.delivery import Delivery
from bot.fair_queue import FairQueue
from bot.handlers.admin_panel import AdminPanel
from bot.handlers.arrivals import Arrivals
from bot.handlers.gate import on_error
from bot.handlers.in_turn import InTurn
from bot.handlers.pictures import on_album
from bot.handlers.routes import handlers
from bot.handlers.service import Service
from bot.operation.watch import Watch
from bot.painting.estimates import Estimates
from bot.painting.orders import Orders
from bot.painting.painter import Painter
from bot.people.access import Access
from bot.people.albums import Albums
from bot.people.damping import Damper
from bot.people.own_presets import OwnPresets
from bot.people.person import Turns
from bot.precedence import Precedence
from bot.queue.admission import Admission
from bot.queue.new_jobs import NewJobs
from bot.queue.open_jobs import OpenJobs
from bot.queue.watchdog import Watchdog
from bot.settings import Mode, Settings
from bot.storage.data_folder import DATABASE
from bot.storage.examiners import Examiners
from bot.storage.pictures import Pictures
from bot.storage.uploads import Uploads
from bot.store import Store
from bot.worker import Worker
from styler import Preset, load_presets

Presets = Mapping[str, Preset]


@dataclass(frozen=True, slots=True)
class Parts:
    """What all else is made of. None of it speaks to anybody."""

    settings: Settings
    watch: Watch
    background: Background
    precedence: Precedence
    turns: Turns
    examiners: Examiners
    pictures: Pictures
    store: Store
    access: Access
    admission: Admission
    arrivals: Arrivals
    estimates: Estimates
    open_jobs: OpenJobs


def make_parts(settings: Settings, examiners: Examiners) -> Parts:
    """Nothing of it is opened or loaded yet."""
    watch, precedence = Watch(), Precedence()
    pictures = Pictures(settings.bot_data_dir, examiners)
    store = Store(settings.bot_data_dir / DATABASE, on_change=watch.metrics.job_changed)
    access = Access(store, settings)
    in_batches = settings.bot_mode is Mode.POLLING
    return Parts(
        settings=settings,
        watch=watch,
        background=Background(),
        precedence=precedence,
        turns=Turns(),
        examiners=examiners,
        pictures=pictures,
        store=store,
        access=access,
        admission=Admission(store, settings),
        arrivals=Arrivals(store, access, in_batches=in_batches, precedence=precedence),
        estimates=Estimates(store, pictures, settings),
        open_jobs=OpenJobs(FairQueue(settings.bot_max_jobs_per_user, settings.bot_max_queue)),
    )


def build_application(parts: Parts) -> TelegramApp:
    """python-telegram-bot's application with all handlers."""
    settings, arrivals, on_call = parts.settings, parts.arrivals, parts.watch.api_called
    updates = partial(UpdatesRequest, before=arrivals.settle, read=arrivals.read)
    app: TelegramApp = (
        ApplicationBuilder()
        .token(settings.bot_token.get_secret_value())
        .base_url(f"{settings.bot_api_url}/bot")
        .base_file_url(f"{settings.bot_api_url}/file/bot")
        .request(telegram_request(settings, connections=64, on_call=on_call))
        .get_updates_request(telegram_request(settings, updates, on_call=on_call))
        .local_mode(settings.bot_local_mode)
        .update_queue(arrivals)
        .rate_limiter(RateLimiter())
        .concurrent_updates(InTurn(parts.turns, parts.watch.update_handled, arrivals.hear))
        .build()
    )
    for group, handler in handlers():
        app.add_handler(handler, group)
    app.add_error_handler(on_error)
    return app


async def build_service(parts: Parts, app: TelegramApp, painter: Painter) -> Service:
    """All behind the handlers, which find it in the application from now on."""
    presets = await _load_presets(parts.settings)
    signs = FirstSigns(app.bot, parts.background, parts.precedence)
    albums = _build_albums(parts, app)
    parts.arrivals.connect(app.bot, signs, albums)
    results = Results(app.bot, parts.store, parts.pictures, presets, parts.estimates)
    delivery = Delivery(app.bot, parts.store, results, presets, _room(app, signs))
    worker = _build_worker(parts, painter, delivery, presets)
    own = OwnPresets(parts.store, parts.pictures, presets)
    gallery = Gallery(app.bot, Uploads(parts.store), own, presets, parts.settings.bot_data_dir / "sheets")
    service = Service(
        settings=parts.settings,
        store=parts.store,
        access=parts.access,
        admin=AdminPanel(parts.store, parts.access, parts.admission, parts.open_jobs, presets),
        admission=parts.admission,
        damper=Damper(parts.settings.bot_max_messages_per_minute),
        turns=parts.turns,
        open_jobs=parts.open_jobs,
        worker=worker,
        conversation=_build_conversation(parts, app, worker, gallery, own, presets),
        albums=albums,
        gallery=gallery,
        pictures=parts.pictures,
        presets=presets,
        estimates=parts.estimates,
        results=results,
        own=own,
        own_gallery=OwnGallery(app.bot, parts.pictures),
        unheard=parts.arrivals.unheard,
        postponed=parts.arrivals.postponed,
    )
    app.bot_data["service"] = service
    return service


async def _load_presets(settings: Settings) -> Presets:
    # Without a folder of that name an operator simply has no presets; one that was set must be there.
    own = [settings.presets_dir] if settings.bot_presets_dir or settings.presets_dir.is_dir() else []
    return await asyncio.to_thread(load_presets, *own)


def _room(app: TelegramApp, signs: FirstSigns) -> Callable[[int], bool]:
    """Whether there is room in a chat for what may be left unsaid."""
    limiter = app.bot.rate_limiter
    assert isinstance(limiter, RateLimiter)
    return lambda chat_id: not signs.is_crowd and limiter.has_room(chat_id)


def _build_worker(parts: Parts, painter: Painter, delivery: Delivery, presets: Presets) -> Worker:
    settings, pictures = parts.settings, parts.pictures
    return Worker(
        jobs=parts.open_jobs,
        store=parts.store,
        painter=painter,
        delivery=delivery,
        orders=Orders(pictures, presets, parts.estimates, settings),
        estimates=parts.estimates,
        background=parts.background,
        watchdog=Watchdog(painter, settings.styler_device, settings.bot_job_minutes * 60),
        admission=parts.admission,
        precedence=parts.precedence,
        device=settings.styler_device,
        result_exists=lambda name: pictures.result_path(name).is_file(),
    )


def _build_conversation(
    parts: Parts, app: TelegramApp, worker: Worker, gallery: Gallery, own: OwnPresets, presets: Presets
) -> Conversation:
    return Conversation(
        bot=app.bot,
        store=parts.store,
        worker=worker,
        pictures=parts.pictures,
        presets=presets,
        gallery=gallery,
        own=own,
        new_jobs=NewJobs(parts.store, parts.estimates),
        jobs_per_person=parts.settings.bot_max_jobs_per_user,
        background=parts.background,
    )


def _build_albums(parts: Parts, app: TelegramApp) -> Albums:
    """The service, of which they are a part, is looked up when one is complete."""
    return Albums(
        parts.background,
        parts.turns,
        lambda album: on_album(app.bot_data["service"], album, app.bot.username),
    )
