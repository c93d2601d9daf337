"""Files as people send them open, whatever the format, the right way up."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from styler.images import PictureInfo, inspect_picture, open_picture
from tests.styler.pictures import (
    BLUE,
    FORMATS,
    GREEN,
    RED,
    WHITE,
    corners,
    encoded,
    exif,
    exif_behind_the_pixels,
    stored_as,
)


def corner_colors(picture: Image.Image) -> list[tuple[int, ...]]:
    """Top left, top right, bottom left, bottom right."""
    right, bottom = picture.width - 5, picture.height - 5
    return [picture.getpixel(at) for at in ((4, 4), (right, 4), (4, bottom), (right, bottom))]


def assert_upright(picture: Image.Image) -> None:
    assert picture.mode == "RGB"
    for seen, painted in zip(corner_colors(picture), (RED, GREEN, BLUE, WHITE), strict=True):
        assert max(abs(a - b) for a, b in zip(seen, painted, strict=True)) <= 12, (seen, painted)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_from_a_file_and_from_bytes(format: str, tmp_path: Path) -> None:
    content = encoded(corners(), format)
    file = tmp_path / "picture.of.any.name"
    file.write_bytes(content)
    for source in (content, file, str(file)):
        assert inspect_picture(source) == PictureInfo(64, 48, format)
        assert_upright(open_picture(source))


@pytest.mark.parametrize("format", FORMATS)
def test_inspecting_decodes_nothing(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(corners(), format)
    decoder = type(Image.open(io.BytesIO(content)))
    loaded = []
    monkeypatch.setattr(decoder, "load", lambda image: loaded.append(image))
    assert inspect_picture(content) == PictureInfo(64, 48, format)
    assert not loaded


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_every_orientation(format: str, orientation: int) -> None:
    content = encoded(stored_as(corners(), orientation), format, exif=exif(orientation))
    assert inspect_picture(content) == PictureInfo(64, 48, format)
    picture = open_picture(content)
    assert picture.size == (64, 48)
    assert_upright(picture)


def test_exif_behind_the_pixels_of_a_png() -> None:
    assert_upright(open_picture(exif_behind_the_pixels(corners())))


def test_broken_exif_is_ignored() -> None:
    good = encoded(corners(), "JPEG", exif=exif(1))
    start = good.index(b"Exif\0\0") + 6
    for junk in (b"\xff" * 40, b"II*\0\xff\xff\xff\x7f" + b"\0" * 32):
        assert_upright(open_picture(good[:start] + junk + good[start + 40 :]))


def test_exif_does_not_turn_a_heic() -> None:
    # A HEIC says with boxes of its own which way is up; what its EXIF repeats must not turn it once more.
    plain = encoded(corners(), "HEIF", exif=exif(1))
    tag = struct.pack(">HHI", 0x0112, 3, 1)
    assert plain.count(tag + b"\0\1") == 1
    assert_upright(open_picture(plain.replace(tag + b"\0\1", tag + b"\0\6")))


def test_an_orientation_that_does_not_exist_is_ignored() -> None:
    assert_upright(open_picture(encoded(corners(), "JPEG", exif=exif(77))))


def test_only_the_first_frame_counts() -> None:
    frames = {"save_all": True, "append_images": [Image.new("RGB", (64, 48), "black")], "duration": 100}
    for format in ("GIF", "WEBP", "PNG", "TIFF", "AVIF"):
        assert_upright(open_picture(encoded(corners(), format, **frames)))


def test_a_jpeg_with_a_second_picture_behind_it() -> None:
    content = encoded(corners(), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 48))], quality=98)
    assert inspect_picture(content) == PictureInfo(64, 48, "JPEG")
    assert_upright(open_picture(content))


def test_a_picture_in_memory_stays_as_it_is() -> None:
    image = stored_as(corners(), 6)
    image.getexif()[0x0112] = 6
    before = image.tobytes()
    assert inspect_picture(image) == PictureInfo(64, 48, "")
    picture = open_picture(image, at_least=16)
    assert_upright(picture)
    assert picture.size == (64, 48)
    assert (image.tobytes(), image.size) == (before, (48, 64))


def test_a_picture_that_the_caller_has_opened_stays_usable() -> None:
    with Image.open(io.BytesIO(encoded(corners(640, 480), "JPEG"))) as image:
        assert open_picture(image, at_least=64).size == (640, 480)
        assert image.size == (640, 480)
        assert image.getpixel((639, 479)) is not None


# Large JPEGs.


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("size", [(800, 600), (803, 601), (1599, 203)])
@pytest.mark.parametrize("at_least", [90, 100, 399, 400, 401, 799, 5000])
def test_a_large_jpeg_is_reduced_but_keeps_its_proportions(
    size: tuple[int, int], at_least: int, orientation: int
) -> None:
    content = encoded(stored_as(corners(*size), orientation), "JPEG", exif=exif(orientation))
    picture = open_picture(content, at_least=at_least)
    if max(size) < 2 * at_least:
        assert picture.size == size
    else:
        short = max(1, int(min(size) * at_least / max(size) + 0.5))
        assert picture.size == (at_least, short)
        assert_upright(picture.resize((64, 48), Image.Resampling.BOX))


def test_a_reduced_jpeg_is_where_the_whole_one_is() -> None:
    # A soft pattern, 8 n + 1 pixels wide: the last decoded pixel then stands for one of eight.
    across, down = np.meshgrid(np.linspace(0, 1, 1609), np.linspace(0, 1, 1209))
    soft = np.stack([across, down, 0.5 + 0.5 * np.sin(9 * across * down)], axis=-1)
    whole = Image.fromarray((soft * 255).round().astype(np.uint8))
    reduced = open_picture(encoded(whole, "JPEG"), at_least=200)
    expected = whole.resize(reduced.size, Image.Resampling.LANCZOS)
    difference = np.abs(np.asarray(reduced).astype(int) - np.asarray(expected).astype(int))
    assert difference.mean() < 0.7
    assert difference.max() <= 4


def test_a_large_jpeg_is_decoded_small(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []
    monkeypatch.setattr("styler.images.to_srgb", lambda image, *_: decoded.append(image.size) or image.copy())
    open_picture(encoded(corners(1600, 1200), "JPEG"), at_least=200)
    assert decoded == [(200, 150)]
