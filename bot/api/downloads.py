"""The bytes of a file that somebody sent: from Telegram, or from the disk of a server of one's own.

A Bot API server in local mode gives files by their paths on its disk. The library would read any path that
any server names; here that is done only where the operator switched `BOT_LOCAL_MODE` on.
"""

import asyncio
from pathlib import Path

from telegram import File
from telegram.error import BadRequest, NetworkError, TelegramError

from bot.settings import Settings

MEBIBYTE = 1024 * 1024
FROM_TELEGRAM = 20 * MEBIBYTE  # bytes; Telegram gives bots no larger files
FROM_DISK = 200 * MEBIBYTE  # bytes; the server has no limit, but memory has


class NotTheFile(NetworkError):
    """Something else came in the place of a file: the page of a proxy, or of a hotel's network."""


def largest_download(settings: Settings) -> int:
    """Bytes that a file may have."""
    return FROM_DISK if settings.bot_local_mode else FROM_TELEGRAM


async def content_of(file: File, settings: Settings) -> bytes:
    """All of it. Raises `TelegramError`, which is a `BadRequest` about "too big" for what is too large,
    and a `NotTheFile` for what will come another time.
    """
    where = file.file_path or ""
    over_http = f"{settings.bot_api_url}/file/bot{settings.bot_token.get_secret_value()}/"
    # The library takes a path that it cannot see for the end of an address.
    path = where.removeprefix(over_http)
    if settings.bot_local_mode and path.startswith("/"):
        return await asyncio.to_thread(_read, Path(path))
    if not where.startswith(over_http):
        raise TelegramError("the server gave a path on its disk; if it is yours, set BOT_LOCAL_MODE=true")
    content = bytes(await file.download_as_bytearray())
    if file.file_size not in {None, len(content)}:
        raise NotTheFile(f"what came has {len(content)} bytes, and the file {file.file_size}")
    return content


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(FROM_DISK + 1)
    except OSError as error:
        # The path is left out: the server has a folder in it that is named as the token.
        why = f"{error.strerror}: the bot must see the server's folder under the same path, and may read it"
        raise TelegramError(f"a file of the local server cannot be read ({why})") from None
    if len(content) > FROM_DISK:
        raise BadRequest("file is too big")
    return content
