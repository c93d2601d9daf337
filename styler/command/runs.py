"""What the command line does once its arguments are understood: paint one photo, several, or a sheet.

Loads torch; `styler.cli` does not, so that help and mistakes are answered at once. Each command adds to
`written` what it has written, at once: whoever is interrupted is told whether there is something.
"""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeAlias

from PIL import Image

from styler.command.observers import observing, progress_bar
from styler.command.streams import STANDARD_OUTPUT, is_stream, tell
from styler.errors import DeviceError, OutOfMemory, StylerError, WeightsError
from styler.images import fit_within, open_picture
from styler.options import DEFAULT_SHEET_COLUMNS, StyleOptions
from styler.outputs import check_size, encode_picture, make_folder, save_picture, told_as_output_error
from styler.painting.results import Progress, StyleResult
from styler.presets import load_presets
from styler.sheet import cell_size, contact_sheet, sheet_size
from styler.sources import shares_of
from styler.transfer import open_content, stylize

WeighedStyles: TypeAlias = Sequence[tuple[str, float]]  # files or presets' names

PAINTING_SUFFIX = ".jpg"  # of one of several
LONGEST_NAME = 240  # bytes; disks take 255, and a number and the suffix follow


def paint_one(
    asked: Namespace, options: StyleOptions, content: Path, styles: WeighedStyles, written: list[Path]
) -> None:
    """Paints one photo into `asked.output`; "-" stands for standard input and output. Raises StylerError."""
    _paint(asked, options, content, styles, lambda _: asked.output, written)


def paint_several(
    asked: Namespace,
    options: StyleOptions,
    photos: Sequence[Path],
    styles: WeighedStyles,
    written: list[Path],
) -> bool:
    """Paints each photo into the folder `asked.output`; one that cannot be used is told, and the rest go on.

    Returns whether all were painted. Raises OutputError when the folder cannot be used, and WeightsError or
    DeviceError at the first photo that meets one, as all the others would; but another may need less memory.
    """
    folder: Path = asked.output
    make_folder(folder)
    all_well = True
    others = [asked.trace] if asked.trace is not None else []
    given = [*photos, *asked.mask, *others]
    taken = {path.stem.casefold() for path in given if _lies_in(folder, path)}
    for photo in photos:
        try:
            _paint(asked, options, photo, styles, partial(_place, folder, _stem(photo), taken), written)
        except StylerError as error:
            if isinstance(error, WeightsError | DeviceError) and not isinstance(error, OutOfMemory):
                raise
            all_well = False
            tell(f"styler: {error}")
    return all_well


def _place(folder: Path, stem: str, taken: set[str], result: StyleResult) -> Path:
    """photo-ink.jpg, and photo-ink-2.jpg where that is `taken` by a file of this call or a painting."""
    name = _name(stem, "+".join(result.styles))
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    free = next(each for each in names if each.casefold() not in taken)
    taken.add(free.casefold())  # many a disk does not tell Photo from photo
    return folder / f"{free}{PAINTING_SUFFIX}"


def _stem(photo: Path) -> str:
    return "photo" if is_stream(photo) else photo.stem


def _name(stem: str, styles: str) -> str:
    """Both, as far as disks have room for a name: of a photo's rather the beginning alone."""
    ending = f"-{styles}"
    return _cut(_cut(stem, max(0, LONGEST_NAME - len(os.fsencode(ending)))) + ending, LONGEST_NAME)


def _cut(text: str, most: int) -> str:
    """As much of it as is at most so many bytes."""
    encoded = os.fsencode(text)
    return text if len(encoded) <= most else encoded[:most].decode(errors="ignore")


def _lies_in(folder: Path, path: Path) -> bool:
    """Whether a painting in the folder could take the place of this file."""
    return path.suffix.casefold() == PAINTING_SUFFIX and path.parent.resolve() == folder.resolve()


def paint_sheet(asked: Namespace, options: StyleOptions, photo: Path, written: list[Path]) -> None:
    """Paints the photo in every preset, small, as one numbered picture. Raises StylerError."""
    assert options.size is not None
    picture = open_content(_source(photo), options.size)
    presets = load_presets()
    cell = cell_size(*fit_within(*picture.size, options.size))
    if not is_stream(asked.output):
        check_size(asked.output, *sheet_size(len(presets), DEFAULT_SHEET_COLUMNS, *cell))
    cells = []
    for number, preset in enumerate(presets.values(), 1):
        if not asked.quiet:
            tell(f"{number}/{len(presets)} {preset.name}")
        cells.append((preset.title(), stylize(picture, preset, options).image))
    cell = cell_size(*cells[0][1].size)  # smaller where memory did not suffice
    _save(contact_sheet(cells, DEFAULT_SHEET_COLUMNS, *cell, whole=True), asked.output, "", written)


def _paint(
    asked: Namespace,
    options: StyleOptions,
    content: Path,
    styles: WeighedStyles,
    place: Callable[[StyleResult], Path],
    written: list[Path],
) -> None:
    """Paints, saves and tells it; then what else was wished of it, in case that cannot be written."""
    source = _source(content)
    picture = open_picture(source) if isinstance(source, bytes) else source
    with observing(snapshots=asked.snapshots, trace=asked.trace, animation=asked.animate) as observe:
        with progress_bar(shown=sys.stderr.isatty() and not asked.quiet) as show:

            def watch(progress: Progress) -> None:
                show(progress)
                observe(progress)

            result = stylize(picture, styles, options, masks=asked.mask, on_progress=watch)
        output = place(result)
        _save(result.image, output, result.recipe, written)
        _tell(asked, content, styles, output, result)


def _source(photo: Path) -> Path | bytes:
    """ "-" stands for standard input."""
    return sys.stdin.buffer.read() if is_stream(photo) else photo


def _save(picture: Image.Image, output: Path, comment: str, written: list[Path]) -> None:
    """ "-" stands for standard output. Raises OutputError."""
    if is_stream(output):
        with told_as_output_error(STANDARD_OUTPUT):
            sys.stdout.buffer.write(encode_picture(picture, "JPEG", comment))
            sys.stdout.buffer.flush()
    else:
        save_picture(picture, output, comment)
    written.append(output)


def _tell(asked: Namespace, content: Path, styles: WeighedStyles, output: Path, result: StyleResult) -> None:
    """Raises OutputError."""
    if asked.json:
        with told_as_output_error(STANDARD_OUTPUT):
            sys.stdout.write(json.dumps(_summary(asked, content, styles, output, result)) + "\n")
            sys.stdout.flush()
    if asked.quiet:
        return
    if result.reduced:
        why = f"memory did not suffice for {result.options.size} pixels"
        tell(f"{output} is smaller than it should be: {why}")
    if not asked.json:
        size = f"{result.image.width}x{result.image.height}"
        names = " and ".join(result.styles)
        tell(f"{output}: {size} in {names}, {result.elapsed:.1f} s on {result.device}")


def _summary(
    asked: Namespace, content: Path, styles: WeighedStyles, output: Path, result: StyleResult
) -> dict[str, object]:
    shares = shares_of(styles, asked.mask)
    return {
        "content": str(content),
        "styles": list(result.styles),
        "shares": [round(share, 4) for _, share, _ in shares],
        "masks": [None if mask is None else str(mask) for _, _, mask in shares],
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
