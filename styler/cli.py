"""`styler CONTENT STYLE [STYLE ...] -o OUTPUT`: see `styler --help`."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from styler.errors import OptionsError, StylerError
from styler.options import DEFAULT_SIZE_CPU, DEFAULT_SIZE_GPU, DEFAULT_STRENGTH, Quality, StyleOptions
from styler.presets import load_presets

BAD_USE, INTERRUPTED = 2, 130

EXAMPLES = """\
examples:
  styler me.jpg starry-night -o out.jpg
  styler me.jpg monet.jpg -o out.png --size 2048 --quality best
  styler me.jpg great-wave:2 ink:1 -o blend.jpg --strength 70 --keep-colors
  styler --list-presets
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0, 2 after one line about bad use or bad input on stderr, 130 after Ctrl-C."""
    parser = build_parser()
    asked = parser.parse_args(arguments)
    logging.basicConfig(level=logging.DEBUG if asked.verbose else logging.WARNING, format="%(message)s")
    if asked.list_presets:
        list_presets()
        return 0
    if asked.content is None or not asked.styles or asked.output is None:
        parser.error("give a photo, a style and -o OUTPUT (or --list-presets)")
    try:
        paint(asked)
    except StylerError as error:
        print(f"styler: {error}", file=sys.stderr)
        return BAD_USE
    except KeyboardInterrupt:
        print("styler: interrupted, nothing was written", file=sys.stderr)
        return INTERRUPTED
    return 0


def build_parser() -> argparse.ArgumentParser:
    """Every default comes from `StyleOptions`, so that library and command agree."""
    default = StyleOptions()
    parser = argparse.ArgumentParser(
        prog="styler",
        description="Paint a photo in the style of a picture.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("content", metavar="CONTENT", type=Path, nargs="?", help="the photo")
    add(
        "styles",
        metavar="STYLE",
        nargs="*",
        help="a picture or the name of a preset; several are blended, each with :WEIGHT if you like",
    )
    add("-o", "--output", metavar="OUTPUT", type=Path, help="the painting: .jpg, .png or .webp")
    add("--list-presets", action="store_true", help="list the presets and exit")

    looks = parser.add_argument_group("how it looks").add_argument
    size_help = f"long side in pixels (default: {DEFAULT_SIZE_GPU} on a GPU, {DEFAULT_SIZE_CPU} on a CPU)"
    looks("--size", type=int, metavar="PX", help=size_help)
    looks(
        "--quality",
        choices=[str(each) for each in Quality],
        default=str(default.quality),
        help="how long to paint (default: %(default)s)",
    )
    strength_help = f"0 (a hint) to 100 (wild) (default: the preset's own, else {DEFAULT_STRENGTH:g})"
    looks("--strength", type=float, metavar="0..100", help=strength_help)
    looks("--keep-colors", action="store_true", help="keep the colours of the photo")

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

    output = parser.add_mutually_exclusive_group()
    output.add_argument("--verbose", action="store_true", help="say more on stderr")
    output.add_argument("--quiet", action="store_true", help="say nothing but errors")
    return parser


def paint(asked: argparse.Namespace) -> None:
    """Paints what the command line asks for, and writes it. Raises StylerError."""
    from styler.images import check_output

    check_output(asked.output)  # before the work, not after it
    options = options_from(asked)
    styles = [parse_style(text) for text in asked.styles]

    # Only now, so that --help and mistakes are answered at once: torch takes seconds to load.
    from styler.observers import observing
    from styler.transfer import stylize

    bar = sys.stderr.isatty() and not asked.quiet
    with observing(bar=bar, snapshots=asked.snapshots, trace=asked.trace) as observe:
        result = stylize(asked.content, styles, options, on_progress=observe)
    result.save(asked.output)
    if not asked.quiet:
        size = f"{result.image.width}x{result.image.height}"
        print(f"{asked.output}: {size}, {result.elapsed:.1f} s on {result.device}", file=sys.stderr)


def options_from(asked: argparse.Namespace) -> StyleOptions:
    """The options among the arguments, checked: raises OptionsError."""
    return StyleOptions(
        size=asked.size,
        quality=asked.quality,
        strength=asked.strength,
        keep_colors=asked.keep_colors,
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
