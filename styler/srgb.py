"""Any kind of pixels -> RGB, 8 bits, sRGB, nothing transparent and nothing else on board.

Whatever a file says about its colours is used up here: the picture that comes out needs no profile, no palette
and no transparency to look right.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageCms

_TIFF_BITS_PER_SAMPLE = 258
# What a grey profile, an RGB profile and so on can be applied to, by the name that ICC gives the colour space.
_MODE_OF_SPACE = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK", "Lab": "LAB"}


def to_srgb(image: Image.Image) -> Image.Image:
    """A new RGB picture (8 bits, sRGB, laid on white) with the same size and no metadata; `image` is kept as it is.

    Raises whatever Pillow raises when the pixels cannot be decoded.
    """
    profile = image.info.get("icc_profile")
    colours, alpha = _split_alpha(_to_8_bits(image))
    with quiet_pillow():
        picture = _apply_profile(colours, profile)
    flat = Image.new("RGB", image.size, "white")
    flat.paste(picture, mask=alpha)
    return flat


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Silences Pillow's own warnings (large pictures, odd EXIF): we check sizes ourselves and mend what we can.

    `catch_warnings` is not made for threads; as the filter names Pillow alone, the worst that a race can do is to
    silence Pillow for longer.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.|pillow_heif")
        yield


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Grey pictures of 16 bits, 32 bits or floats -> L, by scaling (Pillow's own conversion would clip)."""
    if image.mode.startswith("I;16"):
        bits = _bits_per_sample(image)
        return _scaled(image, 0, 2**bits - 1)
    if image.mode in {"I", "F"}:
        return _scaled(image, *_range_of(image))
    return image


def _bits_per_sample(image: Image.Image) -> int:
    tags = getattr(image, "tag_v2", None) or {}
    bits = tags.get(_TIFF_BITS_PER_SAMPLE, (16,))
    return int(bits[0]) if 8 < bits[0] <= 16 else 16


def _range_of(image: Image.Image) -> tuple[float, float]:
    """(black, white) of a picture that does not say: the smallest usual range that holds all its values."""
    values = np.asarray(image)
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    usual = (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)
    for white in usual:
        if low >= 0 and high <= white:
            return 0.0, white
    return low, high


def _scaled(image: Image.Image, black: float, white: float) -> Image.Image:
    values = np.nan_to_num(np.asarray(image, dtype=np.float32), nan=black, posinf=white, neginf=black)
    scaled = (values - black) * (255 / max(white - black, 1e-30))
    return Image.fromarray(np.clip(scaled + 0.5, 0, 255).astype(np.uint8))


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """(L, RGB, CMYK or LAB picture, its opacity as L or None)."""
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return rgba.convert("RGB"), rgba.getchannel("A")
    if image.mode in {"L", "RGB", "CMYK", "LAB"}:
        return image, None
    return image.convert("L" if image.mode == "1" else "RGB"), None


def _apply_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    """L, RGB, CMYK or LAB -> RGB in sRGB. A profile that is broken or made for another kind of picture is ignored."""
    if profile:
        try:
            return _convert(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    if image.mode == "LAB":
        return _convert(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    return image.convert("RGB")


def _convert(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    mode = _MODE_OF_SPACE[profile.profile.xcolor_space.strip()]
    if mode != image.mode:
        image = image.convert(mode)
    converted = ImageCms.profileToProfile(
        image,
        profile,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert converted is not None  # it is None only with inPlace=True
    return converted
