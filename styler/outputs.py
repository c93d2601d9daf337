"""What the engine writes: a picture as a file, where it may lie, and how it gets there whole."""

import io
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import ENOTDIR
from pathlib import Path

from PIL import Image, PngImagePlugin

from styler.errors import OptionsError, OutputError
from styler.formats.srgb import to_srgb

_OUTPUT_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
_MAX_SIDE = {"JPEG": 65_500, "WEBP": 16_383}  # pixels; a PNG may have more than memory holds
_QUALITY = 95  # of JPEG and WebP, 0 to 100
_MAX_COMMENT = 60_000  # bytes; a JPEG comment holds 65533
_EXIF_DESCRIPTION = 0x010E


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


def save_picture(image: Image.Image, path: Path, comment: str = "") -> None:
    """Writes `path` whole or not at all, in the format that its suffix names.

    Raises OptionsError for a suffix other than .jpg, .jpeg, .png or .webp, OutputError when it cannot be
    written.
    """
    check_output(path)
    check_size(path, *image.size)
    with told_as_output_error(path):
        write_whole(path, encode_picture(image, _output_format(path), comment))


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


@contextmanager
def told_as_output_error(path: Path) -> Iterator[None]:
    """Raises OutputError for what keeps `path` from being written."""
    try:
        yield
    # ValueError: a size that the format cannot hold; RuntimeError: before Python 3.13, links in a circle.
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"{path} cannot be written: {why}") from error


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


def ending_fault(path: Path) -> str:
    """What to say of a name that no painting can have."""
    return f"the output must end in .jpg, .png or .webp, not like {path.name!r}"


def _output_format(path: Path) -> str:
    try:
        return _OUTPUT_FORMATS[path.suffix.lower()]
    except KeyError:
        raise OptionsError(ending_fault(path)) from None


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
