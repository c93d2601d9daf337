"""What the command line does once its arguments are understood: paint one photo, several, or a sheet.

Loads torch; `styler.cli` does not, so that help and mistakes are answered at once.
"""

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

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
    result = _paint(asked, options, content, styles)
    if str(asked.output) == "-":
        sys.stdout.buffer.write(encode_picture(result.image, "JPEG", result.recipe))
        sys.stdout.buffer.flush()
    else:
        result.save(asked.output)
    _tell(asked, content, asked.output, result)


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
    for photo in photos:
        try:
            result = _paint(asked, options, photo, styles)
            output = folder / f"{photo.stem}-{'+'.join(result.styles)}.jpg"
            result.save(output)
        except StylerError as error:
            all_well = False
            print(f"styler: {error}", file=sys.stderr)
        else:
            _tell(asked, photo, output, result)
    return all_well


def paint_sheet(asked: Namespace, options: StyleOptions, photo: Path) -> None:
    """Paints the photo in every preset, small, as one numbered picture. Raises StylerError."""
    picture = open_picture(photo, at_least=options.size)
    cells = []
    presets = load_presets()
    for number, preset in enumerate(presets.values(), 1):
        if not asked.quiet:
            print(f"{number}/{len(presets)} {preset.name}", file=sys.stderr)
        cells.append((preset.title(), stylize(picture, preset, options).image))
    save_picture(contact_sheet(cells, SHEET_COLUMNS, options.size or 0), asked.output, "")


def _paint(asked: Namespace, options: StyleOptions, content: Path, styles: StyleSources) -> StyleResult:
    source = open_picture(sys.stdin.buffer.read()) if str(content) == "-" else content
    bar = sys.stderr.isatty() and not asked.quiet
    with observing(bar=bar, snapshots=asked.snapshots, trace=asked.trace, animation=asked.animate) as observe:
        return stylize(source, styles, options, masks=asked.mask, on_progress=observe)


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
