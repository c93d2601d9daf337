"""Adobe RGB (1998), in which a camera may write photos without a profile: only EXIF tells.

EXIF has no number for this colour space; cameras mark it by the interoperability index R03 ("Design rule for
Camera File system", DCF 2.0, JEITA CP-3461A).
"""

from functools import lru_cache

from PIL import ExifTags, Image

from styler.formats.icc import matrix_profile

_R03 = "R03"
# Adobe RGB (1998) Color Image Encoding, version 2005-05, sections 4.3.4 and 4.3.5: XYZ under D50, as profiles
# have it, and the exponent.
_RED, _GREEN, _BLUE = (0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)
_GAMMA = 563 / 256


def is_marked(image: Image.Image) -> bool:
    """Whether EXIF says so. Never raises: EXIF breaks in many ways, and then says nothing."""
    try:
        # Not image.getexif(): see `styler.formats.decoding.orientation`.
        told = Image.Image.getexif(image).get_ifd(ExifTags.IFD.Interop)
        return str(told.get(ExifTags.Interop.InteropIndex, "")).strip("\0 ") == _R03
    except Exception:
        return False


@lru_cache
def profile() -> bytes:
    """The ICC profile for what is marked."""
    return matrix_profile(_RED, _GREEN, _BLUE, _GAMMA)
