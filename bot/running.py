"""The bot from start to end: on Telegram or in a sandbox, until a signal comes or it cannot go on."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from bot.api.connection import StartError
from bot.app import NotNow, running_bot
from bot.executor import StyleExecutor
from bot.operation.exits import BROKEN, INTERRUPTED, complain
from bot.sandbox import Sandbox
from bot.settings import Settings
from bot.storage.database import StoreError
from styler import StylerError

log = logging.getLogger(__name__)

PORTS_TRIED = 20
STOP_SECONDS = 9.5  # to stop in; whatever is not done by then, a thread that is stuck say, is left undone
LAST_STEP_SECONDS = 1.0  # for a painting step that did not end in the bot's own time

PAGE = """
    Open  {url}

Send a photo there and tap a style. Ctrl-C ends it.

"""


class Broken(Exception):
    """Something failed that the bot cannot do without."""


def run_until_stopped(settings: Settings, painter: StyleExecutor) -> int:
    """Run the bot, and leave no thread behind. The codes are those of `bot.operation.exits`."""
    code = _run_and_explain(settings, painter)
    painter.shutdown(wait=False, cancel_futures=True)
    if not painter.is_idle(LAST_STEP_SECONDS):
        # Python waits for all threads at its end; a long painting step must not keep it.
        logging.shutdown()
        os._exit(code)
    return code


def _run_and_explain(settings: Settings, painter: StyleExecutor) -> int:
    try:
        return asyncio.run(_run(settings, painter))
    except StartError as error:
        return complain(str(error), secrets=settings.secrets, may_pass=isinstance(error, NotNow))
    except StoreError as error:  # at the start: later it is met where it happens
        return complain(str(error), secrets=settings.secrets, may_pass=True)
    except Broken as error:
        log.critical(
            "The bot cannot go on and wants to be started anew: %s.", error, exc_info=error.__cause__
        )
        return BROKEN


async def _run(settings: Settings, painter: StyleExecutor) -> int:
    """Until a signal comes. Raises `StartError`."""
    signals: list[signal.Signals] = []
    loop, this = asyncio.get_running_loop(), asyncio.current_task()
    assert this is not None

    def on_signal(number: int, _: object) -> None:
        signals.append(signal.Signals(number))
        if len(signals) > 1:
            os._exit(INTERRUPTED)  # asked twice: at once
        _leave_in_time(INTERRUPTED if number == signal.SIGINT else 0)
        loop.call_soon_threadsafe(this.cancel)

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, on_signal)  # not the loop's own way, which hears nothing while the loop hangs
    try:
        if settings.is_for_telegram:
            await _serve(settings, painter)
        else:
            async with _sandbox(settings) as its_settings:
                await _serve(its_settings, painter)
    except asyncio.CancelledError:
        if not signals:
            raise
        log.info("Stopped.")
    return INTERRUPTED if signal.SIGINT in signals else 0


def _leave_in_time(code: int) -> None:
    """Nothing is lost by it: all that counts is on disk at every moment."""

    def leave() -> None:
        log.warning("Not all could be stopped in time.")
        logging.shutdown()
        os._exit(code)

    timer = threading.Timer(STOP_SECONDS, leave)
    timer.daemon = True
    timer.start()


async def _serve(settings: Settings, painter: StyleExecutor) -> None:
    async with running_bot(settings, painter) as background:
        error = await background.broken
        if isinstance(error, StylerError):  # no such device, no weights: the same at the next start
            raise StartError(f"The bot cannot go on: {error}") from error
        raise Broken(str(error)) from error


@asynccontextmanager
async def _sandbox(settings: Settings) -> AsyncIterator[Settings]:
    """A sandbox, and the settings of a bot that talks to it."""
    sandbox = await _start_sandbox(settings.bot_sandbox_port)
    try:
        sys.stdout.write(PAGE.format(url=sandbox.page_url))
        sys.stdout.flush()
        yield settings.model_copy(
            update={"bot_token": SecretStr(sandbox.token), "bot_api_url": sandbox.api_url}
        )
    finally:
        await sandbox.stop()


async def _start_sandbox(port: int) -> Sandbox:
    """At `port`, or else at the next one that is free."""
    for attempt in range(port, min(port + PORTS_TRIED, 65535) + 1):
        sandbox = Sandbox(port=attempt)
        sandbox.group("Anna & Борис", sandbox.everybody())  # the menu at the top right leads there
        try:
            await sandbox.start()
        except OSError as error:
            log.info("Port %d cannot be used: %s", attempt, error.strerror)
        else:
            return sandbox
    raise StartError(f"No port from {port} on is free for the sandbox; set BOT_SANDBOX_PORT to another one.")
