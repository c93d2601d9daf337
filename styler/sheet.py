"""A contact sheet: small pictures in a numbered, labelled grid, to choose from at a glance."""

from collections.abc import Sequence
from functools import cache

import font_manrope
from PIL import Image, ImageDraw, ImageFont, ImageOps

from styler.options import DEFAULT_SHEET_COLUMNS, DEFAULT_SHEET_SIZE
from styler.preset_names import slugify

GROUND, INK = "#faf8f5", "#26221f"
BADGE, BADGE_INK = (38, 34, 31, 205), "#ffffff"
STEEPEST_CELL = 2  # one side to the other, at most
NOWHERE = "\U0010ffff"  # no font has it: what is drawn for it is drawn for every letter that is missing


def contact_sheet(
    cells: Sequence[tuple[str, Image.Image]],
    columns: int = DEFAULT_SHEET_COLUMNS,
    cell: int = DEFAULT_SHEET_SIZE,
    height: int | None = None,
    *,
    first: int | None = 1,
    whole: bool = False,
) -> Image.Image:
    """The `cells`, each a label and a picture, numbered from `first`, row by row, `columns` to a row.

    cell: the width in pixels that each picture is cropped to, or fitted into where it is to stay whole;
    height: as the width; first: None for no numbers. The number stands in the picture's corner, the label
    below; one that cannot be written is transliterated. Raises `ValueError` where there are no cells.
    """
    if not cells:
        raise ValueError("a contact sheet needs at least one picture")
    columns = min(columns, len(cells))
    height, labels = height or cell, any(label for label, _ in cells)
    gap, line = _gap_and_line(cell, labels)
    sheet = Image.new("RGB", sheet_size(len(cells), columns, cell, height, labels=labels), GROUND)
    for k, (label, picture) in enumerate(cells):
        corner = gap + k % columns * (cell + gap), gap + k // columns * (height + line + gap)
        sheet.paste(_fitted(picture.convert("RGB"), (cell, height), whole), corner)
        if first is not None:
            _badge(sheet, str(first + k), corner, cell)
        if label:
            _caption(sheet, label, (corner[0], corner[1] + height), (cell, line))
    return sheet


def sheet_size(cells: int, columns: int, cell: int, height: int, *, labels: bool = True) -> tuple[int, int]:
    """Width and height in pixels of the `contact_sheet` of so many cells, with labels or without any."""
    columns = min(columns, cells)
    rows = -(-cells // columns)
    gap, line = _gap_and_line(cell, labels)
    return gap + columns * (cell + gap), gap + rows * (height + line + gap)


def cell_size(width: int, height: int) -> tuple[int, int]:
    """Of pictures of this size that are to stay whole: wide and high enough for a number and a label."""
    least = max(width, height) // STEEPEST_CELL
    return max(width, least), max(height, least)


def can_write(label: str) -> bool:
    """Whether a sheet has the letters of it: Latin and Cyrillic ones, no emoji."""
    return all(_has(letter) for letter in label if not letter.isspace())


def _gap_and_line(cell: int, labels: bool) -> tuple[int, int]:
    """Pixels between two pictures, and those for the label below each."""
    return max(4, cell // 16), max(14, cell // 8) if labels else 0


def _fitted(picture: Image.Image, size: tuple[int, int], whole: bool) -> Image.Image:
    if whole:
        return ImageOps.pad(picture, size, Image.Resampling.LANCZOS, GROUND)
    return ImageOps.fit(picture, size, Image.Resampling.LANCZOS)


def _badge(sheet: Image.Image, number: str, corner: tuple[int, int], cell: int) -> None:
    """The number, legible on any picture even where the sheet is shown small."""
    draw = ImageDraw.Draw(sheet, "RGBA")
    high, edge = max(12, cell // 6), cell // 32
    font = _font("Manrope-Bold", high * 0.68)
    wide = max(high, round(draw.textlength(number, font) + high * 0.6))
    left, top = corner[0] + edge, corner[1] + edge
    draw.rounded_rectangle((left, top, left + wide, top + high), high / 2, BADGE)
    draw.text((left + wide / 2, top + high / 2), number, BADGE_INK, font, anchor="mm")


def _caption(sheet: Image.Image, label: str, corner: tuple[int, int], room: tuple[int, int]) -> None:
    """The label, as large as the room under the picture allows."""
    draw = ImageDraw.Draw(sheet)
    text = label if can_write(label) else slugify(label)
    size = room[1] * 0.72
    font = _font("Manrope-Medium", size)
    wide = draw.textlength(text, font)
    if wide > room[0]:
        font = _font("Manrope-Medium", size * room[0] / wide)
    draw.text((corner[0], corner[1] + room[1] / 2), text, INK, font, anchor="lm")


@cache
def _font(name: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(f"{font_manrope.font_directory}/{name}.ttf", size)


@cache
def _has(letter: str) -> bool:
    font = _font("Manrope-Medium", 20)
    return bytes(font.getmask(letter)) != bytes(font.getmask(NOWHERE))
