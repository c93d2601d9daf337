"""Bad pictures are refused: each with its reason, none with harm done."""

import io
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from styler.errors import PictureError, PictureReason
from styler.formats import decoding
from styler.images import PictureInfo, inspect_picture, open_picture
from tests.styler.pictures import (
    FORMATS,
    corners,
    encoded,
    exif,
    grey_profile,
    png,
    tiff,
)


def refusal(source: Path | bytes | Image.Image) -> PictureError:
    """The refusal of a picture, which the header alone brings about."""
    with pytest.raises(PictureError) as inspected:
        inspect_picture(source)
    with pytest.raises(PictureError) as opened:
        open_picture(source)
    assert str(opened.value) == str(inspected.value)
    assert "\n" not in str(opened.value)
    return opened.value


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
