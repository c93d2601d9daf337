"""Sees to it that no painting holds up the others for ever, and that there is somebody to paint the next.

A thread that is stuck in native code cannot be ended from outside. So a painting that does not stop when it
is asked to is left to its thread, and another thread goes on with the next job. That costs the memory of what
is stuck, and helps against nothing that is wrong with the whole process: a lost CUDA context stays lost.
Therefore the engine is tried after each odd failure, and when it does not answer, or a second painting in a
row is stuck, `EngineLost` ends the bot with an error, for whatever supervises it to start it anew. No job is
lost by that. An engine on another machine that is away is not lost: the next painting waits for it.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future

from bot.painting.orders import CannotPaint, TookTooLong
from bot.painting.painter import EngineAway, Painter, Painting
from bot.queue.open_jobs import Run
from styler.errors import OutputError, PictureError, PresetError

log = logging.getLogger(__name__)

STEP_SECONDS = 300.0  # longer than the longest step: who is asked to stop ends within one
ANSWER_SECONDS = 120.0  # within which a painter that is alive begins, even while torch is being loaded

NOT_THE_ENGINES = (CannotPaint, PictureError, PresetError, OutputError)  # failures that say nothing about it


class EngineLost(Exception):
    """Nothing can be painted in this process any more."""


class EngineSilent(Exception):
    """Not even a new thread begins to paint."""


class Watchdog:
    """Watches the one painting that is under way."""

    def __init__(
        self,
        painter: Painter,
        device: str,
        limit: float,
        *,
        step_seconds: float = STEP_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """limit: the seconds that a painting may take."""
        self._painter = painter
        self._device = device
        self._limit = limit
        self._step_seconds = step_seconds
        self._answer_seconds = answer_seconds
        self._look_seconds = min(1.0, step_seconds / 10, answer_seconds / 10, limit / 10)
        self._stuck = 0  # paintings in a row that were left to their threads

    async def paint(self, begin: Callable[[], Future[Painting]], run: Run) -> Painting:
        """The painting that `begin` begins. Raises `TookTooLong`, and what painting raises."""
        future = begin()
        if not await self._watch(future, run):
            log.error("The painter does not answer: another one takes its place.")
            self._painter.replace()
            future = begin()
            if not await self._watch(future, run):
                raise EngineSilent
        error = future.exception()
        if error is not None and not isinstance(error, Exception):
            # SystemExit and its like mean the painter's thread, not the bot.
            raise RuntimeError(f"painting ended with {type(error).__name__}") from error
        painting = future.result()
        self._stuck = 0
        # Without a file its time went by in waiting for an engine that was away.
        if run.overdue and (painting.is_there or not painting.stopped):
            raise TookTooLong
        return painting

    async def after(self, error: Exception) -> None:
        """Find out whether more can be painted after a failure. Raises `EngineLost`."""
        if self._stuck > 1:
            raise EngineLost("two paintings in a row are stuck") from error
        if isinstance(error, NOT_THE_ENGINES) or (isinstance(error, TookTooLong) and not self._stuck):
            return
        try:
            answer = asyncio.wrap_future(self._painter.warm_up(self._device))
            async with asyncio.timeout(self._answer_seconds):
                await answer
        except TimeoutError as silence:
            raise EngineLost("the engine does not answer any more") from silence
        except EngineAway as away:
            log.warning("Whether more can be painted is not known: %s.", away)
        except Exception as trouble:
            raise EngineLost(f"the engine is gone: {trouble}") from trouble

    async def _watch(self, future: Future[Painting], run: Run) -> bool:
        """Until it is finished; False if nobody begins it. Raises `TookTooLong` when it does not stop."""
        painting, began = asyncio.wrap_future(future), time.monotonic()
        asked: float | None = None  # when it was asked to stop
        while not (await asyncio.wait({painting}, timeout=self._look_seconds))[0]:
            now = time.monotonic()
            # A painter has nothing else to do: one painting is begun at a time.
            if not future.running() and now - began > self._answer_seconds:
                painting.cancel()
                return False
            if now - began > self._limit and not run.stop.is_set():
                log.error("Painting takes longer than %g s and is ended.", self._limit)
                run.overdue = True
                run.stop.set()
            if asked is None and (run.stop.is_set() or run.yields.is_set()):
                asked = now
            if asked is not None and now - asked > self._step_seconds:
                self._leave(painting)
                raise TookTooLong
        with contextlib.suppress(BaseException):
            painting.exception()  # it is looked at elsewhere
        return True

    def _leave(self, painting: asyncio.Future[Painting]) -> None:
        log.error("Painting does not stop: it is left to its thread, another one goes on.")
        painting.cancel()  # only this end of it
        self._painter.replace()
        self._stuck += 1
