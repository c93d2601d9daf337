"""Files as people send them: the good ones open, the bad ones are refused with a reason, none does harm."""

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from styler import decoding
from styler.errors import PictureError, PictureReason
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
    grey_profile,
    png,
    stored_as,
    tiff,
)


def corner_colors(picture: Image.Image) -> list[tuple[int, ...]]:
    """Top left, top right, bottom left, bottom right."""
    right, bottom = picture.width - 5, picture.height - 5
    return [picture.getpixel(at) for at in ((4, 4), (right, 4), (4, bottom), (right, bottom))]


def assert_upright(picture: Image.Image) -> None:
    assert picture.mode == "RGB"
    for seen, painted in zip(corner_colors(picture), (RED, GREEN, BLUE, WHITE), strict=True):
        assert max(abs(a - b) for a, b in zip(seen, painted, strict=True)) <= 12, (seen, painted)


def refusal(source: Path | bytes | Image.Image) -> PictureError:
    """The refusal of a picture, which the header alone brings about."""
    with pytest.raises(PictureError) as inspected:
        inspect_picture(source)
    with pytest.raises(PictureError) as opened:
        open_picture(source)
    assert str(opened.value) == str(inspected.value)
    assert "\n" not in str(opened.value)
    return opened.value


# Good pictures.


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_from_a_file_and_from_bytes(format: str, tmp_path: Path) -> None:
    content = encoded(corners(), format)
    file = tmp_path / "picture.of.any.name"
    file.write_bytes(content)
    for source in (content, file):
        assert inspect_picture(source) == PictureInfo(64, 48, format)
        assert_upright(open_picture(source))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_every_orientation(format: str, orientation: int) -> None:
    content = encoded(stored_as(corners(), orientation), format, exif=exif(orientation))
    assert inspect_picture(content) == PictureInfo(64, 48, format)
    picture = open_picture(content)
    assert picture.size == (64, 48)
    assert_upright(picture)


def test_exif_behind_the_pixels_of_a_png() -> None:
    content = encoded(stored_as(corners(), 6), "PNG")
    chunk = b"eXIf" + exif(6).removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    at = content.index(b"IEND") - 4
    assert_upright(open_picture(content[:at] + chunk + content[at:]))


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
    monkeypatch.setattr("styler.images.to_srgb", lambda image: decoded.append(image.size) or image.copy())
    open_picture(encoded(corners(1600, 1200), "JPEG"), at_least=200)
    assert decoded == [(200, 150)]


# Refusals.


def test_missing_file(tmp_path: Path) -> None:
    error = refusal(tmp_path / "no.jpg")
    assert error.reason is PictureReason.MISSING
    assert str(error) == f"there is no file {tmp_path / 'no.jpg'}"


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    for path in (tmp_path / ("x" * 500), Path("\0"), tmp_path / "file" / "below"):
        (tmp_path / "file").write_bytes(b"")
        assert refusal(path).reason is PictureReason.MISSING


def test_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path).reason is PictureReason.NOT_AN_IMAGE
    assert "folder" in str(refusal(tmp_path))


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe").reason is PictureReason.NOT_AN_IMAGE


def test_empty(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    assert refusal(tmp_path / "empty.jpg").reason is PictureReason.EMPTY
    assert refusal(b"").reason is PictureReason.EMPTY


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b"Just a text, whatever its name says.",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
        b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(64),  # a video
        b"\0\0\0\x0cftyp",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        # Pillow would open these, but nobody sends them, and each decoder more is one more to attack.
        b"P6 32 32 255\n" + bytes(3072),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 32 32\n",
        b"8BPS\0\1" + bytes(100),
    ],
)
def test_not_a_picture(content: bytes) -> None:
    error = refusal(content)
    assert error.reason is PictureReason.NOT_AN_IMAGE
    assert "JPEG" in str(error)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_truncated(format: str, kept: float) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(noise), format)
    with pytest.raises(PictureError) as refused:
        open_picture(content[: int(len(content) * kept)])
    assert refused.value.reason is PictureReason.TRUNCATED
    assert "damaged or incomplete" in str(refused.value)


def test_a_truncated_picture_that_the_caller_has_opened() -> None:
    content = encoded(corners(), "PNG")
    with Image.open(io.BytesIO(content[:-40])) as image, pytest.raises(PictureError) as refused:
        open_picture(image)
    assert refused.value.reason is PictureReason.TRUNCATED


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        ((15, 100), PictureReason.TOO_SMALL),
        ((100, 15), PictureReason.TOO_SMALL),
        ((1, 1), PictureReason.TOO_SMALL),
        ((16, 321), PictureReason.TOO_NARROW),
        ((421, 21), PictureReason.TOO_NARROW),
    ],
)
def test_too_small_and_too_narrow(size: tuple[int, int], reason: PictureReason) -> None:
    for source in (encoded(Image.new("RGB", size), "PNG"), Image.new("RGB", size)):
        error = refusal(source)
        assert error.reason is reason
        assert f"{size[0]} x {size[1]} pixels" in str(error)


@pytest.mark.parametrize("size", [(16, 16), (16, 320), (420, 21)])
def test_just_large_and_wide_enough(size: tuple[int, int]) -> None:
    assert open_picture(encoded(Image.new("RGB", size), "PNG")).size == size


# Bombs: small files whose headers promise more pixels than anybody has memory for.


BOMBS = ((16_000, 16_000), (10_001, 10_000))  # more than twice what Pillow only warns of, and less


def bomb(format: str, width: int, height: int) -> bytes:
    """A small file, of 128 x 64 pixels in truth, whose header says otherwise."""
    if format == "PNG":
        return png(width, height, 8, 2, [bytes(384)] * 64)
    if format == "TIFF":
        return tiff(width, height, bytes(24576), bits=[8] * 3, photometric=2)
    image, says = (
        corners(128, 64),
        struct.Struct({"GIF": "<HH", "WEBP": "<HH", "BMP": "<II"}.get(format, ">II")),
    )
    truth, claim = says.pack(128, 64), says.pack(width, height)
    if format == "JPEG":  # height first
        truth, claim = struct.pack(">HH", 64, 128), struct.pack(">HH", height, width)
    content = encoded(image, format, **({"lossless": False} if format == "WEBP" else {}))
    assert truth in content
    return content.replace(truth, claim, 1)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("size", BOMBS)
def test_bombs(format: str, size: tuple[int, int]) -> None:
    error = refusal(bomb(format, *size))
    assert error.reason is PictureReason.TOO_LARGE
    assert "more than 100 megapixels" in str(error)


@pytest.mark.parametrize("format", FORMATS)
def test_what_pillow_warns_of_but_is_allowed(format: str) -> None:
    assert inspect_picture(bomb(format, 10_000, 10_000)) == PictureInfo(10_000, 10_000, format)


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has another unit elsewhere")
def test_bombs_take_no_memory(tmp_path: Path) -> None:
    for format in FORMATS:
        (tmp_path / format).write_bytes(bomb(format, *BOMBS[0]))
        (tmp_path / f"good.{format}").write_bytes(encoded(corners(), format))
    script = """
import resource, sys
from pathlib import Path
from styler.errors import PictureError
from styler.images import open_picture
good = list(Path(sys.argv[1]).glob("good.*"))
for path in good:  # so that every decoder is loaded
    open_picture(path)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
refused = 0
for path in set(Path(sys.argv[1]).iterdir()) - set(good):
    try:
        open_picture(path)
    except PictureError:
        refused += 1
print(refused, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    refused, kibibytes = map(int, subprocess.run(command, check=True, capture_output=True).stdout.split())
    assert refused == len(FORMATS)
    assert kibibytes < 20_000


def test_no_memory_left_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(image: Image.Image) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", load)
    with pytest.raises(PictureError) as refused:
        open_picture(encoded(corners(), "PNG"))
    assert refused.value.reason is PictureReason.TOO_LARGE


# Anything at all.

SEEDS = {format: encoded(corners(40, 24), format) for format in FORMATS} | {
    "JPEG with EXIF": encoded(corners(40, 24), "JPEG", exif=exif(6)),
    "PNG with a palette": encoded(corners(40, 24).quantize(4), "PNG", transparency=0),
    "TIFF with compression": encoded(corners(40, 24), "TIFF", compression="tiff_lzw"),
    "TIFF of 16 bits": tiff(40, 24, bytes(1920), bits=[16], photometric=1),
    "TIFF with a profile": encoded(corners(40, 24), "TIFF", icc_profile=grey_profile(2.2)),
    "CMYK JPEG": encoded(corners(40, 24).convert("CMYK"), "JPEG"),
}


@st.composite
def damaged(draw: st.DrawFn, seed: bytes) -> bytes:
    content = bytearray(seed)
    # Headers matter most, and they come first.
    places = st.integers(0, len(seed) - 1) | st.integers(0, min(200, len(seed) - 1))
    for at, value in draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=6)):
        content[at] = value
    if draw(st.booleans()):
        del content[draw(places) :]
    if draw(st.booleans()):
        at = draw(places)
        content[at:at] = draw(st.binary(max_size=8))
    return bytes(content)


@pytest.mark.parametrize("seed", SEEDS)
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_damaged_files_open_or_are_refused(seed: str, data: st.DataObject) -> None:
    content = data.draw(damaged(SEEDS[seed]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "MAX_PIXELS", 1_000_000)  # a header may be damaged into a large, honest size
        try:
            info = inspect_picture(content)
            picture = open_picture(content)
        except PictureError:
            return
    assert (picture.mode, picture.size) == ("RGB", (info.width, info.height))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([b"", *(seed[:16] for seed in SEEDS.values())]), st.binary(max_size=200))
def test_any_bytes_at_all_are_refused(head: bytes, rest: bytes) -> None:
    with pytest.raises(PictureError):
        open_picture(head + rest)
