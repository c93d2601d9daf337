"""Photos by styles: every photo painted in every style, measured, the worst told, all shown on one sheet.

python -m styler.bench.grid PHOTO [PHOTO ...] --styles STYLE [STYLE ...] -o grid.md --sheet grid.jpg

For judging whether one strength means the same everywhere. The table's figures are those of
`python -m styler.bench`; on the sheet photos and styles are rows or columns, whichever are more are the rows.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from styler.allocator import keep_memory
from styler.bench.clock import say
from styler.bench.measures import Measures, Yardstick
from styler.bench.report import Table
from styler.device import resolve_device
from styler.errors import StylerError
from styler.images import open_picture
from styler.options import Quality, StyleOptions
from styler.outputs import check_folder, check_output
from styler.presets import load_presets
from styler.sources import open_styles
from styler.transfer import stylize
from styler.weights import load_weights

LEAST_EDGE, MOST_STYLE = 0.45, 0.06  # below the one a photo is hard to recognise, above the other a style
WORST = 5
CELL, GAP = 192, 6  # pixels, on the sheet


@dataclass(frozen=True, slots=True)
class Cell:
    """One photo in one style."""

    photo: str
    style: str
    picture: Image.Image
    found: Measures

    @property
    def trouble(self) -> float:
        """1 where it just meets what is wanted of it; more is worse."""
        return max(self.found.style / MOST_STYLE, LEAST_EDGE / max(self.found.edge, 1e-3))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0; 2 after one line about bad use."""
    asked = build_parser().parse_args(arguments)
    keep_memory()
    styles = asked.styles or list(load_presets())
    try:
        check_places(asked)
        options = StyleOptions(size=asked.size, quality=asked.quality, strength=asked.strength)
        cells = list(paint(asked.photos, styles, options, asked.pictures))
    except StylerError as error:
        say(f"styler.bench.grid: {error}")
        return 2
    publish(asked, tell(cells), lambda: arrange(cells, len(asked.photos), len(styles)))
    return 0


def build_parser() -> argparse.ArgumentParser:
    parser = parser_of(__doc__, "grid", sheet="all paintings on one picture")
    add = parser.add_argument
    add("--strength", type=float, help="default: each preset's own, else the middle")
    add("--pictures", type=Path, metavar="DIR", help="a folder for the paintings themselves")
    return parser


def parser_of(doc: str | None, module: str, sheet: str) -> argparse.ArgumentParser:
    """What every command that paints photos in styles asks for. sheet: what is on it."""
    summary = (doc or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog=f"python -m styler.bench.{module}", description=summary)
    add = parser.add_argument
    add("photos", nargs="+", type=Path, metavar="PHOTO")
    add("--styles", nargs="+", metavar="STYLE", help="pictures or presets; default: every preset")
    add("--size", type=int, default=512, metavar="PX", help="long side (default: %(default)s)")
    add("--quality", type=Quality, default=Quality.STANDARD, help="default: %(default)s")
    add("-o", "--output", type=Path, metavar="FILE", help="the table, in Markdown")
    add("--sheet", type=Path, metavar="FILE", help=sheet)
    return parser


def check_places(asked: argparse.Namespace) -> None:
    """Before hours of painting: whether `publish` can write what was asked for. Raises StylerError."""
    if asked.output is not None:
        check_folder(asked.output)
    if asked.sheet is not None:
        check_output(asked.sheet)


def publish(asked: argparse.Namespace, report: str, sheet: Callable[[], Image.Image]) -> None:
    """Tells the report, and writes what was asked for."""
    sys.stdout.write(report)
    if asked.output is not None:
        asked.output.write_text(report, encoding="utf-8")
    if asked.sheet is not None:
        sheet().save(asked.sheet, quality=85)


def paint(
    photos: Sequence[Path], styles: Sequence[str], options: StyleOptions, folder: Path | None = None
) -> Iterator[Cell]:
    """Row by row. Raises StylerError."""
    weights, device = load_weights("embedded"), resolve_device(options.device)
    for photo in photos:
        content = open_picture(photo)
        for style in styles:
            painted = stylize(content, style, options)
            example = open_styles(style)[0].image
            found = Yardstick(content, example, weights, device).measure(painted.image)
            name = Path(style).stem
            say(f"{photo.stem} x {name}: {found}")
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
                painted.save(folder / f"{photo.stem}--{name}.jpg")
            yield Cell(photo.stem, name, painted.image, found)


def tell(cells: Sequence[Cell]) -> str:
    """How many cells are as wanted, the worst of them, and all of them."""
    columns = ("photo", "style", "style distance", "swd", "content", "edge", "tv")
    worst = sorted(cells, key=lambda cell: cell.trouble, reverse=True)[:WORST]
    kept = sum(cell.found.edge >= LEAST_EDGE for cell in cells)
    styled = sum(cell.found.style <= MOST_STYLE for cell in cells)
    summary = (
        f"{len(cells)} paintings. Edge {LEAST_EDGE:g} or more in {kept} of them (least "
        f"{min(cell.found.edge for cell in cells):.3f}), style {MOST_STYLE:g} or less in {styled}."
    )
    parts = [
        summary,
        "The worst:",
        Table(columns, tuple(map(_row, worst))).markdown(),
        "All:",
        Table(columns, tuple(map(_row, cells))).markdown(),
    ]
    return "\n\n".join(parts) + "\n"


def _row(cell: Cell) -> tuple[str, ...]:
    found = cell.found
    figures = found.style, found.swd, found.content, found.edge, found.tv
    return cell.photo, cell.style, *(f"{figure:.3f}" for figure in figures)


def arrange(cells: Sequence[Cell], photos: int, styles: int) -> Image.Image:
    """The sheet: a row for each photo; or, where there are more styles than photos, for each style."""
    paintings = [cell.picture for cell in cells]
    if styles <= photos:
        return lay_out(paintings, columns=styles)
    return lay_out(
        [paintings[row * styles + column] for column in range(styles) for row in range(photos)], photos
    )


def lay_out(paintings: Sequence[Image.Image], columns: int) -> Image.Image:
    """`columns` paintings to a row, each scaled to fit its place."""
    rows = -(-len(paintings) // columns)
    pitch = CELL + GAP
    sheet = Image.new("RGB", (columns * pitch + GAP, rows * pitch + GAP), "white")
    for index, painting in enumerate(paintings):
        small = ImageOps.contain(painting, (CELL, CELL), Image.Resampling.LANCZOS)
        left = GAP + index % columns * pitch + (CELL - small.width) // 2
        top = GAP + index // columns * pitch + (CELL - small.height) // 2
        sheet.paste(small, (left, top))
    return sheet


if __name__ == "__main__":
    sys.exit(main())
