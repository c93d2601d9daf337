"""The gallery over the sandbox: one upload for many views, pages, and what happens without a picture."""

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
from telegram.ext import ExtBot

from bot.chat.gallery import Gallery
from bot.people.own_presets import OwnPresets
from bot.people.person import Person as Reader
from bot.sandbox import Message, Person, Sandbox
from bot.storage.database import execute
from bot.storage.pictures import Pictures
from bot.storage.uploads import Uploads
from bot.store import Store
from styler import load_presets

PRESETS = load_presets()


@pytest.fixture
def new_gallery(
    telegram: ExtBot[None], store: Store, pictures: Pictures, sheets: Path
) -> Callable[..., Gallery]:
    own = OwnPresets(store, pictures, PRESETS)
    return lambda folder=sheets: Gallery(telegram, Uploads(store), own, PRESETS, folder)


@pytest.fixture
def gallery(new_gallery: Callable[..., Gallery]) -> Gallery:
    return new_gallery()


@pytest.fixture
async def reader(anna: Person) -> Reader:
    await anna.send_text("/style")
    return Reader(anna.chat.id, anna.user_id, "en")


def shown(person: Person) -> Message:
    return next(message for message in person.chat.newest_first() if message.from_bot)


async def test_a_sheet_is_uploaded_once_and_sent_by_its_id(
    gallery: Gallery, reader: Reader, anna: Person, sandbox: Sandbox
) -> None:
    await gallery.show(reader, None)
    await gallery.show(reader, None)
    photos = [message.photo for message in anna.messages if message.photo]
    assert len(photos) == 2
    assert photos[0].file.file_id == photos[1].file.file_id
    assert "Styles" in shown(anna).words.text


async def test_after_a_restart_it_is_still_known(
    new_gallery: Callable[[], Gallery], reader: Reader, anna: Person, store: Store
) -> None:
    await new_gallery().show(reader, None)
    await new_gallery().show(reader, None)
    photos = [message.photo for message in anna.messages if message.photo]
    assert photos[0].file.file_id == photos[1].file.file_id
    async with store.transaction() as connection:
        await execute(connection, "UPDATE uploads SET bot_id = bot_id + 1")
    await new_gallery().show(reader, None)
    photo = shown(anna).photo
    assert photo is not None
    assert photo.file.file_id != photos[0].file.file_id, "another bot's id is of no use"


async def test_every_sheet_is_rendered_before_anybody_asks(
    gallery: Gallery, reader: Reader, anna: Person, sheets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await gallery.prepare()
    monkeypatch.setattr("bot.chat.gallery.contact_sheet", None)  # nothing may be rendered from here on
    await gallery.show(reader, None)
    await gallery.turn(reader, shown(anna).id, 1, None)
    assert shown(anna).photo is not None


async def test_pages_turn_in_both_directions(gallery: Gallery, reader: Reader, anna: Person) -> None:
    await gallery.show(reader, 1)
    message = shown(anna)
    first = message.photo
    assert message.buttons[0].text == "1. Starry Night"
    await gallery.turn(reader, message.id, 1, 1)
    assert message.buttons[0].text.startswith("9. ")
    assert message.photo != first
    await gallery.turn(reader, message.id, 0, 1)
    assert message.buttons[0].text == "1. Starry Night"
    assert message.photo == first
    await gallery.turn(reader, message.id, 0, 1)  # pressed twice: nothing changes, nothing fails


async def test_a_file_id_that_is_stale_is_uploaded_anew(
    gallery: Gallery, reader: Reader, anna: Person, sandbox: Sandbox
) -> None:
    await gallery.show(reader, None)
    sandbox.fail_next("sendPhoto", 400, "Bad Request: wrong file identifier/HTTP URL specified")
    await gallery.show(reader, None)
    assert shown(anna).photo is not None
    assert [call.method for call in sandbox.calls if call.method.startswith("send")] == ["sendPhoto"] * 3


async def test_without_a_sheet_there_are_still_words_and_buttons(
    new_gallery: Callable[..., Gallery], reader: Reader, anna: Person, tmp_path: Path
) -> None:
    (tmp_path / "blocked").write_text("a file where a folder should be")
    gallery = new_gallery(tmp_path / "blocked" / "sheets")
    await gallery.show(reader, None)
    message = shown(anna)
    assert message.photo is None
    assert message.buttons[0].text == "1. Starry Night"
    await gallery.turn(reader, message.id, 1, None)
    assert message.buttons[0].text.startswith("9. ")


async def test_on_a_full_disk_there_are_still_words_and_buttons(
    new_gallery: Callable[..., Gallery],
    reader: Reader,
    anna: Person,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("styler.outputs.write_whole", full)
    gallery = new_gallery(tmp_path / "new")
    await gallery.prepare()
    await gallery.show(reader, None)
    message = shown(anna)
    assert message.photo is None
    await gallery.turn(reader, message.id, 1, None)
    assert message.buttons[0].text.startswith("9. ")


async def test_each_language_has_its_own_sheet(
    gallery: Gallery, reader: Reader, anna: Person, sheets: Path
) -> None:
    await gallery.show(reader, None)
    await gallery.show(Reader(reader.chat_id, reader.user_id, "ru"), None)
    photos = [message.photo for message in anna.messages if message.photo]
    assert photos[0].file.file_id != photos[1].file.file_id
    assert shown(anna).buttons[0].text == "1. Звёздная ночь"
    assert "/style звёздная ночь" in shown(anna).words.text
