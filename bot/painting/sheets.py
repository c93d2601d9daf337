"""One photo in many styles: puts the cells of a sheet together.

Painting it may be stopped at any time and gone on with later: what was painted waits beside the output.
"""

from collections.abc import Sequence

from PIL import Image

from bot.jobs import Job
from bot.painting.painter import PaintOrder, SheetOrder
from styler.images import fit_within, open_picture, resize
from styler.options import DEFAULT_SIZE_CPU
from styler.sheet import GROUND, cell_size, contact_sheet

PALE = 0.75  # how much of the ground covers the photo where nothing is painted yet


def compose(order: SheetOrder, pale: Image.Image | None = None) -> Image.Image:
    """The sheet as far as it is painted; elsewhere the photo shines through. pale: `pale_photo`, if known."""
    pictures = {cell.output: open_picture(cell.output) for cell in painted(order.cells)}
    pale = pale or pale_photo(order)
    width, height = cell_size(*pale.size)
    count = len(order.cells)
    columns = max(2, min(7, round((count * height / width) ** 0.5)))  # about as high as wide
    cells = [
        (title, pictures.get(cell.output, pale))
        for title, cell in zip(order.titles, order.cells, strict=True)
    ]
    return contact_sheet(cells, columns, width, height, whole=True)


def pale_photo(order: SheetOrder) -> Image.Image:
    """What a sheet shows where nothing is painted yet, of the size of its cells."""
    first = order.cells[0]
    photo = open_picture(first.content, first.options.size)
    photo = resize(photo, fit_within(*photo.size, first.options.size or DEFAULT_SIZE_CPU))
    return Image.blend(photo, Image.new("RGB", photo.size, GROUND), PALE)


def cell_names(job: Job) -> list[str]:
    """The files of the results folder that the cells of a job's sheet are, one for each style."""
    return [f"{job.id}-{number}.png" for number in range(1, len(job.styles) + 1)]


def painted(cells: Sequence[PaintOrder]) -> list[PaintOrder]:
    """The cells of a sheet that are there already."""
    return [cell for cell in cells if cell.output.is_file()]
