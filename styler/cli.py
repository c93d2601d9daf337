"""`styler CONTENT STYLE [STYLE ...] -o OUTPUT`: checks what is asked and has it done; see `styler --help`."""

import json
import logging
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from styler.allocator import keep_memory
from styler.command import BAD_USE, INTERRUPTED
from styler.command.arguments import options_from, parse, sheet_options
from styler.command.checks import (
    check_enough,
    check_photo,
    check_several,
    check_sheet,
    check_side_files,
    check_single_output,
    checked_styles,
    is_sheet,
    is_single,
)
from styler.command.places import check_places
from styler.command.streams import is_stream, open_closed_streams, say, tell
from styler.errors import StylerError
from styler.options import StyleOptions
from styler.presets import load_presets
from styler.version import engine_version


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0, 2 after one line about bad use or bad input on stderr, 130 after Ctrl-C."""
    open_closed_streams()
    try:
        asked = parse(sys.argv[1:] if arguments is None else arguments)
        log_to_stderr(verbose=asked.verbose, quiet=asked.quiet)
        if asked.list_presets or asked.version:
            say(listed_presets(as_json=asked.json) if asked.list_presets else f"styler {engine_version()}")
            return 0
        return paint(asked)
    except StylerError as error:
        tell(f"styler: {error}")
        return BAD_USE


def log_to_stderr(*, verbose: bool, quiet: bool) -> None:
    """Warnings and errors; quiet: errors alone; verbose: all that this package says, but no other."""
    logging.basicConfig(level=logging.ERROR if quiet else logging.WARNING, format="%(message)s")
    logging.getLogger("styler").setLevel(logging.DEBUG if verbose else logging.NOTSET)


def paint(asked: Namespace) -> int:
    """Paints what is asked for, and gives the exit status. Raises StylerError."""
    check_enough(asked)
    keep_memory()
    written: list[Path] = []
    try:
        return 0 if obey(asked, written) else BAD_USE
    except KeyboardInterrupt:
        place = "standard output" if is_stream(asked.output) else asked.output
        done = f"what was painted before is in {place}" if written else "no painting was written"
        tell(f"styler: interrupted, {done}")
        return INTERRUPTED


def obey(asked: Namespace, written: list[Path]) -> bool:
    """Does what the command line asks for; False when some of it could not be done. Raises StylerError.

    Each painting is added to `written` once it is, in case that the rest is interrupted.
    All that can be checked without torch, which takes seconds to load, is checked before it is loaded.
    """
    options = options_from(asked)
    check_side_files(asked)
    if is_sheet(asked):
        return obey_for_sheet(asked, options, written)
    if not is_single(asked):
        return obey_for_several(asked, options, written)
    if asked.style:  # which is only another way to say it
        asked.pictures, asked.style = [*asked.pictures, *asked.style], []
    check_single_output(asked)
    photo, texts = Path(asked.pictures[0]), asked.pictures[1:]
    check_photo(photo)
    styles = checked_styles(texts, asked.mask)
    check_places(asked, [photo], styles)
    tell_masks(asked, styles)
    from styler.command.runs import paint_one

    paint_one(asked, options, photo, styles, written)
    return True


def obey_for_sheet(asked: Namespace, options: StyleOptions, written: list[Path]) -> bool:
    """The same where a photo is painted in every preset."""
    check_sheet(asked)
    check_single_output(asked)
    photo = Path(asked.pictures[1])
    check_photo(photo)
    check_places(asked, [photo], [])
    from styler.command.runs import paint_sheet

    paint_sheet(asked, sheet_options(asked, options), photo, written)
    return True


def obey_for_several(asked: Namespace, options: StyleOptions, written: list[Path]) -> bool:
    """The same where photos go into a folder."""
    check_several(asked)
    styles = checked_styles(asked.style, asked.mask)
    photos = usable([Path(each) for each in asked.pictures])
    if not photos:
        return False
    check_places(asked, photos, styles)
    tell_masks(asked, styles)
    from styler.command.runs import paint_several

    return paint_several(asked, options, photos, styles, written) and len(photos) == len(asked.pictures)


def usable(photos: Sequence[Path]) -> list[Path]:
    """Those of the photos that seem to be pictures; of each other one it is told why not."""
    good = []
    for photo in photos:
        try:
            check_photo(photo)
            good.append(photo)
        except StylerError as error:
            tell(f"styler: {error}")
    return good


def tell_masks(asked: Namespace, styles: Sequence[tuple[str, float]]) -> None:
    """Which style has which mask, where not all have one: it may stand behind another style on the line.

    And which mask goes with a style that does not count.
    """
    if not asked.mask or asked.quiet:
        return
    for (style, weight), mask in zip(styles, asked.mask, strict=False):
        if not weight:
            tell(f"{style} has weight 0: neither it nor its mask {mask} counts")
    from styler.sources import shares_of

    counting = [(str(style), str(mask or "")) for style, _, mask in shares_of(styles, asked.mask)]
    pairs = ", ".join(f"{name} where {mask} is white" for name, mask in counting if mask)
    rest = " and ".join(name for name, mask in counting if not mask)
    if pairs and rest:
        tell(f"{pairs}; {rest} elsewhere")


def listed_presets(*, as_json: bool) -> str:
    """A line for each preset: its name, title, artist and year."""
    presets = load_presets().values()
    if as_json:
        return "\n".join(
            json.dumps({"name": each.name, "title": each.title(), "artist": each.artist(), "year": each.year})
            for each in presets
        )
    width = max(len(preset.name) for preset in presets)
    lines = []
    for preset in presets:
        credit = ", ".join(part for part in (preset.artist(), preset.year) if part)
        lines.append(f"{preset.name:<{width}}  {preset.title()}{f' ({credit})' if credit else ''}")
    return "\n".join(lines)
