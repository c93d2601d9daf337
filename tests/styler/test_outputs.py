"""The files that are written: what is in them, and what must not be broken."""

import io
import os
import re
import stat
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from styler.errors import OptionsError, OutputError
from styler.images import inspect_picture, open_picture
from styler.outputs import check_output, encode_picture, make_folder, save_picture
from tests.styler.pictures import corners, encoded, exif, matrix_profile, noise

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
RECIPE = "starry-night, strength 50, size 512, seed 0"
RUSSIAN = "Звёздная ночь, сила 50"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_save_and_open_again(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{suffix.upper()}"
    save_picture(corners(), path)
    format = {".png": "PNG", ".webp": "WEBP"}.get(suffix, "JPEG")
    assert inspect_picture(path).format == format
    difference = np.asarray(open_picture(path)).astype(int) - np.asarray(corners()).astype(int)
    assert np.abs(difference).mean() < (0.001 if suffix == ".png" else 3)
    assert list(tmp_path.iterdir()) == [path]


def test_jpeg_is_of_quality_95_with_full_colour() -> None:
    with Image.open(io.BytesIO(encode_picture(corners(), "JPEG"))) as image:
        tables = image.quantization
        assert [layer[1:3] for layer in image.layer] == [(1, 1)] * 3
    with Image.open(io.BytesIO(encoded(corners(), "JPEG", quality=95))) as image:
        assert tables == image.quantization


def comment_in(content: bytes) -> str | bytes | None:
    with Image.open(io.BytesIO(content)) as image:
        if image.format == "WEBP":
            description = image.getexif().get(0x010E)
            return description and description.encode("latin-1").decode()  # Pillow reads it so
        return image.info.get("comment" if image.format == "JPEG" else "Comment")


def test_the_comment_of_a_jpeg() -> None:
    for comment in (RECIPE, RUSSIAN):
        content = encode_picture(corners(), "JPEG", comment)
        assert comment_in(content) == comment.encode()
        assert b"\xff\xfe" + (len(comment.encode()) + 2).to_bytes(2) + comment.encode() in content


def test_the_comment_of_a_png() -> None:
    latin, russian = (encode_picture(corners(), "PNG", comment) for comment in (RECIPE, RUSSIAN))
    assert b"tEXtComment\0" + RECIPE.encode() in latin
    assert b"iTXtComment\0" in russian
    assert (comment_in(latin), comment_in(russian)) == (RECIPE, RUSSIAN)


def test_the_comment_of_a_webp() -> None:
    for comment in (RECIPE, RUSSIAN):
        assert comment_in(encode_picture(corners(), "WEBP", comment)) == comment


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_odd_comments(format: str) -> None:
    assert not comment_in(encode_picture(corners(), format))
    assert (
        len(comment_in(encode_picture(corners(), format, "ё" * 100_000)) or "") >= 30_000
    )  # cut, not refused
    assert comment_in(encode_picture(corners(), format, "a\0b")) in {"a b", b"a b"}
    not_utf8 = os.fsdecode(b"caf\xe9")
    assert comment_in(encode_picture(corners(), format, not_utf8)) in {"caf?", b"caf?"}


# What the photo said about its owner stays with the photo.


def photo_with_secrets() -> bytes:
    thumbnail = b"\xff\xd8SECRET thumbnail\xff\xd9"
    return encoded(
        corners(),
        "JPEG",
        exif=exif(1) + thumbnail,
        xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SECRET place</x:xmpmeta>",
        icc_profile=matrix_profile(np.eye(3), 2.2).replace(b"none", b"SECR"),
        comment=b"SECRET words",
        dpi=(123, 123),
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("way", ["opened", "as Pillow opens it"])
def test_no_metadata_is_ever_passed_on(suffix: str, way: str, tmp_path: Path) -> None:
    secret = photo_with_secrets()
    assert secret.count(b"SECR") >= 4
    if way == "opened":
        picture = open_picture(secret)
        assert picture.info == {}
    else:
        picture = Image.open(io.BytesIO(secret))
        assert picture.getexif().get_ifd(0x8825)[2] == (59.0, 57.0, 3.0)
    save_picture(picture, tmp_path / f"out{suffix}", RECIPE)
    content = (tmp_path / f"out{suffix}").read_bytes()
    assert not re.search(rb"SECR|xmp|ICC_PROFILE|iCCP|ICCP|GPS", content)
    with Image.open(io.BytesIO(content)) as image:
        assert set(image.getexif()) <= ({0x010E} if suffix == ".webp" else set())
        assert not image.getexif().get_ifd(0x8825)
        assert "icc_profile" not in image.info
        assert image.info.get("dpi") != (123, 123)


def test_nor_are_the_texts_of_a_png() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "SECRET person")
    picture = open_picture(encoded(corners(), "PNG", pnginfo=texts, exif=exif(1)))
    for format in ("JPEG", "PNG", "WEBP"):
        assert b"SECRET" not in encode_picture(picture, format, RECIPE)


def test_any_kind_of_picture_can_be_written() -> None:
    clear = Image.new("RGBA", (16, 16), (255, 0, 0, 0))
    for format in ("JPEG", "PNG", "WEBP"):
        assert open_picture(encode_picture(clear, format)).getpixel((8, 8)) == (255, 255, 255)


# What cannot be written, and what must not be broken.


@pytest.mark.parametrize("name", ["out", "out.gif", "out.jpg.txt", ".jpg", "-", "out.heic"])
def test_other_suffixes_are_refused(name: str, tmp_path: Path) -> None:
    for refuse in (check_output, lambda path: save_picture(corners(), path)):
        with pytest.raises(OptionsError, match=r"must end in \.jpg, \.png or \.webp"):
            refuse(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_other_formats_are_refused() -> None:
    with pytest.raises(OptionsError, match="not as GIF"):
        encode_picture(corners(), "GIF")


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    for path, why in (
        (tmp_path / "folder.png", "is a folder"),
        (tmp_path / "none" / "out.png", f"there is no folder {tmp_path / 'none'}"),
        (tmp_path / "file" / "out.png", f"there is no folder {tmp_path / 'file'}"),
    ):
        for refuse in (check_output, lambda path: save_picture(corners(), path)):
            with pytest.raises(OutputError, match=re.escape(why)):
                refuse(path)


def test_links_are_followed_to_where_the_file_would_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "to-nowhere.png").symlink_to(tmp_path / "none" / "out.png")
    with pytest.raises(OutputError, match=re.escape(f"there is no folder {tmp_path / 'none'}")):
        check_output(tmp_path / "to-nowhere.png")
    if sys.version_info < (3, 13):  # newer ones take a circle for the file itself, and replace it
        (tmp_path / "circle.png").symlink_to(tmp_path / "circle.png")
        with pytest.raises(OutputError, match=r"circle\.png cannot be written: Symlink loop"):
            check_output(tmp_path / "circle.png")
    (tmp_path / "locked").mkdir()
    (tmp_path / "into-locked.png").symlink_to(tmp_path / "locked" / "out.png")
    monkeypatch.setattr("os.access", lambda folder, _: Path(folder).name != "locked")
    with pytest.raises(OutputError, match=r"nothing may be put into the folder .*locked"):
        check_output(tmp_path / "into-locked.png")


def test_a_folder_is_made_and_must_take_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file cannot be made: File exists"):
        make_folder(tmp_path / "file")
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(OutputError, match="nothing may be put into the folder"):
        make_folder(tmp_path / "a" / "b")


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 300 + ".png")
    for refuse in (check_output, lambda path: save_picture(corners(), path)):
        with pytest.raises(OutputError, match=r"\.png cannot be written: File name too long"):
            refuse(path)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(
    sys.platform != "linux", reason="a folder that takes no file from anybody, not even from root"
)
def test_a_folder_that_takes_no_file() -> None:
    with pytest.raises(OutputError, match=r"/proc/out\.png cannot be written"):
        save_picture(corners(), Path("/proc/out.png"))


def test_too_large_for_the_format(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        save_picture(Image.new("RGB", (16_384, 16)), tmp_path / "out.webp")
    assert not list(tmp_path.iterdir())


def test_a_failure_leaves_the_old_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.png"
    save_picture(corners(), path)
    before = path.read_bytes()

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match=r"out\.png cannot be written: No space left on device"):
        save_picture(noise(64, 48), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_saving_replaces_follows_links_and_keeps_to_the_umask(tmp_path: Path) -> None:
    real, link = tmp_path / "real.png", tmp_path / "link.png"
    link.symlink_to(real)
    save_picture(noise(64, 48), link)
    save_picture(corners(), link)
    assert link.is_symlink()
    assert open_picture(real).tobytes() == corners().tobytes()
    umask = os.umask(0o077)
    os.umask(umask)
    assert stat.S_IMODE(real.stat().st_mode) == 0o666 & ~umask


@pytest.mark.skipif(sys.platform == "win32", reason="it knows no such modes")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_who_may_read_a_file_stays_as_it_was(tmp_path: Path, mode: int) -> None:
    out, link = tmp_path / "out.png", tmp_path / "link.png"
    link.symlink_to(out)
    out.touch()
    out.chmod(mode)
    for path in (out, link):
        save_picture(corners(), path)
        assert stat.S_IMODE(out.stat().st_mode) == mode
