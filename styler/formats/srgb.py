"""Any kind of pixels -> RGB, 8 bits, sRGB, opaque.

Whatever a picture says about its colours is used up here: what comes out needs no profile, no palette and no
transparency to look right.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from styler.formats import adobe_rgb

_TIFF_BITS_PER_SAMPLE = 258
_TIFF_PHOTOMETRIC = 262  # 0: the smallest value is white
# The mode of the pictures that a profile is for, by ICC's name of its colour space.
_MODE_OF_PROFILE = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK", "Lab": "LAB"}


def to_srgb(image: Image.Image, ground: str = "white") -> Image.Image:
    """A new RGB picture (8 bits, sRGB, laid on a ground of that colour) of the same size, with no metadata.

    Raises OSError or ValueError when what `image` says about its own colours makes no sense.
    """
    with quiet_pillow():
        colors, opacity = _split(_to_8_bits(image))
        picture = _apply_profile(colors, _profile_of(image))
    if opacity is not None:
        canvas = Image.new("RGB", image.size, ground)
        canvas.paste(picture, mask=opacity)
        picture = canvas
    picture.info = {}
    return picture


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """Silences Pillow's own warnings (large pictures, odd EXIF): sizes are checked and oddities mended here.

    `catch_warnings` knows nothing of threads. As the filter names Pillow alone, the worst that two threads
    can do to each other is to silence Pillow for longer.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.|pillow_heif")
        yield


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Grey pictures of 16 bits, 32 bits or floats -> L or LA, scaled: Pillow's own conversion clips them."""
    if image.mode.startswith("I;16"):
        values = np.asarray(image)
        grey = Image.fromarray(_levels_of(image)[values])
        clear = image.info.get("transparency")
        if isinstance(clear, int):  # of a PNG: one of the values, not all of its grey level
            grey.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
        return grey
    if image.mode in {"I", "F"}:
        values = np.asarray(image).astype(np.float32)
        return Image.fromarray(_stretched(values, *_range_of(values, image.mode)))
    return image


def _levels_of(image: Image.Image) -> npt.NDArray[np.uint8]:
    """The grey level, 0 to 255, of each of the 65536 values that a 16-bit pixel can have."""
    tags = getattr(image, "tag_v2", {})
    bits = tags.get(_TIFF_BITS_PER_SAMPLE, (16,))[0]
    levels = _stretched(np.arange(65536, dtype=np.float32), 0, 2**bits - 1)
    # Pillow turns white-is-zero pictures round when they have 8 bits, but not when they have 16.
    return 255 - levels if tags.get(_TIFF_PHOTOMETRIC) == 0 else levels


def _range_of(values: npt.NDArray[np.float32], mode: str) -> tuple[float, float]:
    """(black, white) of a picture that does not say: the smallest usual range that holds all its values."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    usual = (1.0, 255.0, 65535.0) if mode == "F" else (255.0, 65535.0)
    if low >= 0:
        high = next((white for white in usual if high <= white), high)
        low = 0.0 if high in usual else low
    return low, high


def _stretched(values: npt.NDArray[np.float32], black: float, white: float) -> npt.NDArray[np.uint8]:
    """black..white -> 0..255, rounded. What is no number is black."""
    known = np.nan_to_num(values, nan=black, posinf=white, neginf=black)
    with np.errstate(over="ignore"):  # floats may be as large as they come; infinite ones are clipped as well
        levels = (known - black) * (255 / ((white - black) or 1)) + 0.5
    return levels.clip(0, 255).astype(np.uint8)


def _split(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The colours as L, RGB, CMYK or LAB, and the opacity as L (None when all is opaque)."""
    if image.mode in {"La", "RGBa"}:  # colours already multiplied by the opacity
        image = image.convert("LA" if image.mode == "La" else "RGBA")
    if image.mode == "LA":
        return image.getchannel("L"), image.getchannel("A")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return rgba.convert("RGB"), rgba.getchannel("A")
    if image.mode in {"L", "RGB", "CMYK", "LAB"}:
        return image, None
    return image.convert("L" if image.mode == "1" else "RGB"), None


def _profile_of(image: Image.Image) -> bytes:
    """Its ICC profile; empty where it has none, and so is in sRGB."""
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and profile:
        return profile
    return adobe_rgb.profile() if image.mode == "RGB" and adobe_rgb.is_marked(image) else b""


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image:
    """L, RGB, CMYK or LAB -> a new picture in sRGB. A broken profile, or one of another kind, is ignored."""
    if profile:
        try:
            return _converted(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
        except (ImageCms.PyCMSError, OSError):
            pass
    if image.mode == "LAB":
        return _converted(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    return image.convert("RGB")


def _converted(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    mode = _MODE_OF_PROFILE.get(profile.profile.xcolor_space.strip())
    if (image.mode, mode) == ("L", "RGB"):
        # A grey picture saved with the profile of a screen: usual, and clear.
        image = image.convert("RGB")
    if image.mode != mode:
        raise ImageCms.PyCMSError(f"a profile for {mode} says nothing about {image.mode}")
    converted = ImageCms.profileToProfile(
        image,
        profile,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert converted is not None  # None is only for inPlace=True
    return converted
