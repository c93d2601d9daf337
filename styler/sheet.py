"""A contact sheet: small pictures in a numbered, labelled grid, to choose from at a glance."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont, ImageOps

from styler.preset_names import slugify

GROUND, INK, FAINT = "#faf8f5", "#26221f", "#8d857d"


def contact_sheet(
    cells: Sequence[tuple[str, Image.Image]],
    columns: int = 4,
    cell: int = 256,
    height: int | None = None,
    *,
    first: int = 1,
) -> Image.Image:
    """The `cells`, each a label and a picture, numbered from `first`, row by row, `columns` to a row.

    cell: the width in pixels that each picture is cropped to; height: as the width. The font is Pillow's own,
    which has Latin letters only: other labels are transliterated. Raises `ValueError` where there are no
    cells.
    """
    if not cells:
        raise ValueError("a contact sheet needs at least one picture")
    columns = min(columns, len(cells))
    gap, line, height = max(4, cell // 16), max(14, cell // 8), height or cell
    rows = -(-len(cells) // columns)
    size = gap + columns * (cell + gap), gap + rows * (height + line + gap)
    sheet = Image.new("RGB", size, GROUND)
    for k, (label, picture) in enumerate(cells):
        corner = gap + k % columns * (cell + gap), gap + k // columns * (height + line + gap)
        sheet.paste(ImageOps.fit(picture.convert("RGB"), (cell, height), Image.Resampling.LANCZOS), corner)
        _caption(sheet, first + k, label, (corner[0], corner[1] + height), (cell, line))
    return sheet


def _caption(
    sheet: Image.Image, number: int, label: str, corner: tuple[int, int], room: tuple[int, int]
) -> None:
    """The number, faint, and the label beside it, as large as the room under the picture allows."""
    draw = ImageDraw.Draw(sheet)
    text = label if label.isascii() else slugify(label)
    count = f"{number}  "
    size = room[1] * 0.72
    font = ImageFont.load_default(size)
    wide = draw.textlength(count + text, font)
    if wide > room[0]:
        font = ImageFont.load_default(size * room[0] / wide)
    middle = corner[1] + room[1] / 2
    draw.text((corner[0], middle), count, FAINT, font, anchor="lm")
    draw.text((corner[0] + draw.textlength(count, font), middle), text, INK, font, anchor="lm")
