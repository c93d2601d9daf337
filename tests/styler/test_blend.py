"""Blending a painting with its photo: cases worked out by hand, and what must hold for any picture."""

import pytest
from PIL import Image, ImageStat

from styler.blend import blend, with_colors_of

RED, BLUE, GREY = (200, 0, 0), (0, 0, 200), (100, 100, 100)


def plain(color: tuple[int, int, int], size: tuple[int, int] = (4, 3)) -> Image.Image:
    return Image.new("RGB", size, color)


@pytest.mark.parametrize(
    ("strength", "color"),
    [(0, (200, 0, 0)), (25, (150, 0, 50)), (50, (100, 0, 100)), (75, (50, 0, 150)), (100, (0, 0, 200))],
)
def test_strength_is_the_share_of_the_painting(strength: float, color: tuple[int, int, int]) -> None:
    assert blend(plain(BLUE), plain(RED), strength).getpixel((1, 1)) == color


def test_the_photo_takes_the_size_of_the_painting() -> None:
    assert blend(plain(BLUE, (8, 6)), plain(RED, (80, 60)), 50).size == (8, 6)


def test_the_whole_painting_is_a_copy_and_needs_no_photo_of_its_size() -> None:
    painting = plain(BLUE)
    shown = blend(painting, plain(RED, (1, 1)))
    assert shown is not painting
    assert shown.tobytes() == painting.tobytes()


@pytest.mark.parametrize("strength", [-1, 101, float("nan")])
def test_a_strength_there_is_not(strength: float) -> None:
    with pytest.raises(ValueError, match="strength"):
        blend(plain(BLUE), plain(RED), strength)


def striped(dark: tuple[int, int, int], light: tuple[int, int, int]) -> Image.Image:
    """Two halves, each of an even colour."""
    image = plain(dark, (8, 8))
    image.paste(light, (4, 0, 8, 8))
    return image


def test_colors_are_the_photos_and_the_drawing_is_the_paintings() -> None:
    photo, painting = plain((180, 90, 60), (8, 8)), striped((20, 40, 160), (90, 200, 240))
    shown = with_colors_of(photo, painting)
    left, right = shown.getpixel((1, 1)), shown.getpixel((6, 6))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert sum(left) < sum(right), "the painting's dark half stays the darker one"
    for pixel in (left, right):
        assert pixel[0] > pixel[1] > pixel[2], "red before green before blue, as in the photo"


def test_light_is_drawn_towards_the_photos() -> None:
    photo, painting = plain((210, 200, 190), (8, 8)), striped((10, 10, 30), (50, 50, 70))
    mean = ImageStat.Stat(with_colors_of(photo, painting).convert("L")).mean[0]
    dark, bright = (ImageStat.Stat(each.convert("L")).mean[0] for each in (painting, photo))
    assert (mean - dark) / (bright - dark) == pytest.approx(0.7, abs=0.02)


def test_a_photo_in_grey_makes_the_painting_grey() -> None:
    shown = with_colors_of(plain(GREY), plain(BLUE))
    pixel = shown.getpixel((0, 0))
    assert isinstance(pixel, tuple)
    assert max(pixel) - min(pixel) <= 1
