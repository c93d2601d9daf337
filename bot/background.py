"""The one owner of what runs beside the handlers. Nothing else in the bot may create tasks."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


class Background:
    """Runs coroutines, logs their failures, and ends them all on `stop`.

    python-telegram-bot's own `create_task` will not do: its `Application.stop` waits for every coroutine that
    was started that way, and ours have no end.
    """

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._endless: set[asyncio.Task[None]] = set()
        self.broken: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    def start(
        self, coroutine: Coroutine[Any, Any, None], *, vital: bool = False, endless: bool = False
    ) -> None:
        """Run it. What is endless is ended by `stop` at once.

        When something vital fails, `broken` is set to its error: the bot cannot go on.
        """
        task = asyncio.get_running_loop().create_task(coroutine)
        (self._endless if endless else self._running).add(task)
        task.add_done_callback(lambda ended: self._ended(ended, vital))

    async def stop(self, grace: float) -> None:
        """Give what has an end `grace` seconds to reach it, then cancel the rest."""
        for task in self._endless:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=grace)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._endless, *self._running, return_exceptions=True)

    def give_up(self, error: BaseException) -> None:
        """The bot cannot go on."""
        if not self.broken.done():
            self.broken.set_result(error)

    def _ended(self, task: "asyncio.Task[None]", vital: bool) -> None:
        self._running.discard(task)
        self._endless.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        if vital and not self.broken.done():
            self.give_up(error)
        else:
            log.error("Something in the background failed.", exc_info=error)
