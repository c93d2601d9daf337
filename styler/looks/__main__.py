"""Draws looks into a folder, by default over the pictures that are shipped."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from styler.looks import LOOKS, SIZE, draw
from styler.presets import BUILT_IN_FOLDER


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0; argparse exits with 2 where a look is not known."""
    parser = argparse.ArgumentParser(prog="python -m styler.looks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(LOOKS)}; none: all of them")
    parser.add_argument(
        "-o", "--output", type=Path, default=BUILT_IN_FOLDER, metavar="DIR", help="the folder"
    )
    parser.add_argument("--size", type=int, default=SIZE, help="pixels to a side (default: %(default)s)")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in LOOKS]
    if unknown:
        parser.error(f"no look is called {unknown[0]!r}")
    options.output.mkdir(parents=True, exist_ok=True)
    for name in options.names or LOOKS:
        file = options.output / f"{name}.jpg"
        draw(name, options.size).save(file, quality=88, optimize=True, progressive=True)
        sys.stdout.write(f"{file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
