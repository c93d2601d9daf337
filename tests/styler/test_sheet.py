"""The contact sheet: its size, its order, its labels."""

import numpy as np
import pytest
from PIL import Image, ImageColor

from styler.preset_names import slugify
from styler.sheet import GROUND, can_write, cell_size, contact_sheet

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (90, 60)) -> Image.Image:
    return Image.new("RGB", size, colour)


def test_pictures_lie_row_by_row():
    sheet = contact_sheet(
        [("a", picture(RED)), ("b", picture(GREEN)), ("c", picture(BLUE))], columns=2, cell=64
    )
    assert sheet.size == (4 + 2 * 68, 4 + 2 * (64 + 14 + 4))
    assert sheet.getpixel((36, 36)) == RED
    assert sheet.getpixel((104, 36)) == GREEN
    assert sheet.getpixel((36, 118)) == BLUE


def test_fewer_pictures_than_columns_leave_no_empty_column():
    assert contact_sheet([("a", picture(RED))], columns=4, cell=64).width == 72


def test_a_long_picture_is_cropped_not_squeezed():
    long = Image.new("RGB", (300, 100), RED)
    long.paste(GREEN, (100, 0, 200, 100))
    sheet = contact_sheet([("a", long)], cell=100)
    assert sheet.getpixel((10, 50)) == GREEN
    assert sheet.getpixel((100, 50)) == GREEN


def test_a_long_picture_that_is_to_stay_whole_has_margins():
    long = Image.new("RGB", (400, 100), RED)
    long.paste(GREEN, (100, 0, 300, 100))
    width, height = cell_size(*long.size)
    assert (width, height) == (400, 200)
    sheet = contact_sheet([("a", long)], 1, width, height, whole=True)
    middle = 25 + height // 2
    assert sheet.getpixel((25 + 390, middle)) == RED
    assert sheet.getpixel((25 + 200, middle)) == GREEN
    assert sheet.getpixel((25 + 200, 25 + 10)) == ImageColor.getrgb(GROUND)


def caption(label: str) -> np.ndarray:
    """The strip under the picture, and the gap to the right of it."""
    return np.asarray(contact_sheet([(label, picture(RED))], cell=128))[8 + 128 :]


def test_the_label_is_written_under_the_picture_and_fits():
    ground = np.asarray(Image.new("RGB", (1, 1), GROUND))[0, 0]
    strip = caption("a-name-far-too-long-for-the-small-room-under-it")
    assert (strip != ground).any()
    assert (strip[:, -8:] == ground).all()


def test_a_label_in_russian_is_written_as_it_is():
    assert can_write("Звёздная ночь (1889)")
    assert (caption("Волна") != caption("volna")).any()


@pytest.mark.parametrize("label", ["浪", "🌊 wave"])
def test_a_label_without_letters_for_it_is_transliterated(label: str):
    assert not can_write(label)
    assert (caption(label) == caption(slugify(label))).all()


def test_the_number_stands_in_the_corner():
    numbered = [np.asarray(contact_sheet([("a", picture(RED))], cell=128, first=first)) for first in (7, 8)]
    corner = (slice(8, 8 + 128 // 4), slice(8, 8 + 128 // 4))
    assert (numbered[0][corner] != numbered[1][corner]).any()
    rest = [sheet[8 + 128 // 4 :] for sheet in numbered]
    assert (rest[0] == rest[1]).all()


def test_without_labels_no_room_is_left_for_them():
    assert contact_sheet([("", picture(RED))], cell=64).size == (72, 72)


def test_pictures_of_any_mode_are_taken():
    cells = [("grey", Image.new("L", (20, 20), 90)), ("clear", Image.new("RGBA", (20, 20), (255, 0, 0, 255)))]
    assert contact_sheet(cells, cell=64).mode == "RGB"


def test_nothing_to_show_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        contact_sheet([])


def test_a_sheet_without_numbers():
    sheet = contact_sheet([("", picture(RED))], cell=64, first=None)
    assert sheet.crop((4, 4, 68, 68)).getcolors() == [(64 * 64, RED)]
