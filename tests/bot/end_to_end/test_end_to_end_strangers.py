"""What a stranger sends stays what it is: names never become paths, and metadata never leaves."""

import io
import os
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.app import running_bot
from bot.background import Background
from bot.sandbox import Person
from bot.sandbox.call import Upload
from bot.sandbox.files import FileStore
from bot.sandbox.media import store_upload
from bot.sandbox.model import FileKind, Media, StoredFile
from bot.settings import Settings
from bot.storage.examiners import Examiners
from tests.bot.conftest import QuickPainter
from tests.bot.end_to_end.chat import PAINTED, picture, result_of, says
from tests.bot.storage.test_examiners import endless_jpeg
from tests.styler.pictures import corners, encoded, exif
from tests.styler.test_outputs import photo_with_secrets

HOSTILE = [
    "../../../escaped.jpg",
    "/tmp/escaped.jpg",
    "..\\..\\escaped.jpg",
    "C:\\escaped.jpg",
    "file:///tmp/escaped.jpg",
    "%2e%2e%2fescaped.jpg",
    "escaped\0.jpg",
    "escaped\n.jpg",
    "\u202egpj.depacse.jpg",  # reads from right to left
    "bot.sqlite3",
    "$(touch escaped).jpg",
    "'; DROP TABLE jobs; --.jpg",
    "e" * 5000 + ".jpg",
    "..",
    "",
]
OURS = re.compile(r"[0-9a-z]{8,40}\.(jpg|png|webp|gif|tif|img)")


@pytest.fixture
def raw_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Telegram that passes on any name, as somebody's own client may send it."""
    add = FileStore.add

    async def add_raw(store: FileStore, content: bytes, kind: Any, name: str, *rest: Any) -> StoredFile:
        file = await add(store, content, kind, "file.jpg", *rest)
        named = replace(file, name=name)
        store._files[file.file_id] = store._paths[file.path] = named
        return named

    monkeypatch.setattr(FileStore, "add", add_raw)


def everything_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if "sheets" not in path.parts}


async def test_names_never_become_paths(
    raw_names: None, bot: Background, anna: Person, tmp_path: Path
) -> None:
    before = everything_in(tmp_path)
    for name in HOSTILE:
        sent = await anna.send_document(picture(), name, "image/jpeg", f"/save {name}")
        await anna.wait_for(lambda message: message.from_bot, after=sent)
    sent = await anna.send_document(picture(), HOSTILE[0], "image/jpeg", "/style ink")
    painting = await result_of(anna, after=sent)
    new = everything_in(tmp_path) - before
    pictures = {name.partition("/pictures/")[2] for name in new if "/pictures/" in name}
    results = {name.partition("/results/")[2] for name in new if "/results/" in name}
    assert len(pictures) > len(HOSTILE) / 2, "most were kept, under names of ours"
    assert results
    assert all(OURS.fullmatch(name) for name in pictures | results)
    others = {name for name in new if "/pictures/" not in name and "/results/" not in name}
    assert {name for name in others if "bot.sqlite3" not in name} <= {"data/heartbeat"}
    assert painting.media is not None
    assert re.fullmatch(r"painting-[0-9a-z]+\.jpg", painting.media.file.name)
    assert not os.path.exists("/tmp/escaped.jpg")  # noqa: ASYNC240, PTH110
    await anna.send_text("/presets")
    await anna.wait_for(says("escaped"))


@pytest.fixture
def uploaded(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The very bytes that the bot sends, before Telegram makes photos of them."""
    contents = []

    async def store(files: FileStore, kind: FileKind, upload: Upload) -> Media:
        contents.append(upload.content)
        return await store_upload(files, kind, upload)

    monkeypatch.setattr("bot.sandbox.media.store_upload", store)
    return contents


async def test_metadata_never_leaves(uploaded: list[bytes], bot: Background, anna: Person) -> None:
    """GPS, camera, XMP, profile, comment and thumbnail: in no file that the bot sends, in whatever way."""
    secret = photo_with_secrets()
    assert secret.count(b"SECR") >= 4
    await anna.send_document(secret, "photo.jpg", "image/jpeg", "/style ink")
    painting = await result_of(anna)
    await anna.press(painting, "Photo's colours")
    await anna.wait_for(
        lambda message: message is painting and "in the photo's colours" in message.words.text
    )
    sent = await anna.send_document(secret, "style.jpg", "image/jpeg", "/save mine")
    await anna.wait_for(says("mine"), after=sent)
    shown = len(uploaded)
    await anna.send_text("/presets")
    await anna.wait_for(lambda message: message.from_bot and message.media is not None, after=sent)
    assert len(uploaded) > shown, "the sheet of one's own presets is made of one's own pictures"
    texts = PngInfo()
    texts.add_text("Author", "SECRET person")
    png = encoded(corners(), "PNG", pnginfo=texts, exif=exif(1))
    sent = await anna.send_document(png, "photo.png", "image/png", "/style mine")
    await result_of(anna, after=sent)
    assert len(uploaded) >= 4
    for content in uploaded:
        with Image.open(io.BytesIO(content)) as image:
            assert dict(image.getexif()) == {}
            assert image.info.keys() <= {
                "comment",
                "Comment",
                "jfif",
                "jfif_version",
                "jfif_unit",
                "jfif_density",
            }
        assert not re.search(rb"SECR|xmpmeta|ICC_PROFILE|iCCP|GPS", content)


async def test_a_picture_that_takes_for_ever_holds_nobody_up(
    settings: Callable[..., Settings], painter: QuickPainter, anna: Person, boris: Person
) -> None:
    hasty = "from styler import examiner; examiner.CPU_SECONDS = 1; examiner.main()"
    with closing(Examiners(["-c", hasty])) as examiners:
        async with running_bot(settings(), painter, examiners):
            # As no image/jpeg, or the sandbox makes a preview of it, for ever.
            await anna.send_document(endless_jpeg(8000, 10_000), "photo.jpg", "application/octet-stream")
            await boris.send_photo(picture(), "/style ink")
            await result_of(boris)
            await anna.wait_for(says("takes me too long to open"), PAINTED)
            await anna.send_photo(picture(), "/style ink")
            await result_of(anna)
