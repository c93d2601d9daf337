"""What the owner of a job sees: one message that waits with them, shows the painting grow, and becomes it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from telegram import Bot
from telegram.error import RetryAfter, TelegramError

from bot.api.rate_limits import seconds_of
from bot.api.retries import is_passing
from bot.chat.live_message import Gone, LiveMessage, reply_to
from bot.chat.reactions import DONE, PAINTING, QUEUED, Reactions
from bot.chat.result_keyboard import other_style_keyboard
from bot.chat.results import ResultLost, Results
from bot.chat.words import failure, live_painting, live_waiting
from bot.clock import now
from bot.jobs import Job, JobStatus, Waiting
from bot.keyboards import live_keyboard
from bot.painting.painter import Glimpse
from bot.people.person import is_group
from bot.storage.database import StoreError
from bot.store import Store, UnknownJob
from bot.texts import text
from bot.titles import job_title
from styler import Preset

__all__ = ["Delivery", "Gone", "ResultLost"]

log = logging.getLogger(__name__)
T = TypeVar("T")

EDIT_SECONDS = 3.0  # at least, between two edits in a chat
SLOWEST_EDIT_SECONDS = 10.0  # a long wait needs fewer edits
PAUSES = (1.0, 2.0, 5.0, 10.0, *[30.0] * 60)  # between attempts to deliver: half an hour in all
LONG_WAIT_SECONDS = 60.0  # after that the person has put the phone away, and an edit makes no sound


class Delivery:
    """Speaks to the owners of jobs. All methods raise `Gone` when the owner can no longer be reached."""

    def __init__(
        self,
        bot: Bot,
        store: Store,
        results: Results,
        presets: Mapping[str, Preset],
        has_room: Callable[[int], bool] = lambda chat_id: True,  # noqa: ARG005
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bot = bot
        self._store = store
        self._results = results
        self._presets = presets
        self._has_room = has_room  # in a chat, for what may be left unsaid
        self._clock = clock
        self._sleep = sleep
        self._reactions = Reactions(bot)
        self._lives: dict[str, _Live] = {}
        self._next_edit: dict[int, float] = {}  # by chat

    def lock(self, job: Job) -> asyncio.Lock:
        """Held while something is said about the job; hold it to be the first to speak."""
        return self._live(job).lock

    def is_known(self, job: Job) -> bool:
        """Whether its owner was told of it."""
        return self._live(job).message.message_id is not None

    def must_wait(self, job: Job) -> bool:
        """Whether its owner knows of it, and others have more to say now."""
        return self.is_known(job) and not self._has_room(job.chat_id)

    async def waiting(self, job: Job, waiting: Waiting) -> bool:
        """Say what the job waits for. The caller holds `lock`.

        What cannot be said now is left unsaid; False where that is so because others have more to say.
        """
        if is_group(job.chat_id) and await self._reactions.show(job, QUEUED):
            return True
        if self.must_wait(job):
            return False
        html = live_waiting(job.language, job_title(job, self._presets), waiting)
        await self._try_to_say(job, html)
        return True

    async def starting(self, job: Job) -> None:
        """Say that painting begins, unless others have more to say now. The caller holds `lock`."""
        if is_group(job.chat_id) and await self._reactions.show(job, PAINTING):
            return
        if self.must_wait(job):
            return  # the first glimpse says it, or the painting itself
        await self._try_to_say(job, live_painting(job.language, job_title(job, self._presets), None))

    async def progress(self, job: Job, glimpse: Glimpse) -> None:
        """Show how far the painting is, if it is time for an edit; a group is spared that."""
        if is_group(job.chat_id):
            return
        live = self._live(job)
        live.picture = glimpse.picture or live.picture
        at = self._clock()
        if at < self._next_edit.get(job.chat_id, 0) or live.lock.locked():
            return
        if self.must_wait(job):
            return  # the next glimpse shows more anyway
        html = live_painting(job.language, job_title(job, self._presets), glimpse)
        picture, live.picture = live.picture, None
        self._next_edit[job.chat_id] = at + _pause_after_edit(live, at)
        async with live.lock:
            await self._try_to_say(job, html, picture)

    async def result(self, job: Job) -> None:
        """Turn the message into the painting, trying for half an hour. Raises `ResultLost` too."""
        live = self._live(job)
        async with live.lock:
            as_file = job.as_file and not job.sheet
            await self._persistently(lambda: self._results.show(job, live.message, as_file=as_file))

    async def after_result(self, job: Job) -> None:
        """Make the owner look; once the job is done, so that a crash calls nobody twice."""
        live = self._live(job)
        if is_group(job.chat_id):  # where the painting is a new message, which rings by itself
            await self._reactions.show(job, DONE)
        else:
            await self._ring(job, live.message)
        self.forget(job)

    async def ended(self, job: Job) -> None:
        """Say for good why there will be no painting: it failed, or it was cancelled."""
        try:
            await self._say_ended(job)
        finally:
            self.forget(job)

    def forget(self, job: Job) -> None:
        """Nothing more will be said about it."""
        self._lives.pop(job.id, None)
        self._next_edit.pop(job.chat_id, None)
        self._reactions.forget(job)

    async def _say_ended(self, job: Job) -> None:
        live, style = self._live(job), job_title(job, self._presets)
        if is_group(job.chat_id):
            await self._reactions.take_away(job)
            if job.status is JobStatus.CANCELLED and live.message.message_id is None:
                return  # whoever cancelled it was answered
        if job.status is JobStatus.CANCELLED:
            html = text(job.language, "live-cancelled", style=style)
        else:
            html = failure(job.language, job.error, style)
        async with live.lock:
            keyboard = other_style_keyboard(job) if job.status is JobStatus.FAILED else None
            await self._persistently(lambda: live.message.say(html, keyboard))

    async def _ring(self, job: Job, message: LiveMessage) -> None:
        if now() - job.created_at < LONG_WAIT_SECONDS:
            return
        try:
            ready = text(job.language, "ready")
            await self._bot.send_message(job.chat_id, ready, reply_parameters=reply_to(message.message_id))
        except TelegramError as error:
            log.info("Job %s: could not ring: %s", job.id, error.message)

    async def _try_to_say(self, job: Job, html: str, picture: bytes | None = None) -> None:
        """Once: the next edit comes anyway."""
        message = self._live(job).message
        something_to_see = picture is not None or message.has_media
        keyboard = live_keyboard(job.language, job.id, something_to_see=something_to_see)
        try:
            if picture is None:
                await message.say(html, keyboard)
            else:
                await message.show_photo(picture, html, keyboard)
        except TelegramError as error:
            log.info("Job %s: could not say how it goes: %s", job.id, error.message)

    async def _persistently(self, attempt: Callable[[], Awaitable[T]]) -> T:
        for pause in PAUSES:
            try:
                return await attempt()
            except TelegramError as error:
                if not is_passing(error):
                    raise
                if isinstance(error, RetryAfter):
                    pause = max(pause, seconds_of(error))
                log.info("Telegram takes nothing now (%s), trying again in %g s.", error.message, pause)
                await self._sleep(pause)
        return await attempt()

    def _live(self, job: Job) -> "_Live":
        if job.id not in self._lives:

            async def on_sent(message_id: int) -> None:
                try:
                    await self._store.update_job(job.id, progress_message=message_id)
                except UnknownJob:
                    pass  # its owner wanted to be forgotten
                except StoreError as error:
                    # No reason to fail: without it, words in answer to the message are not understood, and
                    # after a restart there is another message.
                    log.warning("Job %s: which message is its own is not remembered: %s", job.id, error)

            message = LiveMessage(self._bot, job.chat_id, job.reply_to, job.progress_message, on_sent)
            self._lives[job.id] = _Live(message, self._clock())
        return self._lives[job.id]


class _Live:
    """A job's message and what belongs to it."""

    def __init__(self, message: LiveMessage, since: float) -> None:
        self.message = message
        self.since = since
        self.lock = asyncio.Lock()
        self.picture: bytes | None = None  # the latest rough picture that was not shown yet


def _pause_after_edit(live: _Live, at: float) -> float:
    return min(SLOWEST_EDIT_SECONDS, max(EDIT_SECONDS, (at - live.since) / 10))
