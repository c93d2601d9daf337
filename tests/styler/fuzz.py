"""Damages real pictures in many ways and opens what comes of it: `python -m tests.styler.fuzz COUNT [SEED]`.

A program of its own, because that is what a crash in a decoder ends, and what a memory limit holds. It prints
a line of JSON: how many files were opened and how many refused, and why. Whatever else happens ends it, a
warning included; the file that did it is then left in the temporary folder.
"""

import json
import random
import resource
import struct
import sys
import tempfile
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image

from styler.errors import PictureError
from styler.formats import decoding
from styler.images import inspect_picture, open_picture
from tests.styler.pictures import FORMATS, corners, encoded, exif, grey_profile, ink_profile, png, tiff

MEMORY = 2 * 1024**3  # bytes of addresses; the program itself takes a fifth of it
PIXELS = 2_000_000  # instead of 100 million: sizes are damaged too, and large honest ones only take time

SIZE = (40, 24)
SCREEN = {"icc_profile": grey_profile(2.2)}
PHONE = {"exif": exif(6)}
FILM = {"save_all": True, "append_images": [Image.new("RGB", SIZE, "navy")], "duration": 90}


def seeds() -> dict[str, bytes]:
    """Real files: every format that is let in, in the variants that decoders treat differently."""
    plain = corners(*SIZE)
    alpha = plain.copy()
    alpha.putalpha(plain.convert("L"))
    files = {format: encoded(plain, format) for format in FORMATS}
    files |= {
        f"{format} of a phone": encoded(plain, format, **PHONE)
        for format in ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF")
    }
    files |= {
        f"{format} with a profile": encoded(plain, format, **SCREEN)
        for format in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF")
    }
    files |= {f"{format} film": encoded(plain, format, **FILM) for format in ("GIF", "PNG", "WEBP", "AVIF")}
    files |= {f"{format} with alpha": encoded(alpha, format) for format in ("PNG", "WEBP", "HEIF", "AVIF")}
    files |= {
        f"TIFF {way}": encoded(plain, "TIFF", compression=way)
        for way in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd")
    }
    files |= {
        f"TIFF {way}": encoded(plain.convert("1"), "TIFF", compression=way) for way in ("group3", "group4")
    }
    return files | {
        "progressive JPEG": encoded(plain, "JPEG", progressive=True, comment=b"words"),
        "CMYK JPEG": encoded(
            plain.convert("CMYK"), "JPEG", icc_profile=ink_profile((255, 128, 128), (0, 0, 0))
        ),
        "JPEG with restarts": encoded(plain, "JPEG", restart_marker_rows=1),
        "MPO": encoded(plain, "MPO", save_all=True, append_images=[plain]),
        "palette PNG": encoded(plain.quantize(8), "PNG", transparency=1),
        "PNG of 16 bits": png(
            *SIZE, 16, 6, [bytes(range(64)) * 5] * SIZE[1], (b"gAMA", struct.pack(">I", 45455))
        ),
        "palette BMP": encoded(plain.quantize(8), "BMP"),
        "BMP with alpha": encoded(alpha, "BMP"),
        "TIFF of 16 bits": tiff(*SIZE, bytes(1920), bits=[16], photometric=1),
        "Lab TIFF": tiff(*SIZE, bytes(2880), bits=[8] * 3, photometric=8),
        "floating TIFF": encoded(plain.convert("F"), "TIFF"),
        "BigTIFF": encoded(plain, "TIFF", big_tiff=True),
        "lossy WEBP": encoded(plain, "WEBP", lossless=False, **PHONE, **SCREEN),
    }


INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def _set_byte(content: bytearray, at: int, dice: random.Random, _other: bytes) -> None:
    content[at] = dice.randrange(256)


def _flip_bit(content: bytearray, at: int, dice: random.Random, _other: bytes) -> None:
    content[at] ^= 1 << dice.randrange(8)


def _set_number(content: bytearray, at: int, dice: random.Random, _other: bytes) -> None:
    number = (dice.choice(INTERESTING) + dice.choice((0, 0, 0, -1, 1))) % 2**32
    length = dice.choice((2, 4))
    content[at : at + length] = (number % 256**length).to_bytes(length, dice.choice(("big", "little")))


def _cut_off(content: bytearray, at: int, _dice: random.Random, _other: bytes) -> None:
    del content[at:]


def _take_out(content: bytearray, at: int, dice: random.Random, _other: bytes) -> None:
    del content[at : at + dice.randrange(1, 64)]


def _repeat(content: bytearray, at: int, dice: random.Random, _other: bytes) -> None:
    content[at:at] = content[at : at + dice.randrange(1, 256)] * dice.choice((1, 1, 2, 50))


def _put_in(content: bytearray, at: int, dice: random.Random, _other: bytes) -> None:
    content[at:at] = dice.randbytes(dice.randrange(1, 32))


def _mix(content: bytearray, at: int, dice: random.Random, other: bytes) -> None:
    start = dice.randrange(len(other))
    length = dice.randrange(1, 200)
    content[at : at + length] = other[start : start + length]


Damage = Callable[[bytearray, int, random.Random, bytes], None]
OFTEN: tuple[Damage, ...] = (_set_byte, _flip_bit, _set_number)
DAMAGES: tuple[Damage, ...] = (*OFTEN, *OFTEN, _cut_off, _take_out, _repeat, _put_in, _mix)


def damaged(files: list[bytes], dice: random.Random) -> bytes:
    """One of the files, damaged in a few places; a PNG often with right sums, or all would end at them."""
    content = bytearray(dice.choice(files))
    for _ in range(dice.choice((1, 1, 2, 3, 5, 8))):
        if len(content) > 8:
            near_start = min(len(content), 300) if dice.random() < 0.5 else len(content)  # where headers are
            dice.choice(DAMAGES)(content, dice.randrange(near_start), dice, dice.choice(files))
    return _with_right_sums(bytes(content)) if dice.random() < 0.7 else bytes(content)


def _with_right_sums(content: bytes) -> bytes:
    if not content.startswith(b"\x89PNG\r\n\x1a\n"):
        return content
    mended, at = content[:8], 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        body = content[at + 4 : at + 8 + length]
        mended += content[at : at + 4] + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + length
    return mended + content[at:]


def inputs(count: int, seed: int) -> Iterator[bytes]:
    """The same ones for the same seed."""
    dice = random.Random(seed)
    files = list(seeds().values())
    return (damaged(files, dice) for _ in range(count))


def check(content: bytes) -> str:
    """Opens a file as the program does: "opened", or why it was refused. Anything else is raised."""
    try:
        info = inspect_picture(content)
        picture = open_picture(content, at_least=16)
    except PictureError as error:
        return str(error.reason)
    assert picture.mode == "RGB", picture.mode
    assert not picture.info, picture.info
    long_side, short_side = max(info.width, info.height), min(info.width, info.height)
    assert picture.size == (info.width, info.height) or max(picture.size) == 16 < long_side, short_side
    return "opened"


def main() -> None:
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    decoding.MAX_PIXELS = PIXELS
    last = Path(tempfile.gettempdir()) / f"fuzz-{seed}"
    ends: Counter[str] = Counter()
    with warnings.catch_warnings(record=True) as escaped:  # raised, they would be taken for damage
        warnings.simplefilter("always")
        for content in inputs(count, seed):
            last.write_bytes(content)  # for whoever must find out why there is no next one
            ends[check(content)] += 1
            assert not escaped, escaped[0]
    last.unlink()
    print(json.dumps(ends))


if __name__ == "__main__":
    main()
