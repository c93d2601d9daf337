"""Pictures for tests, good and odd, made on the spot: also those that Pillow can read but not write."""

import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image

from styler.formats import icc

pillow_heif.register_heif_opener()

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF")

RED, GREEN, BLUE, WHITE = (230, 30, 30), (20, 180, 40), (30, 40, 220), (255, 255, 255)


def corners(width: int = 64, height: int = 48) -> Image.Image:
    """Red at the top left, green at the top right, blue at the bottom left, white at the bottom right."""
    image = Image.new("RGB", (width, height), WHITE)
    half = (width // 2, height // 2)
    for color, at in ((RED, (0, 0)), (GREEN, (half[0], 0)), (BLUE, (0, half[1]))):
        image.paste(color, (*at, at[0] + half[0], at[1] + half[1]))
    return image


def noise(width: int, height: int) -> Image.Image:
    """Every pixel of a colour of its own, and always the same ones."""
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


def encoded(image: Image.Image, format: str, **parameters: object) -> bytes:
    """`image` as a file, as exactly as the format can."""
    exact: dict[str, dict[str, object]] = {
        "JPEG": {"quality": 98, "subsampling": 0},
        "WEBP": {"lossless": True},
        "HEIF": {"quality": 95, "chroma": 444},
        "AVIF": {"quality": 95, "subsampling": "4:4:4"},
    }
    buffer = io.BytesIO()
    image.save(buffer, format, **(exact.get(format, {}) | parameters))
    return buffer.getvalue()


def stored_as(upright: Image.Image, orientation: int) -> Image.Image:
    """The picture as a camera stores it with this EXIF orientation.

    From the standard's own words (EXIF 2.3, 4.6.4 A): which side of the scene row 0 and column 0 are.
    """
    pixels = np.asarray(upright)
    turned = pixels.transpose(1, 0, 2)
    return Image.fromarray(
        np.ascontiguousarray(
            {
                1: pixels,  # row 0 is the top, column 0 the left-hand side
                2: pixels[:, ::-1],  # top, right
                3: pixels[::-1, ::-1],  # bottom, right
                4: pixels[::-1],  # bottom, left
                5: turned,  # left, top
                6: turned[::-1],  # right, top
                7: turned[::-1, ::-1],  # right, bottom
                8: turned[:, ::-1],  # left, bottom
            }[orientation]
        )
    )


def exif(orientation: int = 1) -> bytes:
    """EXIF as of a phone: orientation, maker, and a place in GPS."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "SECRET camera"
    tags.get_ifd(0x8825).update({1: "N", 2: (59.0, 57.0, 3.0), 3: "E", 4: (30.0, 18.0, 55.0)})
    return tags.tobytes()


def png(
    width: int, height: int, depth: int, kind: int, rows: Sequence[bytes], *chunks: tuple[bytes, bytes]
) -> bytes:
    """A PNG of any depth; kind as in its header: 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGB + alpha."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    body = (*chunks, (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunk(*each) for each in body)


def tiff(width: int, height: int, pixels: bytes, *, bits: Sequence[int], photometric: int) -> bytes:
    """An uncompressed little-endian TIFF; photometric 0 white-is-zero, 1 black-is-zero, 2 RGB, 8 Lab."""
    entries = [  # tag, type (3: short, 4: long), values
        (256, 4, [width]),
        (257, 4, [height]),
        (258, 3, list(bits)),
        (259, 3, [1]),
        (262, 3, [photometric]),
        (273, 4, [8]),
        (277, 3, [len(bits)]),
        (278, 4, [height]),
        (279, 4, [len(pixels)]),
    ]
    directory_at = 8 + len(pixels)
    extra_at = directory_at + 2 + 12 * len(entries) + 4
    directory, extra = struct.pack("<H", len(entries)), b""
    for tag, kind, values in entries:
        content = struct.pack(f"<{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(content) > 4:
            content, extra = struct.pack("<I", extra_at + len(extra)), extra + content
        directory += struct.pack("<HHI", tag, kind, len(values)) + content.ljust(4, b"\0")
    return b"II*\0" + struct.pack("<I", directory_at) + pixels + directory + bytes(4) + extra


def matrix_profile(primaries: npt.NDArray[np.float64], gamma: float) -> bytes:
    """An RGB profile: columns of `primaries` are red, green and blue in XYZ under D50."""
    red, green, blue = primaries.T.tolist()
    return icc.matrix_profile(red, green, blue, gamma)


def grey_profile(gamma: float) -> bytes:
    return icc.profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": icc.curve(gamma)})


def ink_profile(paper: Sequence[int], printed: Sequence[int]) -> bytes:
    """A CMYK profile of a strange press: paper without ink has one colour, any full ink another.

    Both as Lab in 8 bits: L * 2.55, a + 128, b + 128.
    """
    identity = bytes(range(256))
    unit = struct.pack(">9I", *(65536 * (n % 4 == 0) for n in range(9)))
    grid = bytes(paper) + bytes(printed) * 15  # two points along each of four inks
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + unit + identity * 4 + grid + identity * 3
    return icc.profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": table})


def exif_behind_the_pixels(upright: Image.Image) -> bytes:
    """A PNG that lies on its side, and says so only after its pixels."""
    content = encoded(stored_as(upright, 6), "PNG")
    chunk = b"eXIf" + exif(6).removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    at = content.index(b"IEND") - 4
    return content[:at] + chunk + content[at:]
