"""`styler CONTENT STYLE [STYLE ...] -o OUTPUT`: checks what is asked and has it done; see `styler --help`."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from styler.allocator import keep_memory
from styler.command.arguments import build_parser, options_from, parse_style, sheet_options
from styler.command.places import check_places
from styler.errors import OptionsError, StylerError
from styler.presets import load_presets

BAD_USE, INTERRUPTED = 2, 130
SHEET = "sheet"  # in the photo's place: paint the photo after it in every preset


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0, 2 after one line about bad use or bad input on stderr, 130 after Ctrl-C."""
    parser = build_parser()
    asked = parser.parse_intermixed_args(arguments)  # so that a mask may follow its style
    logging.basicConfig(level=logging.DEBUG if asked.verbose else logging.WARNING, format="%(message)s")
    if asked.list_presets:
        list_presets()
        return 0
    if not asked.pictures or asked.output is None or (len(asked.pictures) < 2 and not asked.style):
        parser.error("give a photo, a style and -o OUTPUT (or --list-presets)")
    keep_memory()
    written: list[Path] = []
    try:
        return 0 if obey(asked, written) else BAD_USE
    except StylerError as error:
        print(f"styler: {error}", file=sys.stderr)
        return BAD_USE
    except KeyboardInterrupt:
        place = "standard output" if str(asked.output) == "-" else asked.output
        done = f"what was painted before is in {place}" if written else "no painting was written"
        print(f"styler: interrupted, {done}", file=sys.stderr)
        return INTERRUPTED


def obey(asked: argparse.Namespace, written: list[Path]) -> bool:
    """Does what the command line asks for; False when some of it could not be done. Raises StylerError.

    Each painting is added to `written` once it is, in case that the rest is interrupted.
    All that can be checked without torch, which takes seconds to load, is checked before it is loaded.
    """
    first, *others = asked.pictures
    options = options_from(asked)
    check_animation(asked.animate)
    if asked.style:
        check_several(asked)
        styles = checked_styles(asked.style, asked.mask)
        photos = usable([Path(each) for each in asked.pictures])
        if not photos:
            return False
        check_places(asked, photos, styles)
        from styler.command.runs import paint_several

        return paint_several(asked, options, photos, styles, written) and len(photos) == len(asked.pictures)
    check_single_output(asked)
    if first == SHEET and not Path(first).exists():
        check_sheet(asked, others)
        check_photo(Path(others[0]))
        check_places(asked, [Path(others[0])], [])
        from styler.command.runs import paint_sheet

        paint_sheet(asked, sheet_options(asked, options), Path(others[0]), written)
        return True
    check_photo(Path(first))
    styles = checked_styles(others, asked.mask)
    check_places(asked, [Path(first)], styles)
    from styler.command.runs import paint_one

    paint_one(asked, options, Path(first), styles, written)
    return True


def check_photo(photo: Path) -> None:
    """Whether the header of the photo is as it should be. Raises PictureError."""
    if str(photo) != "-":
        from styler.images import inspect_picture

        inspect_picture(photo)


def usable(photos: Sequence[Path]) -> list[Path]:
    """Those of the photos that seem to be pictures; of each other one it is told why not."""
    good = []
    for photo in photos:
        try:
            check_photo(photo)
            good.append(photo)
        except StylerError as error:
            print(f"styler: {error}", file=sys.stderr)
    return good


def checked_styles(texts: Sequence[str], masks: Sequence[Path]) -> list[tuple[str, float]]:
    """The styles named, each with its weight. Raises OptionsError, PresetError or PictureError.

    So it does for masks that cannot be theirs.
    """
    from styler.sources import check_styles

    styles = [parse_style(text) for text in texts]
    check_styles(styles, masks)
    return styles


def check_animation(path: Path | None) -> None:
    """Before the work, not after it. Raises OptionsError or OutputError."""
    if path is not None:
        from styler.command import animation

        animation.check_animation(path)


def check_several(asked: argparse.Namespace) -> None:
    """Before the work, not after it. Raises OptionsError."""
    if str(asked.output) == "-":
        raise OptionsError("with --style the paintings go into a folder: give -o its name")
    if len(asked.pictures) > 1 and (asked.snapshots or asked.trace or asked.animate):
        raise OptionsError("--snapshots, --trace and --animate are of one photo: give them one at a time")


def check_sheet(asked: argparse.Namespace, photos: Sequence[str]) -> None:
    """Before the work, not after it. Raises OptionsError."""
    if len(photos) != 1:
        raise OptionsError("a sheet is of one photo: styler sheet PHOTO -o OUTPUT")
    of_one_painting = ("mask", "snapshots", "trace", "animate", "json")
    given = [f"--{name}" for name in of_one_painting if getattr(asked, name)]
    if given:
        raise OptionsError(f"a sheet is of many paintings and takes no {', '.join(given)}")


def check_single_output(asked: argparse.Namespace) -> None:
    """Before the work, not after it. Raises OptionsError or OutputError."""
    if str(asked.output) == "-":
        if asked.json:
            raise OptionsError("--json and the picture cannot both go to standard output: give -o a file")
    else:
        from styler.images import check_output

        check_output(asked.output)


def list_presets() -> None:
    """A line for each preset: its name, title, artist and year."""
    presets = load_presets().values()
    width = max(len(preset.name) for preset in presets)
    for preset in presets:
        credit = ", ".join(part for part in (preset.artist(), preset.year) if part)
        print(f"{preset.name:<{width}}  {preset.title()}{f' ({credit})' if credit else ''}")
