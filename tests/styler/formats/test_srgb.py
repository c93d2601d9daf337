"""Whatever the pixels and what they claim, the colours come out right."""

import io
import struct

import numpy as np
import numpy.typing as npt
import pytest
from PIL import ExifTags, Image

from styler.formats.srgb import to_srgb
from styler.images import open_picture
from tests.styler.pictures import (
    corners,
    encoded,
    grey_profile,
    ink_profile,
    matrix_profile,
    png,
    tiff,
)

SIDE = 256
GREYS = np.tile(np.arange(SIDE), (16, 1))  # each row runs from black to white

# Red, green and blue in XYZ under D50, a column each.
SRGB = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
ADOBE_RGB = np.array([[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]])
DISPLAY_P3 = np.array(
    [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
)


def greys_of(image: Image.Image) -> npt.NDArray[np.int64]:
    """The first row of a picture that must be grey."""
    pixels = np.asarray(image).astype(int)
    assert (pixels == pixels[:1, :, :1]).all()
    return pixels[0, :, 0]


def flat(color: int | tuple[int, ...], mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (16, 16), color)


def only_color(image: Image.Image) -> tuple[int, ...]:
    pixels = np.asarray(image).reshape(-1, 3)
    assert (pixels == pixels[0]).all()
    return tuple(int(level) for level in pixels[0])


def close(color: tuple[int, ...], expected: tuple[int, ...], by: int = 1) -> bool:
    return all(abs(a - b) <= by for a, b in zip(color, expected, strict=True))


def to_srgb_by_hand(
    color: tuple[int, ...], primaries: npt.NDArray[np.float64], gamma: float
) -> tuple[int, ...]:
    linear = np.linalg.inv(SRGB) @ primaries @ (np.array(color) / 255) ** gamma
    levels = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear.clip(0) ** (1 / 2.4) - 0.055)
    return tuple(int(level) for level in (levels.clip(0, 1) * 255).round())


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBX", "YCbCr", "HSV"])
def test_every_opaque_kind_of_pixels(mode: str) -> None:
    black_and_white = Image.new("RGB", (32, 32), "white")
    black_and_white.paste("black", (0, 0, 16, 32))
    seen = to_srgb(black_and_white.convert(mode))
    assert seen.mode == "RGB"
    assert close(seen.getpixel((4, 4)), (0, 0, 0), by=2)
    assert close(seen.getpixel((28, 4)), (255, 255, 255), by=2)


def test_palette_colours_are_exact() -> None:
    image = corners().quantize(4)
    assert image.mode == "P"
    assert to_srgb(image).tobytes() == image.convert("RGB").tobytes()


# Transparency: everything is laid on white.


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("RGBA", (200, 100, 0, 0), (255, 255, 255)),
        ("RGBA", (200, 100, 0, 255), (200, 100, 0)),
        ("RGBA", (200, 100, 0, 51), (244, 224, 204)),  # a fifth of the colour
        ("LA", (100, 51), (224, 224, 224)),
        ("RGBa", (40, 20, 0, 51), (244, 224, 204)),  # the same, multiplied beforehand
        ("La", (20, 51), (224, 224, 224)),
    ],
)
def test_transparency_is_laid_on_white(mode: str, color: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert close(only_color(to_srgb(flat(color, mode))), expected)


def test_palette_with_opacities() -> None:
    palette = [(b"PLTE", bytes([0, 0, 0, 200, 100, 0])), (b"tRNS", bytes([0, 51]))]
    picture = open_picture(png(16, 16, 8, 3, [bytes([0] * 8 + [1] * 8)] * 16, *palette))
    assert picture.getpixel((0, 0)) == (255, 255, 255)
    assert close(picture.getpixel((15, 0)), (244, 224, 204))


def test_palette_with_one_transparent_colour() -> None:
    gif = encoded(corners().quantize(4), "GIF", transparency=0)
    with Image.open(io.BytesIO(gif)) as image:
        clear = [divmod(int(at), 64) for at in np.flatnonzero(np.asarray(image) == 0)]
    assert clear
    picture = open_picture(gif)
    assert {picture.getpixel((x, y)) for y, x in clear} == {(255, 255, 255)}


def test_one_colour_of_an_rgb_picture_is_transparent() -> None:
    rows = [bytes([9, 8, 7] * 8 + [9, 8, 6] * 8)] * 16
    picture = open_picture(png(16, 16, 8, 2, rows, (b"tRNS", struct.pack(">3H", 9, 8, 7))))
    assert picture.getpixel((0, 0)) == (255, 255, 255)
    assert picture.getpixel((15, 0)) == (9, 8, 6)


# More than eight bits: scaled, never clipped.


def test_grey_png_of_16_bits() -> None:
    content = png(SIDE, 16, 16, 0, [(GREYS[0] * 257).astype(">u2").tobytes()] * 16)
    assert (greys_of(open_picture(content)) == GREYS[0]).all()


def test_grey_png_of_16_bits_with_a_transparent_value() -> None:
    row = struct.pack(">2H", 0x8080, 0x8081) * 8  # the same grey in 8 bits
    picture = open_picture(png(16, 16, 16, 0, [row] * 16, (b"tRNS", struct.pack(">H", 0x8080))))
    assert picture.getpixel((0, 0)) == (255, 255, 255)
    assert picture.getpixel((1, 0)) == (128, 128, 128)


def test_grey_and_alpha_png_of_16_bits() -> None:
    content = png(16, 16, 16, 4, [struct.pack(">2H", 0x8080, 0xFFFF) * 16] * 16)
    assert only_color(open_picture(content)) == (128, 128, 128)


def test_rgb_png_of_16_bits() -> None:
    content = png(16, 16, 16, 2, [struct.pack(">3H", 0xFFFF, 0x8080, 0x4040) * 16] * 16)
    assert only_color(open_picture(content)) == (255, 128, 64)


def test_rgb_png_of_16_bits_with_a_transparent_colour() -> None:
    clear = (b"tRNS", struct.pack(">3H", 0xFFFF, 0x8080, 0x4040))
    content = png(16, 16, 16, 2, [struct.pack(">3H", 0x1010, 0x8080, 0x4040) * 16] * 16, clear)
    assert only_color(open_picture(content)) == (16, 128, 64)


@pytest.mark.parametrize(("photometric", "expected"), [(1, GREYS[0]), (0, GREYS[0][::-1])])
def test_grey_tiff_of_16_bits(photometric: int, expected: npt.NDArray[np.int64]) -> None:
    pixels = (GREYS * 257).astype("<u2").tobytes()
    content = tiff(SIDE, 16, pixels, bits=[16], photometric=photometric)
    assert (greys_of(open_picture(content)) == expected).all()


def test_grey_tiff_of_12_bits() -> None:
    even, odd = (GREYS[:, 0::2] * 4095 // 255), (GREYS[:, 1::2] * 4095 // 255)
    packed = np.stack([even >> 4, (even & 15) << 4 | odd >> 8, odd & 255], axis=-1).astype(np.uint8)
    content = tiff(SIDE, 16, packed.tobytes(), bits=[12], photometric=1)
    assert (abs(greys_of(open_picture(content)) - GREYS[0]) <= 1).all()


def test_rgb_tiff_of_16_bits() -> None:
    pixels = struct.pack("<3H", 0xFFFF, 0x8080, 0x4040) * 256
    content = tiff(16, 16, pixels, bits=[16] * 3, photometric=2)
    assert only_color(open_picture(content)) == (255, 128, 64)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ((GREYS * 257).astype(np.uint16), "16 bits"),
        ((GREYS * 257).astype(np.int32), "32 bits holding 16"),
        (GREYS.astype(np.int32), "32 bits holding 8"),
        (GREYS.astype(np.int32) * 2**23 - 2**30, "32 bits, signed"),
        ((GREYS / 255).astype(np.float32), "floats from 0 to 1"),
        (GREYS.astype(np.float32), "floats from 0 to 255"),
        ((GREYS * 257).astype(np.float32), "floats from 0 to 65535"),
        ((GREYS - 100).astype(np.float32), "floats below 0"),
    ],
)
def test_every_range_of_grey_is_kept_whole(values: npt.NDArray[np.generic], why: str) -> None:
    content = encoded(Image.fromarray(values), "TIFF")
    assert (abs(greys_of(open_picture(content)) - GREYS[0]) <= 1).all(), why


def test_floats_as_large_as_they_come() -> None:
    values = np.array([[-3e38, 0, 3e38, 3e38]] * 16, dtype=np.float32).repeat(4, 1)
    assert {0, 255} <= set(np.asarray(to_srgb(Image.fromarray(values)))[..., 0].flatten().tolist())


def test_floats_that_are_no_numbers() -> None:
    values = np.array([[0.5, np.nan, np.inf, -np.inf] * 4] * 16, dtype=np.float32)
    assert greys_of(to_srgb(Image.fromarray(values)))[:4].tolist() == [128, 0, 255, 0]
    nothing = np.full((16, 16), np.nan, dtype=np.float32)
    assert only_color(to_srgb(Image.fromarray(nothing))) == (0, 0, 0)


# Inks and Lab.


@pytest.mark.parametrize("format", ["JPEG", "TIFF"])
@pytest.mark.parametrize(
    ("inks", "expected"),
    [((0, 0, 0, 0), (255, 255, 255)), ((255, 0, 0, 0), (0, 255, 255)), ((0, 0, 0, 255), (0, 0, 0))],
)
def test_inks(format: str, inks: tuple[int, ...], expected: tuple[int, ...]) -> None:
    # Photoshop's JPEGs hold inks upside down, and say so with an "Adobe" marker; Pillow writes them likewise.
    content = encoded(flat(inks, "CMYK"), format)
    assert (b"Adobe" in content) == (format == "JPEG")
    assert close(only_color(open_picture(content)), expected, by=2)


def test_inks_with_a_profile() -> None:
    # This press prints grey, L = 50, whatever the ink: sRGB (119, 119, 119). Without it cyan would be cyan.
    press = ink_profile(paper=(255, 128, 128), printed=(128, 128, 128))
    for inks, expected in (((255, 0, 0, 0), (119, 119, 119)), ((0, 0, 0, 0), (255, 255, 255))):
        content = encoded(flat(inks, "CMYK"), "TIFF", icc_profile=press)
        assert close(only_color(open_picture(content)), expected, by=2)


def test_lab() -> None:
    # CIE Lab of sRGB's pure red under D50 is (54.3, 80.8, 69.9); TIFF stores L * 2.55 and a, b signed.
    content = tiff(16, 16, struct.pack("Bbb", 138, 81, 70) * 256, bits=[8] * 3, photometric=8)
    assert close(only_color(open_picture(content)), (255, 0, 0), by=6)


# Colour profiles.


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_a_wide_profile_is_converted(format: str) -> None:
    profile = matrix_profile(DISPLAY_P3, 2.2)
    color = (200, 120, 90)
    expected = to_srgb_by_hand(color, DISPLAY_P3, 2.2)
    assert not close(expected, color, by=8)  # else this shows nothing
    content = encoded(flat(color), format, icc_profile=profile)
    assert close(only_color(open_picture(content)), expected, by=4)


def test_profiles_are_exact() -> None:
    profile = matrix_profile(ADOBE_RGB, 563 / 256)
    for color in ((100, 150, 120), (255, 255, 255), (0, 0, 0), (128, 128, 128), (60, 200, 40)):
        content = encoded(flat(color), "PNG", icc_profile=profile)
        assert close(only_color(open_picture(content)), to_srgb_by_hand(color, ADOBE_RGB, 563 / 256))


def exif_of_a_camera(index: str) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.IFD.Exif] = {
        ExifTags.Base.ColorSpace: 0xFFFF,
        ExifTags.IFD.Interop: {ExifTags.Interop.InteropIndex: index},
    }
    return exif


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "PNG"])
def test_adobe_rgb_that_only_exif_tells_of(format: str) -> None:
    color = (60, 200, 40)
    expected = to_srgb_by_hand(color, ADOBE_RGB, 563 / 256)
    assert not close(expected, color, by=8)  # else this shows nothing
    marked = encoded(flat(color), format, exif=exif_of_a_camera("R03"))
    assert close(only_color(open_picture(marked)), expected, by=4)
    usual = encoded(flat(color), format, exif=exif_of_a_camera("R98"))
    assert close(only_color(open_picture(usual)), color, by=4)


def test_a_profile_is_believed_rather_than_exif() -> None:
    color, profile = (200, 120, 90), matrix_profile(DISPLAY_P3, 2.2)
    content = encoded(flat(color), "JPEG", icc_profile=profile, exif=exif_of_a_camera("R03"))
    assert close(only_color(open_picture(content)), to_srgb_by_hand(color, DISPLAY_P3, 2.2), by=4)


def test_a_profile_under_transparency_and_a_palette() -> None:
    profile, color = matrix_profile(ADOBE_RGB, 563 / 256), (100, 150, 120)
    expected = to_srgb_by_hand(color, ADOBE_RGB, 563 / 256)
    for image in (flat((*color, 255), "RGBA"), flat(color).quantize(2)):
        assert close(only_color(open_picture(encoded(image, "PNG", icc_profile=profile))), expected)


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_profile(mode: str) -> None:
    # Linear light: 55 of 255 is what sRGB writes as 128.
    image = flat(55, "L").convert(mode)
    content = encoded(image, "PNG", icc_profile=grey_profile(1.0))
    assert close(only_color(open_picture(content)), (128, 128, 128), by=2)


def test_a_grey_picture_with_the_profile_of_a_screen() -> None:
    content = encoded(flat(55, "L"), "PNG", icc_profile=matrix_profile(SRGB, 1.0))
    assert close(only_color(open_picture(content)), (128, 128, 128), by=2)


def test_grey_of_16_bits_with_a_profile() -> None:
    with Image.open(io.BytesIO(png(16, 16, 16, 0, [struct.pack(">H", 55 * 257) * 16] * 16))) as image:
        image.info["icc_profile"] = grey_profile(1.0)
        assert close(only_color(to_srgb(image)), (128, 128, 128), by=2)


@pytest.mark.parametrize(
    "profile",
    [
        b"no profile at all",
        matrix_profile(ADOBE_RGB, 2.2)[:200],
        bytes(len(matrix_profile(ADOBE_RGB, 2.2))),
        matrix_profile(ADOBE_RGB, 2.2).replace(b"rTRC", b"xTRC"),
        grey_profile(2.2),  # sound, but for another kind of picture
        ink_profile((255, 128, 128), (128, 128, 128)),
    ],
    ids=["junk", "cut", "zeros", "incomplete", "grey", "inks"],
)
def test_a_profile_that_cannot_be_used_is_ignored(profile: bytes) -> None:
    assert only_color(open_picture(encoded(flat((100, 150, 120)), "PNG", icc_profile=profile))) == (
        100,
        150,
        120,
    )


def test_what_comes_out_says_nothing_and_is_new() -> None:
    image = corners()
    image.info = {"comment": b"SECRET", "icc_profile": matrix_profile(SRGB, 2.2)}
    before = image.tobytes()
    picture = to_srgb(image)
    assert picture.info == {}
    assert picture is not image
    picture.paste("black", (0, 0, 64, 48))
    assert image.tobytes() == before
