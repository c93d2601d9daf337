"""All that watches the bot: metrics, health, systemd. Made before all else, so that it hears everything."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from telegram import Update

from bot.api.connection import StartError
from bot.background import Background
from bot.operation.health import TELEGRAM_SILENCE, Check, Health, SignOfLife, pulse
from bot.operation.metrics import Metrics, Now
from bot.operation.monitor import monitor
from bot.operation.systemd import Systemd
from bot.painting.estimates import Estimates
from bot.queue.admission import Admission, Intake
from bot.queue.open_jobs import OpenJobs
from bot.settings import Settings, service_manager
from bot.store import Store
from styler.free_memory import free_memory, held_memory

log = logging.getLogger(__name__)

REFUSED = {401, 404}  # answers to a token that is no longer known: nobody is reached with it


class Watch:
    """Hears what happens in the bot, and tells those who ask how it is."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self._systemd = Systemd(service_manager())
        self._loop = SignOfLife()
        self._telegram = SignOfLife()
        self._serving = False

    # What it hears

    def api_called(self, method: str, code: int | None, seconds: float) -> None:
        """A call of the Bot API ended: see `bot.api.calls.OnCall`."""
        self.metrics.api_called(method, code, seconds)
        if code is not None and code < 500 and code not in REFUSED:
            self._telegram.give()

    def update_handled(self, update: object, seconds: float) -> None:
        """An update was handled."""
        self.metrics.update_handled(_kind_of(update), seconds)

    def serving(self, name: str) -> None:
        """The bot of that name is ready."""
        self._serving = True
        self._systemd.say(READY="1", STATUS=f"@{name} is ready.")

    def stopping(self) -> None:
        """The bot is being stopped."""
        self._serving = False
        self._systemd.say(STOPPING="1", STATUS="Stopping.")

    async def pulse(self) -> None:
        """Give signs of life for ever; run it in the background."""
        await pulse(self._loop, self._on_beat)

    # What it tells

    @contextmanager
    def pages(
        self,
        settings: Settings,
        store: Store,
        jobs: OpenJobs,
        admission: Admission,
        estimates: Estimates,
        background: Background,
    ) -> Iterator[None]:
        """Within, metrics and health can be asked for, if a port is set for them. Raises `StartError`."""

        def look() -> Now:
            return _now(jobs, estimates, {"loop": self._loop.silence, "telegram": self._telegram.silence})

        self.metrics.watch(look)
        health = Health(self._loop, self._readiness(store, jobs, admission, estimates, background))
        if settings.bot_metrics_port is None:
            yield
            return
        host, port = settings.bot_metrics_listen, settings.bot_metrics_port
        try:
            with monitor(host, port, health, self.metrics.registry) as port:
                where = f"[{host}]" if ":" in host else host
                log.info("Metrics and health are at http://%s:%d/metrics, /healthz and /readyz.", where, port)
                yield
        except OSError as error:
            raise StartError(f"{host}:{port} cannot be listened on for metrics: {error.strerror}.") from error

    def _readiness(
        self,
        store: Store,
        jobs: OpenJobs,
        admission: Admission,
        estimates: Estimates,
        background: Background,
    ) -> dict[str, Check]:
        """What the bot needs to serve anybody, and how each of it is."""

        def painter() -> str | None:
            if background.broken.done():
                return "it is broken"
            return None if estimates.engine is not None else "the engine is not loaded yet"

        def disk() -> str | None:
            if not store.is_open:
                return "it is not open"
            return None if jobs.are_written else "it cannot be written now"

        return {
            "telegram": self._fault_of_telegram,
            "store": disk,
            "painter": painter,
            "drain": lambda: "no pictures are taken" if admission.intake is Intake.DRAINING else None,
            "updates": lambda: None if self._serving and not jobs.is_stopping else "none are taken now",
        }

    def _fault_of_telegram(self) -> str | None:
        if not self._telegram.seen:
            return "it was not reached yet"
        silence = self._telegram.silence
        return f"it gave its last answer {silence:.0f} s ago" if silence > TELEGRAM_SILENCE else None

    def _on_beat(self, late: float) -> None:
        self.metrics.loop_was_late(late)
        self._systemd.beat()


def _now(jobs: OpenJobs, estimates: Estimates, silences: dict[str, float]) -> Now:
    """Called from other threads."""
    now = Now(waiting=jobs.waiting, statuses=jobs.statuses, silences=silences)
    if estimates.engine is not None:
        now.device = estimates.engine.device
        now.device_memory = held_memory(now.device)
        now.free_memory = free_memory()
    return now


def _kind_of(update: object) -> str:
    if not isinstance(update, Update):
        return "other"
    return next((kind for kind in Update.ALL_TYPES if getattr(update, kind) is not None), "other")
