"""Small files that hold much beside their pixels take neither memory nor time."""

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from tests.styler.pictures import corners, encoded, grey_profile, png

SIZE = WIDTH, HEIGHT = 40, 24
ROWS = [bytes(3 * WIDTH)] * HEIGHT
MOST_KIBIBYTES = 80_000  # Pillow unpacks up to 64 MB of text


def tiff_with(tag: int, kind: int, length: int, value: int) -> bytes:
    """A TIFF that has one entry in its directory otherwise, or one more."""
    plain = encoded(corners(*SIZE), "TIFF")
    at = struct.unpack("<I", plain[4:8])[0]
    count = struct.unpack("<H", plain[at : at + 2])[0]
    entries = {
        struct.unpack("<H", entry[:2])[0]: entry
        for entry in (plain[at + 2 + 12 * n : at + 14 + 12 * n] for n in range(count))
    }
    entries[tag] = struct.pack("<HHII", tag, kind, length, value)
    directory = struct.pack("<H", len(entries)) + b"".join(entries[tag] for tag in sorted(entries)) + bytes(4)
    return plain[:4] + struct.pack("<I", len(plain)) + plain[8:] + directory


def swollen() -> dict[str, bytes]:
    """By what they hold."""
    packed = zlib.compress(bytes(200_000_000), 9)
    text = b"zTXt", b"words\0\0" + zlib.compress(bytes(900_000))
    frames = [Image.new("RGB", SIZE, (n, 0, 0)) for n in range(200)]
    return {
        "200 MB of text": png(*SIZE, 8, 2, ROWS, (b"zTXt", b"words\0\0" + packed)),
        "200 MB of text in any language": png(*SIZE, 8, 2, ROWS, (b"iTXt", b"words\0\1\0\0\0" + packed)),
        "300 texts": png(*SIZE, 8, 2, ROWS, *[text] * 300),
        "a profile of 200 MB": png(*SIZE, 8, 2, ROWS, (b"iCCP", b"name\0\0" + packed)),
        "268 million strips": tiff_with(273, 4, 0x0FFFFFFF, 8),
        "a strip of 4 billion rows": tiff_with(278, 4, 1, 0xFFFFFFFF),
        "65535 samples in a pixel": tiff_with(277, 3, 1, 0xFFFF),
        "a profile of 4 GB": tiff_with(34675, 7, 0xFFFFFFFF, 8),
        "EXIF that is the picture's own": tiff_with(34665, 4, 1, 8),
        "200 frames": encoded(corners(*SIZE), "GIF", save_all=True, append_images=frames),
    }


SCRIPT = """
import resource, sys
from pathlib import Path
from styler.errors import PictureError
from styler.images import open_picture
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in Path(sys.argv[1]).glob("good*"):  # so that every decoder is loaded
    open_picture(path)
for path in Path(sys.argv[1]).glob("[!g]*"):
    before = peak()
    try:
        open_picture(path)
    except PictureError:
        pass
    print(path.name, peak() - before, sep=":")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has another unit elsewhere")
def test_what_is_packed_beside_the_pixels_takes_no_memory(tmp_path: Path) -> None:
    for format in ("PNG", "TIFF", "GIF"):
        good = {} if format == "GIF" else {"icc_profile": grey_profile(2.2)}
        (tmp_path / f"good.{format}").write_bytes(encoded(corners(), format, **good))
    files = swollen()
    assert max(map(len, files.values())) < 500_000
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    command = [sys.executable, "-W", "error", "-c", SCRIPT, str(tmp_path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    taken = dict(line.split(":") for line in done.stdout.splitlines())
    assert set(taken) == set(files)
    assert {name for name, kibibytes in taken.items() if int(kibibytes) > MOST_KIBIBYTES} == set()
