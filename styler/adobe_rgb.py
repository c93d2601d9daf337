"""Adobe RGB (1998), in which a camera may write photos without a profile: only EXIF tells.

"Design rule for Camera File system", DCF 2.0 (JEITA CP-3461A): the interoperability index is R03, and the
colour space is none that EXIF has a number for.
"""

import struct
from functools import lru_cache

from PIL import ExifTags, Image

_R03 = "R03"
# Adobe RGB (1998) Color Image Encoding, version 2005-05, sections 4.3.4 and 4.3.5: XYZ under D50, as profiles
# have it, and the exponent.
_WHITE = (0.9642, 1.0, 0.8249)
_RED, _GREEN, _BLUE = (0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)
_GAMMA = 563 / 256


def is_marked(image: Image.Image) -> bool:
    """Whether EXIF says so. Never raises: EXIF breaks in many ways, and then says nothing."""
    try:
        # Not image.getexif(): see `styler.decoding.orientation`.
        told = Image.Image.getexif(image).get_ifd(ExifTags.IFD.Interop)
        return str(told.get(ExifTags.Interop.InteropIndex, "")).strip("\0 ") == _R03
    except Exception:
        return False


@lru_cache
def profile() -> bytes:
    """An ICC profile, version 2.1 (ICC.1:2001-04, section 6), for what is marked."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(_GAMMA * 256)) + bytes(2)
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 10) + b"Adobe RGB\0" + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0\0\0\0",
        **{
            name: _xyz(color)
            for name, color in zip(
                (b"wtpt", b"rXYZ", b"gXYZ", b"bXYZ"), (_WHITE, _RED, _GREEN, _BLUE), strict=True
            )
        },
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content.ljust(-(-len(content) // 4) * 4, b"\0")
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp"
    return head.ljust(68, b"\0") + _xyz(_WHITE)[8:] + bytes(48) + table + body


def _xyz(color: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in color))
