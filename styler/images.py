"""Pictures in and out: decode safely, orient, resize, picture <-> tensor, save.

Inside the engine a picture is always a Pillow image in RGB, 8 bits, sRGB, the right way up.
"""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, PngImagePlugin

from styler.errors import OptionsError, OutputError, PictureError, PictureReason
from styler.srgb import quiet_pillow, to_srgb

if TYPE_CHECKING:
    import torch

MIN_SIDE = 16
MAX_PIXELS = 100_000_000
MAX_RATIO = 20

_EXIF_ORIENTATION = 0x0112
_EXIF_DESCRIPTION = 0x010E
# What undoes each EXIF orientation; 1 is the right way up.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {5, 6, 7, 8}

_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
_MAX_COMMENT = 60_000  # bytes; a JPEG comment holds 65533


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """What the header of a picture says."""

    width: int  # pixels, the right way up
    height: int
    format: str  # JPEG, PNG, WEBP, GIF, BMP, TIFF, HEIF or AVIF; "" for a picture that is already in memory


def inspect_picture(source: Path | bytes | Image.Image) -> PictureInfo:
    """Reads and checks the header only, so it is cheap for any file; raises `PictureError`.

    A picture that passes may still turn out truncated when it is opened.
    """
    with _opened(source) as image:
        width, height = image.size
        if _orientation(image) in _SIDEWAYS and image.format != "TIFF":
            width, height = height, width
        return PictureInfo(width, height, "JPEG" if image.format == "MPO" else image.format or "")


def open_picture(source: Path | bytes | Image.Image, at_least: int | None = None) -> Image.Image:
    """The picture in RGB, 8 bits, sRGB, the right way up, laid on white, with no metadata; raises `PictureError`.

    `at_least`: a long side in pixels that is enough for the caller. A JPEG of twice that or more is decoded at a
    fraction of the cost and comes back with exactly that long side; anything else comes back whole.
    """
    with _opened(source) as image:
        size = fit_within(*image.size, at_least) if at_least else image.size
        box = _draft(image, size)
        image.load()
        turn = _TURNS.get(_orientation(image))
        picture = to_srgb(image)
    if box is not None:
        picture = picture.resize(size, Image.Resampling.LANCZOS, box=box)
    return picture.transpose(turn) if turn is not None else picture


def fit_within(width: int, height: int, long_side: int) -> tuple[int, int]:
    """The size with the same proportions, to the nearest pixel, whose longer side is `long_side` (up or down)."""
    longest = max(width, height)

    def scaled(side: int) -> int:
        return max(1, (2 * side * long_side + longest) // (2 * longest))

    return scaled(width), scaled(height)


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """`image` at (width, height): Lanczos down (after cheap halving where it is much larger), bicubic up."""
    if image.size == size:
        return image
    shrinks = size[0] * size[1] < image.width * image.height
    filter_ = Image.Resampling.LANCZOS if shrinks else Image.Resampling.BICUBIC
    return image.resize(size, filter_, reducing_gap=3.0)


def to_tensor(image: Image.Image) -> torch.Tensor:
    """RGB picture -> (1, 3, H, W) float32 in [0, 1], RGB, on the CPU."""
    import torch

    pixels = torch.from_numpy(np.array(image.convert("RGB")))  # np.array copies, so the memory is writable
    return pixels.permute(2, 0, 1).unsqueeze(0).to(torch.float32).div_(255).contiguous()


def to_image(tensor: torch.Tensor) -> Image.Image:
    """(1, 3, H, W) float in [0, 1], RGB, on any device -> picture; clamps, and rounds to the nearest level."""
    import torch

    pixels = tensor.detach().to(torch.float32).nan_to_num().clamp(0, 1).mul(255).round().to(torch.uint8)
    return Image.fromarray(pixels[0].permute(1, 2, 0).contiguous().cpu().numpy())


def encode_picture(image: Image.Image, format: str, comment: str = "") -> bytes:
    """The bytes of a JPEG (quality 95, 4:4:4), PNG or WEBP file that says nothing but its pixels and `comment`."""
    # Pillow writes out some of `info` (profile, comment, resolution) unasked: paint onto a canvas that has none.
    bare = to_srgb(image)
    comment = comment.replace("\0", " ").encode()[:_MAX_COMMENT].decode(errors="ignore")
    buffer = io.BytesIO()
    if format == "JPEG":
        bare.save(buffer, "JPEG", quality=95, subsampling="4:4:4", comment=comment.encode() or None)
    elif format == "PNG":
        notes = PngImagePlugin.PngInfo()
        if comment:
            notes.add_text("Comment", comment)  # tEXt, or iTXt when it is not Latin-1
        bare.save(buffer, "PNG", pnginfo=notes)
    elif format == "WEBP":
        exif = Image.Exif()  # WebP has no other place for a comment
        if comment:
            exif[_EXIF_DESCRIPTION] = comment
        bare.save(buffer, "WEBP", quality=95, method=4, exif=exif if comment else b"")
    else:
        raise OptionsError(f"Pictures are written as JPEG, PNG or WEBP, not as {format}.")
    return buffer.getvalue()


def save_picture(image: Image.Image, path: Path, comment: str = "") -> None:
    """Writes `path` whole or not at all, in the format that its suffix names.

    Raises `OptionsError` for another suffix than .jpg, .jpeg, .png or .webp, `OutputError` when it cannot be written.
    """
    format = _FORMATS.get(path.suffix.lower())
    if format is None:
        raise OptionsError(f"The name of the output must end in .jpg, .png or .webp; {path.name!r} does not.")
    try:
        content = encode_picture(image, format, comment)
        _write_atomically(path.resolve(), content)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise OutputError(f"{path} cannot be written: {reason}.") from error


def _write_atomically(path: Path, content: bytes) -> None:
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            file.write(content)
        os.replace(part, path)  # noqa: PTH105 -- says better than Path.replace that it overwrites
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _opened(source: Path | bytes | Image.Image) -> Iterator[Image.Image]:
    """The picture with its header read and its size checked, but no pixel decoded yet."""
    name = source.name if isinstance(source, Path) else "The picture"
    with quiet_pillow():
        if isinstance(source, Image.Image):
            _check_size(name, *source.size)
            yield source
            return
        with _stream(source, name) as stream:
            image = _recognised(stream, name)
            with image:
                _check_size(name, *image.size)
                try:
                    yield image
                except PictureError:
                    raise
                except Exception as error:  # Pillow's decoders raise nearly anything when bytes are wrong
                    raise _damaged(name) from error


@contextmanager
def _stream(source: Path | bytes, name: str) -> Iterator[io.BufferedIOBase]:
    if isinstance(source, bytes):
        if not source:
            raise PictureError(PictureReason.EMPTY, f"{name} is empty: it has no bytes at all.")
        yield io.BytesIO(source)
        return
    if source.is_dir():
        raise PictureError(PictureReason.NOT_AN_IMAGE, f"{source} is a folder, not a picture.")
    try:
        stream = source.open("rb")
    except OSError as error:
        raise PictureError(PictureReason.MISSING, f"{source} cannot be read: {error.strerror}.") from error
    with stream:
        if not source.stat().st_size:
            raise PictureError(PictureReason.EMPTY, f"{name} is empty: it has no bytes at all.")
        yield stream


def _recognised(stream: io.BufferedIOBase, name: str) -> Image.Image:
    formats = _formats_of(stream.read(16))
    stream.seek(0)
    if not formats:
        raise PictureError(
            PictureReason.NOT_AN_IMAGE,
            f"{name} is not a picture: it should be a JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC or AVIF file.",
        )
    try:
        return Image.open(stream, formats=formats)
    except Image.DecompressionBombError as error:
        raise _too_large(name) from error
    except Exception as error:
        raise _damaged(name) from error


def _formats_of(head: bytes) -> list[str]:
    """Pillow's names of the formats that a file with these first 16 bytes can be."""
    if head[4:8] == b"ftyp":  # HEIC and AVIF are the same box with another codec
        _register_heif()
        return ["HEIF", "AVIF"]
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ["WEBP"]
    magics = {
        b"\xff\xd8\xff": "JPEG",
        b"\x89PNG\r\n\x1a\n": "PNG",
        b"GIF8": "GIF",
        b"BM": "BMP",
        b"II*\0": "TIFF",
        b"MM\0*": "TIFF",
        b"II+\0": "TIFF",
        b"MM\0+": "TIFF",
    }
    return [format for magic, format in magics.items() if head.startswith(magic)]


@cache
def _register_heif() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()


def _check_size(name: str, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _too_large(name)
    if min(width, height) < MIN_SIDE:
        raise PictureError(
            PictureReason.TOO_SMALL,
            f"{name} is {width} x {height} pixels; each side must have at least {MIN_SIDE}.",
        )
    if max(width, height) > MAX_RATIO * min(width, height):
        raise PictureError(
            PictureReason.TOO_NARROW,
            f"{name} is {width} x {height} pixels; the longer side may be at most {MAX_RATIO} times the shorter.",
        )


def _too_large(name: str) -> PictureError:
    limit = MAX_PIXELS // 1_000_000
    return PictureError(
        PictureReason.TOO_LARGE, f"{name} has more than {limit} megapixels; please make it smaller."
    )


def _damaged(name: str) -> PictureError:
    return PictureError(
        PictureReason.TRUNCATED, f"{name} is damaged or incomplete; please send or save it again."
    )


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8. Never decodes: the base class's getexif, as that of PNG loads the picture."""
    try:
        return int(Image.Image.getexif(image).get(_EXIF_ORIENTATION, 1))
    except Exception:  # broken EXIF is no reason to refuse a picture, and it breaks in many ways
        return 1


def _draft(image: Image.Image, size: tuple[int, int]) -> tuple[float, float, float, float] | None:
    """Has a JPEG decoded at 1/2, 1/4 or 1/8, still no smaller than `size`; gives the part that counts, in its pixels."""
    if image.format not in {"JPEG", "MPO"} or min(image.width // size[0], image.height // size[1]) < 2:
        return None
    drafted = image.draft(None, size)
    return drafted[1] if drafted else None
