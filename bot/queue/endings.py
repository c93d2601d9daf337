"""How jobs end: delivered, failed, or cancelled.

Whatever goes wrong with a job, its place in the queue is given back and its owner is told.
"""

import asyncio
import contextlib
import logging

from telegram.error import BadRequest, NetworkError, TelegramError

from bot.background import Background
from bot.delivery import Delivery, Gone, ResultLost
from bot.jobs import Failure, IllegalTransition, Job, JobChanges, JobStatus
from bot.painting.orders import Orders
from bot.precedence import Precedence
from bot.queue.admission import Admission
from bot.queue.ledger import Ledger
from bot.queue.open_jobs import OpenJobs
from bot.storage.database import StoreError
from bot.store import Store, UnknownJob

log = logging.getLogger(__name__)


class Endings:
    """Closes open jobs: each is written down, then forgotten here."""

    def __init__(
        self,
        jobs: OpenJobs,
        store: Store,
        ledger: Ledger,
        delivery: Delivery,
        orders: Orders,
        admission: Admission,
        precedence: Precedence,
        background: Background,
    ) -> None:
        self._jobs = jobs
        self._store = store
        self._ledger = ledger
        self._delivery = delivery
        self._orders = orders
        self._admission = admission
        self._precedence = precedence
        self._background = background

    async def deliver(self, job: Job) -> None:
        """Hand the painting over, as long as that takes."""
        try:
            await self._precedence.give_way()
            await self._delivery.result(job)
            self._jobs.close(job)  # whoever has it may send the next one at once
            await self._ledger.record(job.id, JobStatus.DONE)
            log.info("Job %s delivered.", job.id)
            await self._delivery.after_result(job)
        except Gone:
            await self.end(job, JobStatus.CANCELLED, tell=False)
            await self.leave(job.chat_id)
        except UnknownJob:
            await self.forget(job)
        except ResultLost:
            await self.end(job, JobStatus.FAILED, Failure.LOST)
        except TelegramError as error:
            log.error("Job %s could not be delivered: %s", job.id, error.message)
            await self.end(job, JobStatus.FAILED, Failure.DELIVERY)
        except asyncio.CancelledError:
            await self._left(job)
            raise
        except Exception:
            if self._jobs.is_stopping:
                await self._left(job)
                raise
            log.exception("Job %s could not be delivered.", job.id)
            await self.end(job, JobStatus.FAILED, Failure.DELIVERY)
        finally:
            self._jobs.close(job)

    async def _left(self, job: Job) -> None:
        """It is delivered at the next start, and that it was not now is no fault of its own."""
        if self._jobs.get(job.id) is None:
            return  # it was, after all
        with contextlib.suppress(UnknownJob, StoreError):
            await self._ledger.record(job.id, attempts=job.attempts - 1)

    async def end(
        self, job: Job, status: JobStatus, reason: Failure | None = None, *, tell: bool = True
    ) -> None:
        """End a job without a painting. Its place is free before its owner is told, which may take long."""
        try:
            changes: JobChanges = {"error": reason, "owed": tell}
            if await self._was_begun(job):
                changes["attempts"] = 1
            job = await self._ledger.record(job.id, status, **changes)
        except UnknownJob:
            await self.forget(job)
            return
        except IllegalTransition:  # somebody else ended it first
            self._delivery.forget(job)
            return
        finally:
            self._jobs.close(job)
        await self._discard(job)
        if not job.attempts:
            self._admission.give_back(job)
        log.info("Job %s %s (%s).", job.id, status, reason or "by its owner")
        if tell:
            self._background.start(self.tell(job))
        else:
            self._delivery.forget(job)

    async def forget(self, job: Job) -> None:
        """Its owner wanted to be forgotten while it was painted or delivered: nothing of it is left."""
        log.info("Job %s was forgotten.", job.id)
        self._jobs.close(job)
        self._delivery.forget(job)
        await asyncio.to_thread(self._orders.discard, job)

    async def tell_again(self, job: Job) -> None:
        """The last stop left it so, and perhaps half a painting, which its thread had still in hand then."""
        await self._discard(job)
        await self.tell(job)

    async def _discard(self, job: Job) -> None:
        if job.error != Failure.DELIVERY:  # of that one there is a painting
            await asyncio.to_thread(self._orders.discard, job)

    async def _was_begun(self, job: Job) -> bool:
        """Whether something was painted of a job that was stopped, which is no attempt but costs as much."""
        was_stopped = not job.attempts and job.started_at is not None
        return was_stopped and await asyncio.to_thread(self._orders.is_begun, job)

    async def tell(self, job: Job) -> None:
        """Tell the owner of a job that it ended so; what Telegram takes from nobody is not owed for ever."""
        try:
            await self._delivery.ended(job)
        except (Gone, TelegramError) as error:
            log.info("Job %s: its owner could not be told: %s", job.id, error)
            if isinstance(error, NetworkError) and not isinstance(error, BadRequest):
                return  # at the next start
        with contextlib.suppress(UnknownJob):
            await self._ledger.record(job.id, owed=False)

    async def leave(self, chat_id: int) -> None:
        """Cancel what waits in a chat that can no longer be reached, and what is kept for it."""
        await self._store.drop_dialogues(chat_id)
        for job in self._jobs.of_chat(chat_id):
            if self._jobs.queue.remove(job.id):
                await self.end(job, JobStatus.CANCELLED, tell=False)
