"""The standard streams, whatever the caller made of them. Loads no torch."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from styler.errors import OptionsError, OutputError

STANDARD_STREAM = "-"  # in the photo's place and the painting's
STANDARD_OUTPUT = Path("standard output")  # as it is called where it cannot be written


def is_stream(path: Path) -> bool:
    """Whether it stands for standard input, or output, and for no file."""
    return str(path) == STANDARD_STREAM


def open_closed_streams() -> None:
    """Has those that the caller closed lead nowhere, before an output file takes their place.

    Standard output is then one that cannot be written, so that nothing is lost there silently.
    """
    # In the order of their numbers: each file that is opened gets the lowest that is free.
    for name, mode in (("stdin", "r"), ("stdout", "r"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - until the program ends


def check_standard_output(*, picture: bool) -> None:
    """Before the work: whether a picture, or else text, may go there. Raises OptionsError or OutputError."""
    if not sys.stdout.writable():
        raise OutputError("standard output is closed: nothing can be written there")
    if picture and sys.stdout.isatty():
        raise OptionsError("a terminal cannot show what -o - writes: send it into a pipe or a file")


def tell(text: str) -> None:
    """A line for people, on standard error. That it cannot be written there is no reason to paint less."""
    with suppress(OSError):
        print(text, file=sys.stderr)


def say(text: str) -> None:
    """On standard output; a letter that it has not becomes "?". Raises OutputError.

    A reader who has seen enough, as `head` has, is no mistake.
    """
    from styler.outputs import told_as_output_error

    check_standard_output(picture=False)
    encoding = sys.stdout.encoding or "utf-8"
    with told_as_output_error(STANDARD_OUTPUT):
        try:
            sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            return
