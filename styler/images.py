"""Pictures in and out: open, resize, picture <-> tensor, save.

Inside the engine a picture is a Pillow image in RGB, 8 bits, sRGB, opaque, the right way up.
"""

from __future__ import annotations

import io
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from errno import ENOTDIR
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, PngImagePlugin

from styler.errors import OptionsError, OutputError
from styler.formats.decoding import (
    MAX_PIXELS,
    MAX_RATIO,
    MIN_SIDE,
    PictureSource,
    decode,
    decode_smaller,
    opened,
    orientation,
    refusing_damage,
)
from styler.formats.srgb import to_srgb

if TYPE_CHECKING:
    import torch  # loaded only where a tensor is made: the rest of this module must start fast

__all__ = [
    "MAX_PIXELS",
    "MAX_RATIO",
    "MIN_SIDE",
    "PictureInfo",
    "PictureSource",
    "check_folder",
    "check_new_folder",
    "check_output",
    "check_size",
    "encode_picture",
    "ending_fault",
    "fit_within",
    "inspect_picture",
    "make_folder",
    "open_picture",
    "resize",
    "save_picture",
    "to_image",
    "to_tensor",
    "write_whole",
]

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

_OUTPUT_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
_MAX_SIDE = {"JPEG": 65_500, "WEBP": 16_383}  # pixels; a PNG may have more than memory holds
_QUALITY = 95  # of JPEG and WebP, 0 to 100
_MAX_COMMENT = 60_000  # bytes; a JPEG comment holds 65533
_EXIF_DESCRIPTION = 0x010E


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """What the header of a picture says."""

    width: int  # pixels, the right way up
    height: int
    format: str  # JPEG, PNG, WEBP, GIF, BMP, TIFF, HEIF or AVIF; empty for a picture made in memory


def inspect_picture(source: PictureSource) -> PictureInfo:
    """Reads and checks the header only, so it is cheap for any file; raises `PictureError`.

    A picture that passes may still turn out truncated when it is opened, or lie on its side: a PNG may say so
    behind its pixels.
    """
    with opened(source) as image:
        width, height = image.size
        if orientation(image) in _SIDEWAYS:
            width, height = height, width
        # MPO is a JPEG with a second picture (depth, another eye) behind it.
        return PictureInfo(width, height, "JPEG" if image.format == "MPO" else image.format or "")


def open_picture(source: PictureSource, at_least: int | None = None, ground: str = "white") -> Image.Image:
    """The picture in RGB, 8 bits, sRGB, the right way up, laid on white or another ground, without metadata.

    at_least: a long side in pixels that is enough for the caller. A JPEG file of twice that or more is
    decoded at a fraction of the cost and comes back with exactly that long side; anything else comes back
    whole. Raises PictureError. A picture given as such stays as it is: what comes back is a copy.
    """
    with opened(source) as image:
        size, part = image.size, None
        if at_least is not None and not isinstance(source, Image.Image):
            size = fit_within(*size, at_least)
            part = decode_smaller(image, size)
        decode(image, source)
        turn = _TURNS.get(orientation(image))
        with refusing_damage(source):
            picture = to_srgb(image, ground)
    if part is not None:
        picture = picture.resize(size, Image.Resampling.LANCZOS, box=part)
    return picture if turn is None else picture.transpose(turn)


def fit_within(width: int, height: int, long_side: int) -> tuple[int, int]:
    """The size of the same proportions, to the nearest pixel, with `long_side` as its longer side."""
    longest = max(width, height)

    def fitted(side: int) -> int:
        return max(1, (2 * side * long_side + longest) // (2 * longest))

    return fitted(width), fitted(height)


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """`image` at (width, height): Lanczos down, after cheap box averaging where much is to go; bicubic up."""
    if image.size == size:
        return image
    smaller = size[0] * size[1] < image.width * image.height
    kernel = Image.Resampling.LANCZOS if smaller else Image.Resampling.BICUBIC
    return image.resize(size, kernel, reducing_gap=3.0)


def to_tensor(image: Image.Image, device: torch.device | None = None) -> torch.Tensor:
    """RGB picture -> (1, 3, H, W) float32 in [0, 1], RGB, contiguous, on the CPU or another device."""
    import torch

    pixels = torch.from_numpy(np.array(image.convert("RGB")))  # np.array copies: torch wants writable memory
    pixels = pixels.to(device)  # as bytes, a quarter of what floats would be
    return pixels.permute(2, 0, 1).unsqueeze(0).contiguous().to(torch.float32).div_(255)


def to_image(tensor: torch.Tensor) -> Image.Image:
    """(1, 3, H, W) float in [0, 1], RGB, any device -> picture: clamped, rounded to the nearest level."""
    import torch

    levels = tensor.detach()[0].to(torch.float32).nan_to_num(0).clamp(0, 1).mul(255).round().to(torch.uint8)
    return Image.fromarray(levels.permute(1, 2, 0).contiguous().cpu().numpy())


def encode_picture(image: Image.Image, format: str, comment: str = "") -> bytes:
    """A JPEG (4:4:4), PNG or WEBP file, as bytes, that holds the pixels and `comment` alone.

    Raises OptionsError for another format, ValueError or OSError where the format cannot hold such a size.
    """
    # Pillow writes some of a picture's metadata out again unasked; what to_srgb gives has none.
    bare = to_srgb(image)
    # A file's name, which a recipe may tell, is not always UTF-8.
    comment = comment.replace("\0", " ").encode(errors="replace")[:_MAX_COMMENT].decode(errors="ignore")
    buffer = io.BytesIO()
    match format:
        case "JPEG":
            bare.save(buffer, "JPEG", quality=_QUALITY, subsampling="4:4:4", comment=comment.encode())
        case "PNG":
            bare.save(buffer, "PNG", pnginfo=_png_comment(comment))
        case "WEBP":
            bare.save(buffer, "WEBP", quality=_QUALITY, exif=_webp_comment(comment))
        case _:
            raise OptionsError(f"pictures are written as JPEG, PNG or WEBP, not as {format}")
    return buffer.getvalue()


def check_output(path: Path) -> None:
    """Finds out before the work what `save_picture` would only say after it; raises as it does."""
    _output_format(path)
    check_folder(path)


def check_size(path: Path, width: int, height: int) -> None:
    """Whether a picture of so many pixels could be saved at `path`; raises OutputError where it could not."""
    format = _output_format(path)
    most = _MAX_SIDE.get(format)
    if most is not None and max(width, height) > most:
        limit = f"a {format} has at most {most} pixels a side, not {width} x {height}"
        raise OutputError(f"{path} cannot be written: {limit}; ask for a smaller size, or for a .png")


def check_folder(path: Path) -> None:
    """Whether a file could be put at `path`; raises OutputError where it could not."""
    with told_as_output_error(path):
        if path.is_dir():
            raise OutputError(f"{path} is a folder: give the file a name of its own")
        folder = path.resolve().parent if path.is_symlink() else path.parent  # a link is followed
        if not folder.is_dir():
            raise OutputError(f"{path} cannot be written: there is no folder {folder}")
        if not _takes_files(folder):
            raise OutputError(f"{path} cannot be written: nothing may be put into the folder {folder}")


def check_new_folder(folder: Path) -> None:
    """Finds out, without making anything, what `make_folder` would only say later; raises as it does."""
    with _told_as_folder_error(folder):
        there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
        if not there.is_dir():
            raise NotADirectoryError(ENOTDIR, f"{there} is no folder")
    if not _takes_files(there):
        raise OutputError(f"nothing may be put into the folder {there}")


def make_folder(folder: Path) -> None:
    """Makes it where it is missing; raises OutputError where no file could be put into it."""
    with _told_as_folder_error(folder):
        folder.mkdir(parents=True, exist_ok=True)
    if not _takes_files(folder):
        raise OutputError(f"nothing may be put into the folder {folder}")


@contextmanager
def _told_as_folder_error(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"the folder {folder} cannot be made: {error.strerror}") from None


def _takes_files(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def save_picture(image: Image.Image, path: Path, comment: str = "") -> None:
    """Writes `path` whole or not at all, in the format that its suffix names.

    Raises OptionsError for a suffix other than .jpg, .jpeg, .png or .webp, OutputError when it cannot be
    written.
    """
    check_output(path)
    check_size(path, *image.size)
    with told_as_output_error(path):
        write_whole(path, encode_picture(image, _output_format(path), comment))


@contextmanager
def told_as_output_error(path: Path) -> Iterator[None]:
    """Raises OutputError for what keeps `path` from being written."""
    try:
        yield
    # ValueError: a size that the format cannot hold; RuntimeError: before Python 3.13, links in a circle.
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"{path} cannot be written: {why}") from error


def _output_format(path: Path) -> str:
    try:
        return _OUTPUT_FORMATS[path.suffix.lower()]
    except KeyError:
        raise OptionsError(ending_fault(path)) from None


def ending_fault(path: Path) -> str:
    """What to say of a name that no painting can have."""
    return f"the output must end in .jpg, .png or .webp, not like {path.name!r}"


def _png_comment(comment: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    if comment:
        info.add_text("Comment", comment)  # a tEXt chunk, or iTXt when Latin-1 is not enough
    return info


def _webp_comment(comment: str) -> bytes:
    """A WebP has no place for a comment but EXIF's image description."""
    if not comment:
        return b""
    exif = Image.Exif()
    exif[_EXIF_DESCRIPTION] = comment.encode()  # of a text, Pillow would keep the ASCII letters alone
    return exif.tobytes()


def write_whole(path: Path, content: bytes) -> None:
    """Writes beside `path` first, so that nobody ever sees half a file, not even after a power cut.

    Follows a link to its target. What only some may read before only they may read afterwards.
    """
    target = path.resolve()
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("wb") as file:
            with suppress(OSError):  # nothing there yet, or a disk that knows no such thing
                part.chmod(stat.S_IMODE(target.stat().st_mode))
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
