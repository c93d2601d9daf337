"""What Telegram does to a photo: several sizes, 1280 px at most, JPEG, nothing of its metadata left."""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from bot.sandbox.errors import ApiError, bad_request

SIDES = (90, 320, 800, 1280)  # long sides of the sizes Telegram makes
MAX_SIDES_SUM = 10_000
MAX_RATIO = 20

_UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True, slots=True)
class Rendition:
    """One size of a photo, as JPEG."""

    content: bytes
    width: int
    height: int


def render_photo(content: bytes, *, sides_sum: int | None = MAX_SIDES_SUM) -> list[Rendition]:
    """Every size of the photo, smallest first.

    Raises ApiError with Telegram's words when the picture cannot be read or has impossible proportions.
    `sides_sum` is the limit on width + height; None for people, whose app scales the photo before sending.
    """
    try:
        picture = Image.open(io.BytesIO(content))
        _check_shape(*picture.size, sides_sum)
        picture.draft("RGB", (2 * SIDES[-1], 2 * SIDES[-1]))
        upright = _flatten(ImageOps.exif_transpose(picture))
    except ApiError:
        raise
    except _UNREADABLE as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error
    long_side = max(upright.size)
    sides = [side for side in SIDES if side < long_side] + [min(long_side, SIDES[-1])]
    return [_rendition(upright, side) for side in dict.fromkeys(sides)]


def render_thumbnail(content: bytes) -> Rendition | None:
    """A small preview of a picture sent as a file; None when it is no picture Pillow can read."""
    try:
        picture = Image.open(io.BytesIO(content))
        picture.draft("RGB", (2 * SIDES[1], 2 * SIDES[1]))
        return _rendition(_flatten(ImageOps.exif_transpose(picture)), SIDES[1])
    except _UNREADABLE:
        return None


def picture_size(content: bytes) -> tuple[int, int]:
    """Width and height from the header. Raises ApiError when it is no picture."""
    try:
        return Image.open(io.BytesIO(content)).size
    except _UNREADABLE as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error


def _check_shape(width: int, height: int, sides_sum: int | None) -> None:
    too_large = sides_sum is not None and width + height > sides_sum
    if too_large or max(width, height) > MAX_RATIO * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")


def _flatten(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer).convert("RGB")


def _rendition(picture: Image.Image, long_side: int) -> Rendition:
    scale = min(1.0, long_side / max(picture.size))
    width, height = (max(1, round(side * scale)) for side in picture.size)
    small = picture if scale == 1.0 else picture.resize((width, height), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=87)
    return Rendition(buffer.getvalue(), width, height)
