"""`python -m bot doctor`: looks at everything the bot needs, and says what to do about what is wrong."""

import asyncio
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from telegram.error import TelegramError

from bot.executor import StyleExecutor
from bot.logs import redactor
from bot.operation import ailments
from bot.operation.ailments import Ailment
from bot.operation.heartbeat import is_well
from bot.operation.telegram_ailments import check_clock, check_token, check_updates
from bot.painting.painter import EngineInfo, Painting, PaintOrder
from bot.setting_types import THREAD
from bot.settings import Settings
from bot.storage.data_folder import DATABASE
from styler import Quality, StyleOptions, StylerError, load_presets
from styler.free_memory import free_memory
from styler.options import MIN_SIZE

TINY_STEPS = 3
NEEDED = {"Updates": "Telegram", "Device": "Executor", "Painting": "Executor"}  # to look at it at all


async def examine(settings: Settings, painter: StyleExecutor) -> int:
    """Check one thing after the other and print a line or two for each; 0 if all is well, else 1.

    painter: what the bot would paint with; shut down in the end.
    """
    checks: list[tuple[str, Callable[[], Awaitable[str]]]] = [
        *_telegram_checks(settings),
        ("Folder", lambda: asyncio.to_thread(_check_folder, settings)),
        ("Database", lambda: asyncio.to_thread(_check_database, settings)),
        ("Presets", lambda: asyncio.to_thread(_check_presets, settings)),
        ("Ports", lambda: asyncio.to_thread(_check_ports, settings)),
        ("Memory", lambda: _check_memory(settings)),
        ("Executor", lambda: _check_executor(painter, settings)),
        ("Device", lambda: _check_device(painter, settings)),
        ("Painting", lambda: _check_painting(painter, settings)),
    ]
    wrong: set[str] = set()
    redact = redactor(settings.secrets)
    try:
        for name, check in checks:
            if NEEDED.get(name) in wrong:
                continue
            try:
                _write(redact(f"ok     {name}: {await check()}"))
            except Ailment as ailment:
                wrong.add(name)
                _write(redact(f"wrong  {name}: {ailment}"), f"       {ailment.remedy}")
            except (OSError, TelegramError) as error:
                wrong.add(name)
                _write(redact(f"wrong  {name}: could not be looked at ({error})"))
    finally:
        painter.shutdown(wait=False)
    _write("Mend what is wrong above, then look again." if wrong else "All is well.")
    return 1 if wrong else 0


def _telegram_checks(settings: Settings) -> list[tuple[str, Callable[[], Awaitable[str]]]]:
    if not settings.is_for_telegram:
        return [("Telegram", _no_token)]
    return [
        ("Telegram", lambda: check_token(settings)),
        ("Updates", lambda: check_updates(settings)),
        ("Clock", lambda: check_clock(settings)),
        ("Webhook", lambda: asyncio.to_thread(_check_address, settings)),
    ]


async def _no_token() -> str:
    return "not asked for, so the sandbox will be used"


def _check_address(settings: Settings) -> str:
    ailments.check_webhook_address(settings)
    return settings.bot_webhook_url or "none"


def _check_folder(settings: Settings) -> str:
    folder = ailments.check_folder(settings)
    ailments.check_owner(settings)
    free = ailments.check_room(settings)
    return f"{folder.resolve()}, {free / 1e9:.0f} GB free"


def _check_database(settings: Settings) -> str:
    ailments.check_database(settings)
    return "whole" if (settings.bot_data_dir / DATABASE).exists() else "there is none yet"


def _check_presets(settings: Settings) -> str:
    built_in = len(load_presets())
    ailments.check_presets_folder(settings)
    folder = settings.presets_dir
    if not folder.is_dir():
        return f"{built_in} built in"
    with _heard("styler.presets") as complaints:
        own = len(load_presets(folder)) - built_in
    if complaints:
        raise Ailment(" ".join(complaints), f"Mend or remove what is named there, in {folder}.")
    return f"{built_in} built in, {own} more from {folder}"


def _check_ports(settings: Settings) -> str:
    if is_well(settings.bot_data_dir):
        return "the bot runs, and has them"
    ailments.check_ports(settings)
    return "free"


@contextmanager
def _heard(logger: str) -> Iterator[list[str]]:
    """What is logged there as a warning, within."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    ear = Ear(logging.WARNING)
    logging.getLogger(logger).addHandler(ear)
    try:
        yield heard
    finally:
        logging.getLogger(logger).removeHandler(ear)


async def _check_memory(settings: Settings) -> str:
    if settings.styler_executor != THREAD:
        return "that of the workers counts"
    return ailments.check_memory(await asyncio.to_thread(free_memory))


async def _check_executor(painter: StyleExecutor, settings: Settings) -> str:
    ailments.check_executor(settings)
    if settings.styler_executor != THREAD:
        try:
            await asyncio.wrap_future(painter.warm_up("cpu"))
        except StylerError as error:
            remedy = "Start scheduler and worker, see docs/operating.md, or set STYLER_EXECUTOR to thread."
            raise Ailment(str(error), remedy) from None
    return settings.styler_executor


async def _check_device(painter: StyleExecutor, settings: Settings) -> str:
    try:
        engine: EngineInfo = await asyncio.wrap_future(painter.warm_up(settings.styler_device))
    except StylerError as error:
        raise Ailment(str(error), "Set STYLER_DEVICE to auto or cpu.") from None
    size = settings.usual_size(engine.default_size)
    return f"{engine.device}, {size} px at {settings.styler_quality}"


async def _check_painting(painter: StyleExecutor, settings: Settings) -> str:
    ailments.check_weights(settings)
    preset = next(iter(load_presets().values()))
    options = StyleOptions(
        size=MIN_SIZE,
        quality=Quality.DRAFT,
        steps=TINY_STEPS,
        device=settings.styler_device,
        weights=settings.styler_weights,
    )
    with tempfile.TemporaryDirectory() as folder:
        order = PaintOrder(preset.path, ((preset, 1.0),), options, Path(folder) / "tiny.jpg")
        try:
            painting: Painting = await asyncio.wrap_future(
                painter.paint(order, lambda _: None, lambda: False)
            )
        except StylerError as error:
            raise Ailment(str(error), "Look at STYLER_WEIGHTS and STYLER_DEVICE.") from None
        return f"{settings.styler_weights} weights work ({painting.width}x{painting.height} px)"


def _write(*lines: str) -> None:
    with suppress(BrokenPipeError):  # a reader who has seen enough, as `head` has, is no mistake
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
