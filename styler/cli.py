"""`styler CONTENT STYLE [STYLE ...] -o OUTPUT`: understands the arguments; see `styler --help`."""

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from styler.allocator import keep_memory
from styler.errors import OptionsError, StylerError
from styler.options import (
    DEFAULT_SIZE_CPU,
    DEFAULT_SIZE_GPU,
    DEFAULT_SIZE_SLOW_CPU,
    DEFAULT_STRENGTH,
    ColorsBy,
    Quality,
    StyleOptions,
)
from styler.presets import load_presets

BAD_USE, INTERRUPTED = 2, 130

USAGE = """\
styler CONTENT STYLE [STYLE ...] -o OUTPUT [options]
       styler PHOTO [PHOTO ...] --style STYLE [--style STYLE ...] -o FOLDER [options]
       styler sheet PHOTO -o OUTPUT [options]
       styler --list-presets"""

EXAMPLES = """\
examples:
  styler me.jpg starry-night -o out.jpg
  styler me.jpg monet.jpg -o out.png --size 2048 --quality best
  styler me.jpg great-wave:2 ink:1 -o blend.jpg --strength 70 --keep-colors
  styler me.jpg starry-night --mask sky.png mosaic --mask me.png -o masked.jpg
  styler one.jpg two.jpg three.jpg --style mosaic -o painted/
  styler sheet me.jpg -o every-preset.jpg
  cat me.jpg | styler - ducks -o - > out.jpg
"""

SHEET = "sheet"
SHEET_SIZE = 256  # pixels, of each small picture


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
        from styler.commands import paint_several

        return paint_several(asked, options, photos, styles, written) and len(photos) == len(asked.pictures)
    check_single_output(asked)
    if first == SHEET and not Path(first).exists():
        check_sheet(asked, others)
        check_photo(Path(others[0]))
        from styler.commands import paint_sheet

        paint_sheet(asked, sheet_options(asked, options), Path(others[0]), written)
        return True
    check_photo(Path(first))
    styles = checked_styles(others, asked.mask)
    from styler.commands import paint_one

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
        from styler import animation

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


def sheet_options(asked: argparse.Namespace, options: StyleOptions) -> StyleOptions:
    """Small and quick, unless the command line says otherwise: there is a picture for every preset."""
    quality = options.quality if asked.quality else Quality.DRAFT
    return replace(options, size=options.size or SHEET_SIZE, quality=quality)


def build_parser() -> argparse.ArgumentParser:
    """Every default comes from `StyleOptions`, so that library and command agree."""
    default = StyleOptions()
    parser = argparse.ArgumentParser(
        prog="styler",
        usage=USAGE,
        description="Paint a photo in the style of a picture.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "pictures",
        metavar="CONTENT STYLE",
        nargs="*",
        help="the photo, and the style: a picture or the name of a preset; several styles are blended, each "
        'with :WEIGHT if you like. "-" reads the photo from standard input',
    )
    output_help = 'the painting: .jpg, .png or .webp, or "-" for a JPEG on standard output'
    add("-o", "--output", metavar="OUTPUT", type=Path, help=output_help)
    add(
        "--style",
        action="append",
        metavar="STYLE",
        help="paint every photo given in this style, into a folder",
    )
    add("--list-presets", action="store_true", help="list the presets and exit")

    looks = parser.add_argument_group("how it looks").add_argument
    size_help = (
        f"long side in pixels (default: {DEFAULT_SIZE_GPU} on a GPU, {DEFAULT_SIZE_CPU} on a CPU, "
        f"{DEFAULT_SIZE_SLOW_CPU} on a slow one)"
    )
    looks("--size", type=int, metavar="PX", help=size_help)
    looks(
        "--quality",
        choices=[str(each) for each in Quality],
        help=f"how long to paint (default: {default.quality}; of a sheet {Quality.DRAFT})",
    )
    strength_help = f"0 (a hint) to 100 (wild) (default: the preset's own, else {DEFAULT_STRENGTH:g})"
    looks("--strength", type=float, metavar="0..100", help=strength_help)
    looks("--keep-colors", action="store_true", help="keep the colours of the photo")
    looks(
        "--colors-by",
        choices=[str(each) for each in ColorsBy],
        help="keep them by painting light and dark alone (luminance), or in the photo's colours (matched) "
        f"(default: {default.colors_by})",
    )
    faces_help = "paint faces like all else, not closer to the photo"
    looks("--no-faces", dest="faces", action="store_false", default=default.faces, help=faces_help)
    looks(
        "--mask",
        action="append",
        default=[],
        metavar="FILE",
        type=Path,
        help="a picture, white where the style should go; one for each style, in their order. Styles without "
        "one take what is left; without such, the photo stays there",
    )

    experts = parser.add_argument_group("for experts").add_argument
    experts("--steps", type=int, metavar="N", help="optimiser steps in all (default: by quality and size)")
    for name in ("style", "content", "tv"):
        experts(
            f"--{name}-weight",
            type=float,
            metavar="X",
            default=getattr(default, f"{name}_weight"),
            help=f"multiplies the {'total variation' if name == 'tv' else name} loss (default: %(default)g)",
        )
    experts("--device", default=default.device, help="auto, cpu, cuda, cuda:N or mps (default: %(default)s)")
    experts(
        "--weights",
        default=default.weights,
        metavar="SOURCE",
        help="VGG19: auto, embedded, torchvision, or a .pth or .safetensors file (default: %(default)s)",
    )
    experts(
        "--seed", type=int, default=default.seed, help="equal seeds, equal pictures (default: %(default)s)"
    )
    experts("--snapshots", type=Path, metavar="DIR", help="save the picture there as it grows")
    experts("--trace", type=Path, metavar="FILE", help="write each step's losses there, a line of JSON each")

    experts("--animate", type=Path, metavar="FILE", help="a .gif, .webp or .mp4 of how it came about")
    add("--json", action="store_true", help="tell the result as a line of JSON on standard output")

    output = parser.add_mutually_exclusive_group()
    output.add_argument("--verbose", action="store_true", help="say more on stderr")
    output.add_argument("--quiet", action="store_true", help="say nothing but errors")
    return parser


def options_from(asked: argparse.Namespace) -> StyleOptions:
    """The options among the arguments, checked: raises OptionsError."""
    return StyleOptions(
        size=asked.size,
        quality=asked.quality or StyleOptions().quality,
        strength=asked.strength,
        keep_colors=asked.keep_colors or asked.colors_by is not None,
        colors_by=asked.colors_by or StyleOptions().colors_by,
        faces=asked.faces,
        steps=asked.steps,
        style_weight=asked.style_weight,
        content_weight=asked.content_weight,
        tv_weight=asked.tv_weight,
        device=asked.device,
        weights=asked.weights,
        seed=asked.seed,
    )


def parse_style(text: str) -> tuple[str, float]:
    """ "ink:2" -> ("ink", 2.0); without a weight, 1. A file whose own name holds the colon is left whole."""
    name, colon, weight = text.rpartition(":")
    if not colon or Path(text).exists():
        return text, 1.0
    try:
        return name, float(weight)
    except ValueError:
        raise OptionsError(f"the weight after the colon in {text!r} must be a number") from None


def list_presets() -> None:
    """A line for each preset: its name, title, artist and year."""
    presets = load_presets().values()
    width = max(len(preset.name) for preset in presets)
    for preset in presets:
        credit = ", ".join(part for part in (preset.artist(), preset.year) if part)
        print(f"{preset.name:<{width}}  {preset.title()}{f' ({credit})' if credit else ''}")
