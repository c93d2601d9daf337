"""What can be found out before the work, and without torch, which takes seconds to load."""

import os
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from styler.command.arguments import parse_style
from styler.command.streams import check_standard_output
from styler.errors import OptionsError, OutputError
from styler.presets import PICTURE_SUFFIXES

SHEET = "sheet"  # in the photo's place: paint the photo after it in every preset


def is_sheet(asked: Namespace) -> bool:
    """Whether a sheet is asked for, and not a photo of that name painted."""
    return asked.pictures[:1] == [SHEET] and not Path(SHEET).is_file()


def check_enough(asked: Namespace) -> None:
    """Whether it is said what to paint, how and whereto. Raises OptionsError."""
    least = 1 if asked.style else 2
    if asked.output is None or len(asked.pictures) < least:
        needed = "a photo and -o OUTPUT: styler sheet PHOTO -o OUTPUT"
        if not is_sheet(asked):
            needed = "a photo, a style and -o OUTPUT (or --list-presets); see styler --help"
        raise OptionsError(f"give {needed}")


def check_photo(photo: Path) -> None:
    """Whether the header of the photo is as it should be. Raises PictureError."""
    if str(photo) != "-":
        from styler.images import inspect_picture

        inspect_picture(photo)


def checked_styles(texts: Sequence[str], masks: Sequence[Path]) -> list[tuple[str, float]]:
    """The styles named, each with its weight. Raises OptionsError, PresetError or PictureError.

    So it does for masks that cannot be theirs.
    """
    from styler.sources import check_styles

    styles = [parse_style(text) for text in texts]
    check_styles(styles, masks)
    return styles


def check_side_files(asked: Namespace) -> None:
    """Those that are written beside the painting. Raises OptionsError or OutputError."""
    if asked.animate is not None:
        from styler.command.animation import check_animation

        check_animation(asked.animate)
    if asked.trace is not None:
        _check_trace(asked.trace)
    if asked.snapshots is not None:
        from styler.images import check_new_folder

        check_new_folder(asked.snapshots)


def _check_trace(path: Path) -> None:
    """Raises OutputError. Written in place, so that it may be a pipe or a device."""
    from styler.images import check_folder

    # Not Path's methods, which raise for a name that is too long, or where one may not look.
    if not os.path.exists(path) or os.path.isdir(path):  # noqa: PTH110, PTH112
        check_folder(path)
    elif not os.access(path, os.W_OK):
        raise OutputError(f"{path} cannot be written: it may only be read")


def is_single(asked: Namespace) -> bool:
    """Whether one photo is to be painted into one file, be its style named by --style or after it."""
    return not asked.style or (len(asked.pictures) == 1 and _is_one_file(asked.output))


def check_several(asked: Namespace) -> None:
    """Raises OptionsError or OutputError."""
    if _is_one_file(asked.output):
        place = "a pipe" if str(asked.output) == "-" else asked.output
        raise OptionsError(f"several paintings go into a folder, not to {place}: give -o its name")
    if len(asked.pictures) > 1 and (asked.snapshots or asked.trace or asked.animate):
        raise OptionsError("--snapshots, --trace and --animate are of one photo: give them one at a time")
    if asked.json:
        check_standard_output(picture=False)
    from styler.images import check_new_folder

    check_new_folder(asked.output)


def _is_one_file(output: Path) -> bool:
    """Whether it takes one painting: standard output, or a name that is no folder's."""
    # Not Path.is_dir, which raises for a name that is too long, or where one may not look.
    is_folder = os.path.isdir(output)  # noqa: PTH112
    return str(output) == "-" or (output.suffix.lower() in PICTURE_SUFFIXES and not is_folder)


def check_sheet(asked: Namespace) -> None:
    """Raises OptionsError."""
    if len(asked.pictures) != 2:
        raise OptionsError("a sheet is of one photo: styler sheet PHOTO -o OUTPUT")
    of_one_painting = ("style", "mask", "snapshots", "trace", "animate", "json")
    given = [f"--{name}" for name in of_one_painting if getattr(asked, name)]
    if given:
        raise OptionsError(f"a sheet is of many paintings, in every preset, and takes no {', '.join(given)}")


def check_single_output(asked: Namespace) -> None:
    """Raises OptionsError or OutputError."""
    to_stdout = str(asked.output) == "-"
    if to_stdout and asked.json:
        raise OptionsError("--json and the picture cannot both go to standard output: give -o a file")
    if to_stdout or asked.json:
        check_standard_output(picture=to_stdout)
    if not to_stdout:
        from styler.images import check_output

        check_output(asked.output)
