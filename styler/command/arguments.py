"""The arguments of the command: what there is to say, and what was meant by it. Loads no torch."""

import argparse
import math
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from styler.command.streams import say
from styler.errors import OptionsError
from styler.options import (
    DEFAULT_COLORS_BY,
    DEFAULT_SHEET_SIZE,
    DEFAULT_SIZE_CPU,
    DEFAULT_SIZE_GPU,
    DEFAULT_SIZE_SLOW_CPU,
    DEFAULT_STRENGTH,
    ColorsBy,
    Quality,
    StyleOptions,
)
from styler.presets import PICTURE_SUFFIXES

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


class Parser(argparse.ArgumentParser):
    """Tells a mistake in one line, like all others, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        """Raises OptionsError."""
        raise OptionsError(f"{message}; see styler --help")

    def print_help(self, file: object = None) -> None:  # noqa: ARG002 - as inherited
        """On standard output. Raises OutputError, where the inherited one would say nothing."""
        say(self.format_help().rstrip("\n"))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """What was asked for, in whatever order, so that a mask may follow its style. Raises OptionsError."""
    # What follows "--" are pictures, whatever they begin with; the parser would read it a second time.
    end = list(arguments).index("--") if "--" in arguments else len(arguments)
    asked = build_parser().parse_intermixed_args(arguments[:end])
    asked.pictures += arguments[end + 1 :]
    if "" in (*asked.pictures, *(asked.style or ())):  # of an unset variable, most likely
        raise OptionsError("the name of a photo or style is empty")
    return asked


def build_parser() -> Parser:
    """Every default comes from `StyleOptions`, so that library and command agree."""
    parser = Parser(
        prog="styler",
        usage=USAGE,
        description="Paint a photo in the style of a picture.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    default = StyleOptions()
    _add_pictures(parser)
    _add_looks(parser, default)
    _add_experts(parser, default)
    _add_telling(parser)
    return parser


def _path(text: str) -> Path:
    """Raises what the parser tells: Path takes an empty name for the folder where one is."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return Path(text)


def _add_pictures(parser: argparse.ArgumentParser) -> None:
    """What is painted, and where to."""
    add = parser.add_argument
    add(
        "pictures",
        metavar="CONTENT STYLE",
        nargs="*",
        help="the photo, and the style: a picture or the name of a preset; several styles are blended, each "
        'with :WEIGHT if you like. "-" reads the photo from standard input',
    )
    output_help = 'the painting: .jpg, .png or .webp, or "-" for a JPEG on standard output'
    add("-o", "--output", metavar="OUTPUT", type=_path, help=output_help)
    style_help = "paint every photo given in this style, into a folder; said again, it blends the styles"
    add("--style", action="append", metavar="STYLE", help=style_help)
    add("--list-presets", action="store_true", help="list the presets and exit")
    add("--version", action="store_true", help="tell the version and exit")


def _add_looks(parser: argparse.ArgumentParser, default: StyleOptions) -> None:
    add = parser.add_argument_group("how it looks").add_argument
    size_help = (
        f"long side in pixels (default: {DEFAULT_SIZE_GPU} on a GPU, {DEFAULT_SIZE_CPU} on a CPU, "
        f"{DEFAULT_SIZE_SLOW_CPU} on a slow one; of each picture on a sheet {DEFAULT_SHEET_SIZE})"
    )
    add("--size", type=int, metavar="PX", help=size_help)
    quality_help = f"how long to paint (default: {default.quality}; of a sheet {Quality.DRAFT})"
    add("--quality", choices=[str(each) for each in Quality], help=quality_help)
    strength_help = f"0 (a hint) to 100 (wild) (default: the preset's own, else {DEFAULT_STRENGTH:g})"
    add("--strength", type=float, metavar="0..100", help=strength_help)
    add("--keep-colors", action="store_true", help="keep the colours of the photo")
    colors_help = (
        "keep them by painting light and dark alone (luminance), or in the photo's colours (matched) "
        f"(default: {DEFAULT_COLORS_BY})"
    )
    add("--colors-by", choices=[str(each) for each in ColorsBy], help=colors_help)
    faces_help = "paint faces, and what else stands out, like the rest: no closer to the photo"
    add("--no-faces", dest="faces", action="store_false", default=default.faces, help=faces_help)
    mask_help = (
        "a picture, white where the style should go; one for each style, in their order. Styles without "
        "one take what is left; without such, the photo stays there"
    )
    add("--mask", action="append", default=[], metavar="FILE", type=_path, help=mask_help)


def _add_experts(parser: argparse.ArgumentParser, default: StyleOptions) -> None:
    add = parser.add_argument_group("for experts").add_argument
    add("--steps", type=int, metavar="N", help="optimiser steps in all (default: by quality and size)")
    for name, loss in (("style", "style"), ("content", "content"), ("tv", "total variation")):
        add(
            f"--{name}-weight",
            type=float,
            metavar="X",
            default=getattr(default, f"{name}_weight"),
            help=f"multiplies the {loss} loss (default: %(default)g)",
        )
    add("--device", default=default.device, help="auto, cpu, cuda, cuda:N or mps (default: %(default)s)")
    weights_help = "VGG19: auto, embedded, torchvision, or a .pth or .safetensors file (default: %(default)s)"
    add("--weights", default=default.weights, metavar="SOURCE", help=weights_help)
    add("--seed", type=int, default=default.seed, help="equal seeds, equal pictures (default: %(default)s)")
    add("--snapshots", type=_path, metavar="DIR", help="save the picture there as it grows")
    add("--trace", type=_path, metavar="FILE", help="write each step's losses there, a line of JSON each")
    add("--animate", type=_path, metavar="FILE", help="a .gif, .webp or .mp4 of how it came about")


def _add_telling(parser: argparse.ArgumentParser) -> None:
    """How much is said, and in what form."""
    parser.add_argument(
        "--json", action="store_true", help="tell the result, or each preset, as a line of JSON on stdout"
    )
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--verbose", action="store_true", help="say more on stderr")
    either.add_argument("--quiet", action="store_true", help="say nothing but errors")


def options_from(asked: argparse.Namespace) -> StyleOptions:
    """The options among the arguments, checked: raises OptionsError."""
    return StyleOptions(
        size=asked.size,
        quality=asked.quality or StyleOptions().quality,
        strength=asked.strength,
        keep_colors=asked.keep_colors,
        colors_by=asked.colors_by,
        faces=asked.faces,
        steps=asked.steps,
        style_weight=asked.style_weight,
        content_weight=asked.content_weight,
        tv_weight=asked.tv_weight,
        device=asked.device,
        weights=asked.weights,
        seed=asked.seed,
    )


def sheet_options(asked: argparse.Namespace, options: StyleOptions) -> StyleOptions:
    """Small and quick, unless the command line says otherwise: there is a picture for every preset."""
    quality = options.quality if asked.quality else Quality.DRAFT
    return replace(options, size=options.size or DEFAULT_SHEET_SIZE, quality=quality)


def parse_style(text: str) -> tuple[str, float]:
    """ "ink:2" -> ("ink", 2.0); without a weight, 1. A picture whose name holds the colon is left whole."""
    name, colon, weight = text.rpartition(":")
    is_picture = Path(weight).suffix.lower() in PICTURE_SUFFIXES  # even if it is missing
    # Not Path.exists, which raises for a name that is too long, or where one may not look.
    if not colon or is_picture or os.path.exists(text):  # noqa: PTH110
        return text, 1.0
    with suppress(ValueError):
        if 0 <= float(weight) < math.inf:
            return name, float(weight)
    raise OptionsError(f"the weight after the colon in {text!r} must be a number from 0 on")
