"""Where the command writes: never over what it was given, nor twice to one place. Loads no torch."""

import os
import re
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from styler.command.streams import is_stream
from styler.errors import OptionsError
from styler.options import is_weights_file, weights_path

SNAPSHOT = re.compile(r"step-[0-9]{4,}\.jpg")  # as `styler.command.observers` names them


def check_places(asked: Namespace, photos: Sequence[Path], styles: Sequence[tuple[str, float]]) -> None:
    """Before the work: it is all lost once it is written over. Raises OptionsError."""
    taken = [
        *(("the photo", photo) for photo in photos if not is_stream(photo)),
        # A preset's name too: once there is a file of that name, it would be taken for the style.
        *(("the style", Path(style)) for style, _ in styles),
        *(("the mask", mask) for mask in asked.mask),
    ]
    if is_weights_file(asked.weights):
        taken.append(("the weights", weights_path(asked.weights)))
    for flag, what, path in _written(asked):
        for of_what, other in taken:
            if _are_one(path, other):
                raise _overwriting(flag, of_what, other)
        taken.append((what, path))
    for of_what, other in taken:
        if asked.snapshots is not None and _takes_the_place(asked.snapshots, of_what, other):
            raise _overwriting("--snapshots", of_what, other)


def _written(asked: Namespace) -> list[tuple[str, str, Path]]:
    """Each option that names a file, what is written there, and the file.

    A folder for several paintings is not among them: these go round what lies there.
    """
    painting = None if asked.style or is_stream(asked.output) else asked.output
    files = [
        ("-o", "the painting", painting),
        ("--trace", "the trace", asked.trace),
        ("--animate", "the animation", asked.animate),
    ]
    return [(flag, what, path) for flag, what, path in files if path is not None]


def _takes_the_place(snapshots: Path, what: str, path: Path) -> bool:
    """Whether the folder, or a picture in it, would be there; a folder may be called like a preset."""
    is_one = what != "the style" and _are_one(snapshots, path)
    # Of a link, what it leads to as well. In small letters: many a disk does not tell them from large ones.
    ways = (path, Path(os.path.realpath(path)))
    return is_one or any(
        SNAPSHOT.fullmatch(way.name.lower()) and _are_one(snapshots, way.parent) for way in ways
    )


def _overwriting(flag: str, what: str, path: Path) -> OptionsError:
    return OptionsError(f"{flag} would overwrite {what} {path}: give it a place of its own")


def _are_one(path: Path, other: Path) -> bool:
    """Whether both name one file, be it by links or not there yet."""
    with suppress(OSError):
        if path.samefile(other):
            return True
    return os.path.realpath(path) == os.path.realpath(other)
