"""What the command line does once its arguments are understood: paint one photo, several, or a sheet.

Loads torch; `styler.cli` does not, so that help and mistakes are answered at once.
"""

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

from PIL import Image

from styler.errors import OutputError, StylerError
from styler.images import encode_picture, open_picture, save_picture
from styler.observers import observing
from styler.options import StyleOptions
from styler.presets import load_presets
from styler.results import StyleResult
from styler.sheet import contact_sheet
from styler.sources import StyleSources
from styler.transfer import stylize

SHEET_COLUMNS = 4


def paint_one(asked: Namespace, options: StyleOptions, content: Path, styles: StyleSources) -> None:
    """Paints one photo into `asked.output`; "-" stands for standard input and output. Raises StylerError."""
    _paint(asked, options, content, styles, lambda _: asked.output)


def paint_several(
    asked: Namespace, options: StyleOptions, photos: Sequence[Path], styles: StyleSources
) -> bool:
    """Paints each photo into the folder `asked.output`; one that cannot be used is told, and the rest go on.

    Returns whether all were painted. Raises OutputError when the folder cannot be made.
    """
    folder: Path = asked.output
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"the folder {folder} cannot be made: {error.strerror}") from None
    all_well = True
    names: list[str] = []
    for photo in photos:
        names.append(photo.stem.casefold())
        try:
            place = partial(_place, folder, photo.stem, names.count(names[-1]))
            _paint(asked, options, photo, styles, place)
        except StylerError as error:
            all_well = False
            print(f"styler: {error}", file=sys.stderr)
    return all_well


def _place(folder: Path, stem: str, number: int, result: StyleResult) -> Path:
    """photo-ink.jpg, and photo-ink-2.jpg for the second photo of that name, from another folder."""
    again = "" if number == 1 else f"-{number}"
    return folder / f"{stem}-{'+'.join(result.styles)}{again}.jpg"


def paint_sheet(asked: Namespace, options: StyleOptions, photo: Path) -> None:
    """Paints the photo in every preset, small, as one numbered picture. Raises StylerError."""
    source = sys.stdin.buffer.read() if str(photo) == "-" else photo
    picture = open_picture(source, at_least=options.size)
    cells = []
    presets = load_presets()
    for number, preset in enumerate(presets.values(), 1):
        if not asked.quiet:
            print(f"{number}/{len(presets)} {preset.name}", file=sys.stderr)
        cells.append((preset.title(), stylize(picture, preset, options).image))
    _save(contact_sheet(cells, SHEET_COLUMNS, options.size or 0), asked.output, "")


def _paint(
    asked: Namespace,
    options: StyleOptions,
    content: Path,
    styles: StyleSources,
    place: Callable[[StyleResult], Path],
) -> None:
    """Paints, saves and tells it; then what else was wished of it, in case that cannot be written."""
    source = open_picture(sys.stdin.buffer.read()) if str(content) == "-" else content
    bar = sys.stderr.isatty() and not asked.quiet
    with observing(bar=bar, snapshots=asked.snapshots, trace=asked.trace, animation=asked.animate) as observe:
        result = stylize(source, styles, options, masks=asked.mask, on_progress=observe)
        output = place(result)
        _save(result.image, output, result.recipe)
        _tell(asked, content, output, result)


def _save(picture: Image.Image, output: Path, comment: str) -> None:
    """ "-" stands for standard output. Raises OutputError."""
    if str(output) == "-":
        sys.stdout.buffer.write(encode_picture(picture, "JPEG", comment))
        sys.stdout.buffer.flush()
    else:
        save_picture(picture, output, comment)


def _tell(asked: Namespace, content: Path, output: Path, result: StyleResult) -> None:
    if asked.json:
        print(json.dumps(_summary(content, output, result), ensure_ascii=False))
    elif not asked.quiet:
        size = f"{result.image.width}x{result.image.height}"
        print(f"{output}: {size}, {result.elapsed:.1f} s on {result.device}", file=sys.stderr)


def _summary(content: Path, output: Path, result: StyleResult) -> dict[str, object]:
    return {
        "content": str(content),
        "styles": list(result.styles),
        "output": str(output),
        "width": result.image.width,
        "height": result.image.height,
        "reduced": result.reduced,
        "device": result.device,
        "seconds": round(result.elapsed, 3),
        "steps": result.steps,
        "losses": {**asdict(result.losses), "total": result.losses.total},
        "options": asdict(result.options),
        "recipe": result.recipe,
    }
