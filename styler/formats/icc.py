"""Makes ICC profiles, version 2.1 (ICC.1:2001-04, section 6), for pictures that lack theirs."""

import struct
from collections.abc import Mapping, Sequence

WHITE = (0.9642, 1.0, 0.8249)  # of the space that profiles connect to: XYZ under D50


def matrix_profile(
    red: Sequence[float], green: Sequence[float], blue: Sequence[float], gamma: float
) -> bytes:
    """For RGB: the three colours in XYZ under D50, and the exponent of all three."""
    colors = {b"rXYZ": xyz(red), b"gXYZ": xyz(green), b"bXYZ": xyz(blue)}
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve(gamma))
    return profile(b"mntr", b"RGB ", b"XYZ ", {**colors, **curves})


def profile(kind: bytes, space: bytes, connection: bytes, tags: Mapping[bytes, bytes]) -> bytes:
    """kind: of device, mntr or prtr. space: of the picture. connection: XYZ or Lab. Four bytes each."""
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"made\0" + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": xyz(WHITE),
        **tags,
    }
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content.ljust(-(-len(content) // 4) * 4, b"\0")
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"none", 0x02100000, kind, space, connection)
    head += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp"
    return head.ljust(68, b"\0") + xyz(WHITE)[8:] + bytes(128 - 80) + table + body


def xyz(color: Sequence[float]) -> bytes:
    """The content of a tag that is a colour."""
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in color))


def curve(gamma: float) -> bytes:
    """The content of a tag that is an exponent."""
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
