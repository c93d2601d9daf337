"""`python -m bot doctor`: looks at everything the bot needs, and says what to do about what is wrong."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.connection import telegram_request
from bot.executor import EngineInfo, Painting, PaintOrder, StyleExecutor
from bot.logs import redactor
from bot.settings import Settings
from styler import Quality, StyleOptions, StylerError, load_presets
from styler.options import MIN_SIZE

LEAST_FREE_BYTES = 1_000_000_000
TINY_STEPS = 3


class Ailment(Exception):
    """Something is wrong: what it is, and what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


async def examine(settings: Settings) -> int:
    """Check one thing after the other and print a line or two for each; 0 if all is well, else 1."""
    painter = StyleExecutor()
    checks: list[tuple[str, Callable[[], Awaitable[str]]]] = [
        ("Telegram", lambda: _check_token(settings)),
        ("Folder", lambda: asyncio.to_thread(_check_folder, settings.bot_data_dir)),
        ("Presets", lambda: asyncio.to_thread(_check_presets, settings)),
        ("Device", lambda: _check_device(painter, settings)),
        ("Painting", lambda: _check_painting(painter, settings)),
    ]
    healthy = True
    redact = redactor(settings.secrets)
    try:
        for name, check in checks:
            try:
                _write(redact(f"ok     {name}: {await check()}"))
            except Ailment as ailment:
                healthy = False
                _write(redact(f"wrong  {name}: {ailment}"), f"       {ailment.remedy}")
    finally:
        painter.shutdown(wait=False)
    _write("All is well." if healthy else "Mend what is wrong above, then look again.")
    return 0 if healthy else 1


async def _check_token(settings: Settings) -> str:
    token = settings.bot_token.get_secret_value()
    if not token:
        return "no BOT_TOKEN, so the sandbox will be used"
    bot = Bot(
        token,
        base_url=f"{settings.bot_api_url}/bot",
        base_file_url=f"{settings.bot_api_url}/file/bot",
        request=telegram_request(settings),
    )
    try:
        async with bot:
            return f"@{bot.username} at {settings.bot_api_url}"
    except InvalidToken:
        raise Ailment("BOT_TOKEN is not known there", "@BotFather shows the right one: /mybots.") from None
    except TelegramError as error:
        raise Ailment(
            f"{settings.bot_api_url} cannot be reached ({error.message})",
            "Check the network, a proxy (HTTPS_PROXY), and BOT_API_URL.",
        ) from None


def _check_folder(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"?")
    except OSError as error:
        remedy = "Let the bot write there, or set BOT_DATA_DIR to another folder."
        raise Ailment(f"{folder} cannot be written ({error.strerror})", remedy) from None
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        what = f"only {free / 1e9:.1f} GB are free in {folder}"
        raise Ailment(what, "Make room, or set BOT_DATA_DIR to a folder on a larger disk.")
    return f"{folder.resolve()}, {free / 1e9:.0f} GB free"


def _check_presets(settings: Settings) -> str:
    built_in = len(load_presets())
    folder = settings.presets_dir
    if not folder.is_dir():
        if settings.bot_presets_dir is not None:
            raise Ailment(f"there is no folder {folder}", "Make it, or leave BOT_PRESETS_DIR empty.")
        return f"{built_in} built in"
    return f"{built_in} built in, {len(load_presets(folder)) - built_in} more from {folder}"


async def _check_device(painter: StyleExecutor, settings: Settings) -> str:
    try:
        engine: EngineInfo = await asyncio.wrap_future(painter.warm_up(settings.styler_device))
    except StylerError as error:
        raise Ailment(str(error), "Set STYLER_DEVICE to auto or cpu.") from None
    return f"{engine.device}, {settings.styler_size or engine.default_size} px at {settings.styler_quality}"


async def _check_painting(painter: StyleExecutor, settings: Settings) -> str:
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
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
