"""What can be found out before the work, and without torch, which takes seconds to load."""

import os
import stat
from argparse import Namespace
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from styler.command.arguments import parse_style
from styler.command.streams import STANDARD_STREAM, check_standard_output, is_stream
from styler.errors import OptionsError, OutputError, StylerError
from styler.presets import PICTURE_SUFFIXES, find_preset

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
    """Whether the header of the photo is as it should be. Raises PictureError or OptionsError."""
    if is_stream(photo):
        return
    if _is_pipe(photo):  # which can be read only once, but is looked at more often
        raise OptionsError(f'{photo} is a pipe: lead it to standard input, and give "-" for the photo')
    from styler.images import inspect_picture

    inspect_picture(photo)


def _is_pipe(path: Path) -> bool:
    with suppress(OSError, ValueError):  # no such file, or a name that no file can have
        return stat.S_ISFIFO(path.stat().st_mode)
    return False


def checked_styles(texts: Sequence[str], masks: Sequence[Path]) -> list[tuple[str, float]]:
    """The styles named, each with its weight. Raises OptionsError, PresetError or PictureError.

    So it does for masks that cannot be theirs.
    """
    from styler.sources import check_styles

    styles = [parse_style(text) for text in texts]
    for what, names in (("a style", [name for name, _ in styles]), ("--mask", map(str, masks))):
        _check_is_no_stream(what, names)
    check_styles(styles, masks)
    return styles


def _check_is_no_stream(what: str, names: Iterable[str]) -> None:
    """Raises OptionsError."""
    if STANDARD_STREAM in names:
        raise OptionsError(f'"-" stands for the photo or the painting: {what} needs a name')


def check_side_files(asked: Namespace) -> None:
    """Those that are written beside the painting. Raises OptionsError or OutputError."""
    for name in ("trace", "snapshots", "animate"):
        _check_is_no_stream(f"--{name}", [str(getattr(asked, name))])
    if asked.animate is not None:
        from styler.command.animation import check_animation

        check_animation(asked.animate)
    if asked.trace is not None:
        _check_trace(asked.trace)
    if asked.snapshots is not None:
        from styler.outputs import check_new_folder

        check_new_folder(asked.snapshots)


def _check_trace(path: Path) -> None:
    """Raises OutputError. Written in place, so that it may be a pipe or a device."""
    from styler.outputs import check_folder

    if not os.path.exists(path) or _is_folder(path):  # noqa: PTH110
        check_folder(path)
    elif not os.access(path, os.W_OK):
        raise OutputError(f"{path} cannot be written: it may only be read")


def is_single(asked: Namespace) -> bool:
    """Whether one photo is to be painted into one file, be its style named by --style or after it."""
    return not asked.style or (len(asked.pictures) == 1 and _is_one_file(asked.output))


def check_several(asked: Namespace) -> None:
    """Raises OptionsError or OutputError."""
    from styler.outputs import check_new_folder, ending_fault

    for text in filter(_is_preset, asked.pictures):
        hint = f"with --style, all else are photos; write --style {text} for one more style"
        raise OptionsError(f"there is no photo {text}: {hint}")
    if asked.pictures.count(STANDARD_STREAM) > 1:
        raise OptionsError('standard input is one photo: give "-" once')
    if _is_one_file(asked.output):
        place = "a pipe" if is_stream(asked.output) else asked.output
        raise OptionsError(f"several paintings go into a folder, not to {place}: give -o its name")
    if len(asked.pictures) > 1 and (asked.snapshots or asked.trace or asked.animate):
        raise OptionsError("--snapshots, --trace and --animate are of one photo: give them one at a time")
    if len(asked.pictures) == 1 and asked.output.suffix and not os.path.exists(asked.output):  # noqa: PTH110
        raise OptionsError(f"{ending_fault(asked.output)}; if it is to be a folder, make it first")
    if asked.json:
        check_standard_output(picture=False)
    check_new_folder(asked.output)


def _is_preset(text: str) -> bool:
    """Whether it names a preset, with a weight or without, and can name no picture."""
    with suppress(StylerError):
        name, _ = parse_style(text)
        is_file = os.path.exists(text) or Path(name).name != name  # noqa: PTH110
        return not is_file and Path(name).suffix.lower() not in PICTURE_SUFFIXES and bool(find_preset(name))
    return False


def _is_one_file(output: Path) -> bool:
    """Whether it takes one painting: standard output, or a name that is no folder's."""
    is_picture = output.suffix.lower() in PICTURE_SUFFIXES and not _is_folder(output)
    return is_stream(output) or is_picture


def _is_folder(path: Path) -> bool:
    # Not Path.is_dir, which raises for a name that is too long, or where one may not look.
    return os.path.isdir(path)  # noqa: PTH112


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
    to_stdout = is_stream(asked.output)
    if to_stdout and asked.json:
        raise OptionsError("--json and the picture cannot both go to standard output: give -o a file")
    if to_stdout or asked.json:
        check_standard_output(picture=to_stdout)
    if not to_stdout:
        _check_names_a_file(asked.output, may_be_several=not is_sheet(asked))
        from styler.outputs import check_output

        check_output(asked.output)


def _check_names_a_file(output: Path, *, may_be_several: bool) -> None:
    """Tells of what seems to be a folder how to paint into one. Raises OptionsError."""
    from styler.outputs import ending_fault

    into = "; to paint photos into a folder, give their style by --style" if may_be_several else ""
    if _is_folder(output):
        raise OptionsError(f"{output} is a folder: name a file in it{into}")
    if not output.suffix:
        raise OptionsError(f"{ending_fault(output)}{into}")
