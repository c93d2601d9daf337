"""The bot is killed, or stopped, while pictures are coming: what Telegram told once is not lost."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.background import Background
from bot.sandbox import Attachment, Person, Sandbox
from bot.sandbox.wire import message_json
from bot.settings import Settings
from bot.storage import inbox, schema
from bot.storage.inbox import MAX_TRIES, Arrival, Left, left
from bot.store import Store
from tests.bot.conftest import StartBot
from tests.bot.end_to_end.chat import (
    PAINTED,
    is_question,
    is_result,
    picture,
    result_of,
    results,
    says,
    size_of,
)
from tests.bot.some_jobs import a_job, add_job
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
STARTED = 60.0  # seconds, on a busy machine
TALL = (38, 64)  # what becomes of a picture of 120 x 200


@pytest.fixture
async def program(
    settings: Callable[..., Settings], tmp_path: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot as a program of its own, to be killed; it keeps its files where `start_bot` does."""
    chosen = settings()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "STYLER_"))},
        "PYTHONPATH": str(ROOT),
        "BOT_TOKEN": chosen.bot_token.get_secret_value(),
        "BOT_API_URL": chosen.bot_api_url,
        "BOT_DATA_DIR": str(chosen.bot_data_dir),
        "STYLER_DEVICE": "cpu",
        "STYLER_SIZE": "64",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", cwd=tmp_path, env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    yield process
    if process.returncode is None:
        process.kill()
    await process.wait()


async def test_an_album_being_collected_survives_a_crash(
    program: asyncio.subprocess.Process, start_bot: StartBot, sandbox: Sandbox, anna: Person
) -> None:
    sending = asyncio.create_task(anna.send_album([picture(120, 200), picture(), picture()], gap=1.0))
    async with asyncio.timeout(STARTED):
        while "getFile" not in {call.method for call in sandbox.calls}:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    program.send_signal(signal.SIGKILL)
    await program.wait()
    photo, *_ = await sending
    async with start_bot():
        result = await result_of(anna)
        assert result.reply_to is photo
        assert result.words.text.startswith("🖼 Blend of 2 pictures")
        assert await size_of(anna, result) == TALL
    assert results(anna) == [result]


async def test_an_album_being_collected_survives_a_restart(start_bot: StartBot, anna: Person) -> None:
    async with start_bot():
        sending = asyncio.create_task(anna.send_album([picture(120, 200), picture()], gap=1.0))
        await anna.wait_for(lambda message: True)
        await asyncio.sleep(0.5)
    photo, _ = await sending
    async with start_bot():
        result = await result_of(anna)
        assert result.reply_to is photo
        assert await size_of(anna, result) == TALL
    assert results(anna) == [result]


async def test_an_album_in_a_group_survives_a_restart_with_the_pictures_that_name_nobody(
    start_bot: StartBot, anna: Person, sandbox: Sandbox, settings: Callable[..., Settings]
) -> None:
    anne = anna.in_chat(sandbox.group("Family", [anna]))
    sandbox.delay_next("download", 30.0)
    async with start_bot():
        photo, style = await anne.send_album([Attachment(picture(120, 200), "/style"), Attachment(picture())])
        sandbox._state.updates.push("message", message_json(style))  # as where the bot hears everything
        async with asyncio.timeout(PATIENCE):
            while sandbox.pending_updates or "getFile" not in {call.method for call in sandbox.calls}:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    async with start_bot():
        result = await anne.wait_for(lambda message: is_result(message) and message.photo, PAINTED)
        assert result.reply_to is photo
        assert await size_of(anne, result) == TALL
        asked = await anne.send_text("/status")
        await anne.wait_for(lambda message: message.from_bot, after=asked)
    async with Store(settings().bot_data_dir / "bot.sqlite3") as store:
        assert await left(store) == []


async def test_a_picture_that_comes_too_late_for_its_album_is_not_waited_with_for_ever(
    start_bot: StartBot, anna: Person, sandbox: Sandbox, settings: Callable[..., Settings]
) -> None:
    anne = anna.in_chat(sandbox.group("Family", [anna]))
    async with start_bot():
        _, late = await anne.send_album([Attachment(picture(), "/style"), Attachment(picture())])
        await anne.wait_for(is_question)
        sandbox._state.updates.push("message", message_json(late))
        await anne.send_text("/status")
        await anne.wait_for(says("waiting for a style"))
    async with Store(settings().bot_data_dir / "bot.sqlite3") as store:
        assert await left(store) == []


async def test_a_film_among_the_pictures_of_an_album_is_not_kept_for_ever(
    start_bot: StartBot, anna: Person, sandbox: Sandbox, settings: Callable[..., Settings]
) -> None:
    """In a group, where no handler takes it."""
    anne = anna.in_chat(sandbox.group("Family", [anna]))
    sandbox.delay_next("download", 0.5)  # so that the album is open when the film comes
    async with start_bot():
        photo, other = await anne.send_album(
            [Attachment(picture(), "@sandbox_bot ink"), Attachment(picture())]
        )
        film = message_json(other)
        del film["photo"]
        film["video"] = {"file_id": "film", "file_unique_id": "f", "width": 9, "height": 9, "duration": 1}
        sandbox._state.updates.push("message", film)
        result = await anne.wait_for(lambda message: is_result(message) and message.photo, PAINTED)
        assert result.reply_to is photo
        asked = await anne.send_text("/status")
        await anne.wait_for(lambda message: message.from_bot, after=asked)
    async with Store(settings().bot_data_dir / "bot.sqlite3") as store:
        assert await store.read("SELECT origin FROM arrivals WHERE body IS NOT NULL") == []


async def test_a_photo_that_was_being_fetched_is_fetched_again(
    start_bot: StartBot, anna: Person, sandbox: Sandbox
) -> None:
    sandbox.delay_next("download", 30.0)
    async with start_bot():
        photo = await anna.send_photo(picture(), "/style ink")
        async with asyncio.timeout(PATIENCE):
            while "getFile" not in {call.method for call in sandbox.calls}:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    async with start_bot():
        assert (await result_of(anna)).reply_to is photo


async def test_what_was_heard_is_not_heard_again(
    start_bot: StartBot, anna: Person, settings: Callable[..., Settings]
) -> None:
    async with start_bot():
        await anna.send_album([picture(), picture()])
        await result_of(anna)
        await anna.send_document(b"no picture", "tale.jpg", "image/jpeg")
        await anna.wait_for(says("I cannot open that as a picture"))
        await anna.send_photo(picture())
        await anna.press(await anna.wait_for(is_question), "›")
        await anna.send_text("/status")
        await anna.wait_for(says("waiting for a style"))
    async with Store(settings().bot_data_dir / "bot.sqlite3") as store:
        assert await left(store) == []


async def test_a_picture_that_telegram_tells_of_twice_is_heard_once(
    bot: Background, sandbox: Sandbox, anna: Person
) -> None:
    photo = await anna.send_photo(picture(120, 200))
    await anna.wait_for(is_question)
    style = await anna.send_photo(picture())
    result = await result_of(anna)
    for message in (photo, style):
        sandbox._state.updates.push("message", message_json(message))
    await anna.send_text("/status")
    await anna.wait_for(says("I have nothing to paint for you"))
    assert [message for message in anna.messages if is_question(message)] == []
    assert results(anna) == [result]


def arrival(number: int, album: str | None = None) -> Arrival:
    return Arrival(f"1:{number}", 1, 5, f"{number}", number, album)


async def bodies(store: Store) -> list[str]:
    return [each.update for each in await left(store)]


async def test_what_crashes_the_bot_whenever_it_is_heard_is_given_up(store: Store) -> None:
    await inbox.put_all(store, [arrival(7)])
    for _ in range(5):
        assert await left(store) == [Left("7", False)], "crashes before its turn are not its fault"
    for _ in range(MAX_TRIES):
        assert await left(store) == [Left("7", False)]
        await inbox.trying(store, "1:7")
    assert await left(store) == [Left("7", True)]
    assert await left(store) == []


async def test_an_album_is_given_up_as_a_whole_and_told_of_once(store: Store) -> None:
    for number in (7, 8):
        await inbox.put_all(store, [arrival(number, "album")])
    await inbox.put_all(store, [arrival(9)])
    for _ in range(MAX_TRIES):
        await inbox.trying(store, "1:7")
    given_up, other = await left(store)
    assert given_up.is_given_up
    assert other == Left("9", False)
    assert await left(store) == [other]


async def test_the_sender_of_what_crashes_the_bot_is_told(
    start_bot: StartBot, settings: Callable[..., Settings], anna: Person, sandbox: Sandbox
) -> None:
    message = await anna.send_photo(picture())
    origin = f"{anna.chat.id}:{message.id}:{message.date}"
    update = json.dumps({"update_id": 0, "message": message_json(message)})
    sandbox._state.updates.pending.clear()
    async with Store(settings().bot_data_dir / "bot.sqlite3") as store:
        await inbox.put_all(store, [Arrival(origin, anna.chat.id, anna.user_id, update, message.id)])
        for _ in range(MAX_TRIES):
            await inbox.trying(store, origin)
    async with start_bot():
        await anna.wait_for(says("Something went wrong on my side"))


async def test_what_cannot_be_read_any_more_keeps_no_bot_from_starting(
    start_bot: StartBot, settings: Callable[..., Settings], anna: Person
) -> None:
    async with Store(settings().bot_data_dir / "bot.sqlite3") as store:
        odd = json.dumps({"update_id": 1, "message": {"message_id": {}, "chat": 7}})
        await inbox.put_all(store, [Arrival("odd", anna.chat.id, anna.user_id, odd, 1)])
        given_up = Arrival("odd, given up", anna.chat.id, anna.user_id, odd, 2)
        await inbox.put_all(store, [given_up])
        for _ in range(MAX_TRIES):
            await inbox.trying(store, given_up.origin)
    async with start_bot():
        await anna.send_photo(picture(), "/style ink")
        await result_of(anna)


async def test_what_made_a_job_is_dropped_with_its_whole_album(store: Store) -> None:
    for number in (7, 8):
        assert await inbox.put_all(store, [arrival(number, "album")])
    await inbox.put_all(store, [arrival(9)])
    await add_job(store, a_job(origin="1:8:0"))
    assert await bodies(store) == ["9"]
    assert not await inbox.put_all(store, [arrival(8, "album")]), "it is known"


async def test_what_was_heard_is_forgotten_in_time(store: Store) -> None:
    for number in (7, 8):
        await inbox.put_all(store, [arrival(number)])
    async with inbox.until_heard(store, 1, [7], lambda: False):
        pass
    assert not await inbox.put_all(store, [arrival(7)])
    await inbox.forget_heard(store, time.time() + 1)
    assert await inbox.put_all(store, [arrival(7)])
    assert await bodies(store) == ["8", "7"]


async def test_words_in_hand_survive_a_restart(start_bot: StartBot, anna: Person, sandbox: Sandbox) -> None:
    """Telegram was told that they came, and they wait for their turn behind a photo that is being fetched."""
    sandbox.delay_next("download", 30.0)
    async with start_bot():
        photo = await anna.send_photo(picture())
        await anna.send_text("/style ink")
        async with asyncio.timeout(PATIENCE):
            while sandbox.pending_updates or "getFile" not in {call.method for call in sandbox.calls}:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    async with start_bot():
        assert (await result_of(anna)).reply_to is photo


async def test_words_that_telegram_tells_of_twice_are_heard_once(
    bot: Background, sandbox: Sandbox, anna: Person
) -> None:
    hello = await anna.send_text("/start")
    await anna.wait_for(says(""))
    sandbox._state.updates.push("message", message_json(hello))
    await anna.send_text("/status")
    await anna.wait_for(says("nothing to paint"))
    assert len([message for message in anna.messages if message.from_bot]) == 2


async def test_an_inbox_of_an_older_version_is_heard(
    start_bot: StartBot,
    settings: Callable[..., Settings],
    anna: Person,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    photo = await anna.send_photo(picture(), "/style ink")
    sandbox._state.updates.pending.clear()
    path = settings().bot_data_dir / "bot.sqlite3"
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:4])
        schema.prepare(path)
    connection = sqlite3.connect(path)
    values = anna.chat.id, photo.id, anna.user_id, f"{anna.chat.id}:{photo.id}:{photo.date}"
    connection.execute(
        "INSERT INTO inbox (chat_id, message_id, user_id, origin, message, came_at) "
        "VALUES (?, ?, ?, ?, ?, 1)",
        (*values, json.dumps(message_json(photo))),
    )
    connection.commit()
    connection.close()
    async with start_bot():
        assert (await result_of(anna)).reply_to is photo
