"""Opening a picture that a stranger sent: what it is, whether it may be decoded, which way is up.

Nothing here trusts a file's name; nothing spends memory on pixels before the header has been checked.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import BinaryIO, TypeAlias

from PIL import Image

from styler.errors import PictureError, PictureReason
from styler.formats.srgb import quiet_pillow

PictureSource: TypeAlias = str | Path | bytes | Image.Image  # a file, its content, or what is already open
Box: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom

MIN_SIDE = 16
MAX_PIXELS = 100_000_000
MAX_RATIO = 20

# First bytes of a file, and Pillow's name of its format. Only these decoders ever see a stranger's bytes.
_MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",  # BigTIFF
    b"MM\0+": "TIFF",
}
# HEIC and AVIF share a container with videos; the brands in its first box tell them apart.
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}
_HEAD = 64  # bytes: enough for that box

_EXIF_ORIENTATION = 0x0112


@contextmanager
def opened(source: PictureSource) -> Iterator[Image.Image]:
    """The picture with its header read and its size checked, but nothing decoded; raises `PictureError`.

    A picture that is already in memory is given back as it is.
    """
    _check_kind(source)
    name = _name(source)
    with quiet_pillow():
        if isinstance(source, Image.Image):
            _check_size(name, source)
            yield source
            return
        with _stream(source, name) as stream, _recognised(stream, source) as image:
            _check_size(name, image)
            yield image


def decode(image: Image.Image, source: PictureSource) -> None:
    """Loads the pixels of a picture that `opened(source)` gave; raises `PictureError`."""
    with refusing_damage(source):
        promised = image.size
        image.load()
        if image.size != promised:  # what was checked is not what came out: only damage does that
            raise ValueError(f"{promised} promised, {image.size} decoded")


@contextmanager
def refusing_damage(source: PictureSource) -> Iterator[None]:
    """Turns what decoders raise into `PictureError`: given wrong bytes, they raise nearly anything."""
    name = _name(source)
    try:
        yield
    except PictureError:
        raise
    except (MemoryError, Image.DecompressionBombError) as error:
        reason = f"{name} would take more memory than there is to spare: make it smaller"
        raise PictureError(PictureReason.TOO_LARGE, reason) from error
    except Exception as error:
        reason = f"{name} is damaged or incomplete: save or send it again"
        raise PictureError(PictureReason.TRUNCATED, reason) from error


def orientation(image: Image.Image) -> int:
    """The EXIF orientation that is still to be undone, 1 (none) to 8; decodes nothing."""
    if image.format in {"TIFF", "HEIF"}:
        return 1  # their decoders undo it themselves, and give the size the right way up from the start
    try:
        # Not image.getexif(): that of a PNG decodes the whole picture, in case EXIF comes after the pixels.
        return int(Image.Image.getexif(image).get(_EXIF_ORIENTATION, 1))
    except Exception:  # EXIF breaks in many ways, and none of them is a reason to refuse a picture
        return 1


def decode_smaller(image: Image.Image, size: tuple[int, int]) -> Box | None:
    """Has a JPEG decoded at 1/2, 1/4 or 1/8 of its size, if that is no smaller than `size`.

    Gives the part of the smaller picture that stands for the whole one: the last row and column may stand for
    less than a pixel. None: it will be decoded whole.
    """
    if image.format not in {"JPEG", "MPO"} or min(image.width // size[0], image.height // size[1]) < 2:
        return None
    drafted = image.draft(None, size)
    return drafted[1] if drafted else None


def _check_kind(source: object) -> None:
    """Whoever writes a program may give anything: open files and arrays too. Raises PictureError."""
    if not isinstance(source, PictureSource):
        kinds = "a file's name, its bytes or a Pillow picture"
        raise PictureError(PictureReason.NOT_AN_IMAGE, f"a picture is {kinds}, not {type(source).__name__}")


def _name(source: PictureSource) -> str:
    return str(Path(source)) if isinstance(source, str | Path) else "the picture"


@contextmanager
def _stream(source: str | Path | bytes, name: str) -> Iterator[BinaryIO]:
    try:
        stream = io.BytesIO(source) if isinstance(source, bytes) else _open_file(Path(source), name)
    except FileNotFoundError as error:
        raise PictureError(PictureReason.MISSING, f"there is no file {name}") from error
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        why = getattr(error, "strerror", None) or str(error)
        raise PictureError(PictureReason.MISSING, f"{name} cannot be read: {why}") from error
    with stream:
        yield stream


def _open_file(path: Path, name: str) -> BinaryIO:
    if path.exists() and not path.is_file():
        what = "a folder" if path.is_dir() else "no ordinary file"
        raise PictureError(PictureReason.NOT_AN_IMAGE, f"{name} is {what}, not a picture")
    return path.open("rb")


def _recognised(stream: BinaryIO, source: PictureSource) -> Image.Image:
    name = _name(source)
    head = stream.read(_HEAD)
    stream.seek(0)
    if not head:
        raise PictureError(PictureReason.EMPTY, f"{name} is empty: there is not a single byte in it")
    formats = _formats(head)
    if not formats:
        known = "JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF"
        raise PictureError(
            PictureReason.NOT_AN_IMAGE, f"{name} is not a picture in a format that can be read: {known}"
        )
    with refusing_damage(source):
        try:
            return Image.open(stream, formats=formats)
        except Image.DecompressionBombError as error:
            raise _too_large(name) from error


def _formats(head: bytes) -> list[str]:
    """Pillow's names of the formats that a file with these first bytes may be in."""
    if head[4:8] == b"ftyp":
        return _container_formats(head)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ["WEBP"]
    return [format for magic, format in _MAGIC.items() if head.startswith(magic)]


def _container_formats(head: bytes) -> list[str]:
    box = head[: int.from_bytes(head[:4])]
    brands = {box[start : start + 4] for start in range(8, len(box), 4)}
    if brands & _AVIF_BRANDS:
        return ["AVIF"]
    if brands & _HEIF_BRANDS:
        _register_heif()
        return ["HEIF"]
    return []


@cache
def _register_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()


def _check_size(name: str, image: Image.Image) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise _too_large(name)
    if min(width, height) < MIN_SIDE:
        limit = f"each side must have at least {MIN_SIDE}"
        raise PictureError(PictureReason.TOO_SMALL, f"{name} has {width} x {height} pixels: {limit}")
    if max(width, height) > MAX_RATIO * min(width, height):
        limit = f"one side may be at most {MAX_RATIO} times the other"
        raise PictureError(PictureReason.TOO_NARROW, f"{name} has {width} x {height} pixels: {limit}")


def _too_large(name: str) -> PictureError:
    limit = f"{MAX_PIXELS // 1_000_000} megapixels"
    return PictureError(PictureReason.TOO_LARGE, f"{name} has more than {limit}: make it smaller")
