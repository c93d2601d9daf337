"""What happens to a photo, and how files are kept."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from bot.sandbox.errors import ApiError
from bot.sandbox.files import FileStore
from bot.sandbox.media import store_document, store_photo
from bot.sandbox.photos import render_photo, render_thumbnail

Make = Callable[..., bytes]


def sizes(content: bytes) -> list[tuple[int, int]]:
    return [(size.width, size.height) for size in render_photo(content)]


def test_sizes_never_grow(picture: Make) -> None:
    assert sizes(picture(4000, 3000)) == [(90, 68), (320, 240), (800, 600), (1280, 960)]
    assert sizes(picture(1000, 500)) == [(90, 45), (320, 160), (800, 400), (1000, 500)]
    assert sizes(picture(320, 200)) == [(90, 56), (320, 200)]
    assert sizes(picture(50, 40)) == [(50, 40)]
    assert sizes(picture(2000, 100)) == [(90, 4), (320, 16), (800, 40), (1280, 64)]


def test_a_photo_is_turned_upright_and_loses_its_metadata(picture: Make) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera on its side
    exif[0x010E] = "a secret place"
    rendered = render_photo(picture(400, 200, exif=exif))[-1]
    photo = Image.open(io.BytesIO(rendered.content))
    assert photo.size == (200, 400)
    assert photo.format == "JPEG"
    assert not photo.getexif()


def test_transparency_becomes_white() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (100, 100), (255, 0, 0, 0)).save(buffer, "PNG")
    photo = Image.open(io.BytesIO(render_photo(buffer.getvalue())[-1].content))
    assert photo.getpixel((50, 50)) == (255, 255, 255)


def test_thumbnails_only_of_pictures(picture: Make) -> None:
    thumbnail = render_thumbnail(picture(1000, 500))
    assert thumbnail is not None
    assert (thumbnail.width, thumbnail.height) == (320, 160)
    assert render_thumbnail(b"%PDF-1.7") is None


async def test_people_may_send_larger_photos_than_bots(picture: Make) -> None:
    files = FileStore()
    large = picture(9000, 2000)
    assert (await store_photo(files, large, from_person=True)).file.width == 1280
    with pytest.raises(ApiError, match="PHOTO_INVALID_DIMENSIONS"):
        await store_photo(files, large)
    files.close()


async def test_the_oldest_files_go_first() -> None:
    files = FileStore(capacity=1000)
    stored = [(await store_document(files, bytes(400), f"{n}.bin", "application/x")).file for n in range(3)]
    oldest, *others = stored

    assert files.find(oldest.file_id) is None
    assert files.find_path(oldest.path) is None
    assert files.media_of(oldest.file_id) is None
    assert not files.disk_path(oldest).exists()
    for file in others:
        assert files.find(file.file_id) is file
        assert await files.read(file) == bytes(400)
    files.close()


async def test_a_file_larger_than_the_store_is_kept_until_the_next() -> None:
    files = FileStore(capacity=10)
    file = await files.add(bytes(20), "document", "big", "application/x")
    assert await files.read(file) == bytes(20)
    files.close()


async def test_names_never_become_paths() -> None:
    files = FileStore()
    for name in ("../../etc/passwd", "..\\..\\windows", "/", "a\0b"):
        file = await files.add(b"x", "document", name, "text/plain")
        assert file.path.startswith("documents/file_")
        assert "/" not in file.name
        assert await files.read(file) == b"x"
    folder = files.disk_path(file).parent
    files.close()
    assert not folder.exists()
