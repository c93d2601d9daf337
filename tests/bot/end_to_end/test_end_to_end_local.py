"""A Bot API server of one's own in local mode: files by their paths on disk, of any size."""

from collections.abc import AsyncIterator

import pytest

from bot.sandbox import Person, Sandbox
from tests.bot.conftest import StartBot
from tests.bot.end_to_end.chat import is_question, picture, result_of, says, size_of


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """In place of the usual one: everything else of these tests talks to it."""
    async with Sandbox(local_mode=True) as running:
        yield running


async def test_a_file_of_more_than_20_megabytes_is_painted(start_bot: StartBot, anna: Person) -> None:
    photo = picture(2200, 3400, format="BMP")
    assert len(photo) > 20 * 1024**2
    async with start_bot(bot_local_mode=True):
        await anna.send_document(photo, "large.bmp", "image/bmp", "/style ink")
        assert await size_of(anna, await result_of(anna)) == (41, 64)


async def test_photos_come_from_disk_too(start_bot: StartBot, anna: Person, sandbox: Sandbox) -> None:
    async with start_bot(bot_local_mode=True):
        await anna.send_photo(picture())
        await anna.wait_for(is_question)


async def test_a_path_is_not_read_unless_the_operator_said_so(
    start_bot: StartBot, anna: Person, caplog: pytest.LogCaptureFixture
) -> None:
    """The path is there and leads to a picture: it is the setting alone that keeps it from being read."""
    async with start_bot():
        await anna.send_photo(picture())
        await anna.wait_for(says("I could not fetch that picture"))
    assert "set BOT_LOCAL_MODE=true" in caplog.text
    assert [message for message in anna.messages if is_question(message)] == []


async def test_a_file_that_the_bot_may_not_see(
    start_bot: StartBot, anna: Person, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """The server's folder is not mounted where the server says it is."""
    async with start_bot(bot_local_mode=True):
        photo = await anna.send_photo(picture())
        assert photo.media is not None
        sandbox._state.files.disk_path(photo.media.file).unlink()
        await anna.wait_for(says("I could not fetch that picture"))
    assert "the bot must see the server's folder" in caplog.text
    assert "/photo" not in caplog.text


async def test_even_from_disk_there_is_a_limit(
    start_bot: StartBot, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.api.downloads.FROM_DISK", 1000)
    async with start_bot(bot_local_mode=True):
        await anna.send_photo(picture())
        await anna.wait_for(says("That file is over"))
