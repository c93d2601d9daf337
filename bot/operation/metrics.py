"""What Prometheus may ask: how many, how long, what failed. Labels hold kinds; never ids, never secrets."""

import time
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.clock import now
from bot.jobs import OPEN_STATUSES, Failure, Job, JobStatus

# Seconds. A painting takes from a tenth of a second (tests) to many minutes; a wait may take hours.
LONG = (0.1, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600)
SHORT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
NO_ANSWER = "none"  # in place of a status code: a time-out, or a connection that broke


class Metrics:
    """All that is counted, in a registry of its own. Its methods may be called from any thread."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._count_jobs()
        self._count_updates_and_calls()
        self._delivering_since: dict[str, float] = {}  # job id -> time.monotonic()

    def _count_jobs(self) -> None:
        self._accepted = Counter("stylebot_jobs_accepted", "Jobs accepted.", registry=self.registry)
        self._ended = Counter(
            "stylebot_jobs_ended", "Jobs that came to an end.", ["status"], registry=self.registry
        )
        self._failures = Counter(
            "stylebot_job_failures", "Jobs that failed, by why.", ["reason"], registry=self.registry
        )
        for status in set(JobStatus) - OPEN_STATUSES:
            self._ended.labels(status.value)  # so that it is 0 and not absent
        for reason in Failure:
            self._failures.labels(reason.value)
        self._wait = self._seconds("wait", "From a job's acceptance to the start of its painting.", LONG)
        self._paint = self._seconds("paint", "From the start of a job's painting to its end.", LONG)
        self._deliver = self._seconds("deliver", "From the end of a painting to its being sent.", LONG)
        self._whole = self._seconds("job", "From a job's acceptance to its painting being sent.", LONG)

    def _count_updates_and_calls(self) -> None:
        self._updates = Counter(
            "stylebot_updates", "Updates that were handled.", ["kind"], registry=self.registry
        )
        self._update = self._seconds("update", "From taking an update in hand to its being answered.", SHORT)
        self._calls = Counter(
            "stylebot_api_calls",
            "Calls of the Bot API, by status code: 429 is too fast, 409 another bot with this token.",
            ["method", "code"],
            registry=self.registry,
        )
        self._too_fast = Counter(
            "stylebot_api_429s", "Times that Telegram asked for patience.", registry=self.registry
        )
        self._call = self._seconds("api_call", "How long calls of the Bot API took, but getUpdates.", SHORT)
        self._lag = self._seconds("loop_lag", "How late the event loop was.", SHORT)

    def _seconds(self, name: str, what: str, buckets: Iterable[float]) -> Histogram:
        return Histogram(f"stylebot_{name}_seconds", what, buckets=tuple(buckets), registry=self.registry)

    def job_changed(self, before: Job | None, after: Job) -> None:
        """A job was accepted (`before` is None), or came from one status to another."""
        if before is None:
            self._accepted.inc()
            return
        if before.status is after.status:
            return
        if after.status is JobStatus.RUNNING and after.attempts == 1 and after.started_at is not None:
            self._wait.observe(max(0.0, after.started_at - after.created_at))
        elif after.status is JobStatus.DELIVERING:
            self._delivering_since[after.id] = time.monotonic()
            self._paint.observe(max(0.0, now() - (after.started_at or now())))
        elif not after.is_open:
            self._job_ended(after)
        if after.status is not JobStatus.DELIVERING:
            self._delivering_since.pop(after.id, None)

    def _job_ended(self, job: Job) -> None:
        self._ended.labels(job.status.value).inc()
        if job.status is JobStatus.FAILED:
            self._failures.labels(job.error or "unknown").inc()
        since = self._delivering_since.get(job.id)
        if job.status is JobStatus.DONE and job.finished_at is not None:
            self._whole.observe(max(0.0, job.finished_at - job.created_at))
            if since is not None:  # else it was painted before the last restart
                self._deliver.observe(time.monotonic() - since)

    def update_handled(self, kind: str, seconds: float) -> None:
        """An update of this kind ("message", "callback_query" ...) was handled."""
        self._updates.labels(kind).inc()
        self._update.observe(seconds)

    def api_called(self, method: str, code: int | None, seconds: float) -> None:
        """The Bot API answered with this status code; None: it did not answer."""
        self._calls.labels(method, str(code or NO_ANSWER)).inc()
        if code == 429:
            self._too_fast.inc()
        if method != "getUpdates":  # which waits on purpose
            self._call.observe(seconds)

    def loop_was_late(self, seconds: float) -> None:
        """The event loop woke somebody so much later than asked for."""
        self._lag.observe(seconds)

    def watch(self, look: Callable[[], "Now"]) -> None:
        """From now on, tell also how things stand; `look` is called from other threads."""
        self.registry.register(_Standing(look))


@dataclass(slots=True, kw_only=True)
class Now:
    """How things stand at this moment."""

    waiting: int  # jobs in the queue, not being painted
    statuses: Iterable[JobStatus]  # of the open jobs
    silences: Mapping[str, float]  # seconds since "loop" and "telegram" gave a sign of life
    device: str | None = None  # None: the engine is not loaded yet
    device_memory: int | None = None  # bytes that the engine holds there
    free_memory: int | None = None  # bytes


class _Standing(Collector):
    """Looks only when somebody asks."""

    def __init__(self, look: Callable[[], Now]) -> None:
        self._look = look

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        now = self._look()
        yield GaugeMetricFamily("stylebot_queue_depth", "Jobs that wait to be painted.", now.waiting)
        jobs = GaugeMetricFamily("stylebot_jobs", "Open jobs by status.", labels=["status"])
        statuses = Tally(now.statuses)
        for status in sorted(OPEN_STATUSES):
            jobs.add_metric([status.value], statuses[status])
        yield jobs
        engine = GaugeMetricFamily("stylebot_engine_info", "1 once the engine is loaded.", labels=["device"])
        if now.device is not None:
            engine.add_metric([now.device], 1)
        yield engine
        silence = GaugeMetricFamily("stylebot_silence_seconds", "Since the last sign of life.", labels=["of"])
        for who, seconds in now.silences.items():
            silence.add_metric([who], seconds)
        yield silence
        for name, what, amount in (
            ("device", "Memory that the engine holds on a GPU.", now.device_memory),
            ("free", "Memory that this program could still take, in its control group too.", now.free_memory),
        ):
            if amount is not None:
                yield GaugeMetricFamily(f"stylebot_{name}_memory_bytes", what, amount)
