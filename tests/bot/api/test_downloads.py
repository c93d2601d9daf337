"""What comes when a file is asked for, and is not always that file."""

from collections.abc import Callable

import pytest
from telegram import Bot, File

from bot.api.downloads import NotTheFile, content_of
from bot.api.retries import PatientRequest, is_passing
from bot.settings import Settings
from tests.bot.api.scripted import Scripted

PAGE = b"<!doctype html><title>Welcome to our hotel</title>"


async def download(settings: Settings, content: bytes, size: int | None) -> bytes:
    token = settings.bot_token.get_secret_value()
    bot = Bot(token, request=PatientRequest(Scripted((200, content))))
    path = f"{settings.bot_api_url}/file/bot{token}/photos/1.jpg"
    file = File("id", "unique", file_size=size, file_path=path)
    file.set_bot(bot)
    return await content_of(file, settings)


@pytest.mark.parametrize("size", [3, None])
async def test_a_file_is_what_it_is(settings: Callable[..., Settings], size: int | None) -> None:
    assert await download(settings(), b"abc", size) == b"abc"


async def test_a_page_of_somebody_else_is_not_taken_for_a_picture(settings: Callable[..., Settings]) -> None:
    with pytest.raises(NotTheFile) as raised:
        await download(settings(), PAGE, 40_000)
    assert is_passing(raised.value)
