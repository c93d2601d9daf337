"""`python -m styler`, and what the command `styler` calls."""

import sys

from styler.command import INTERRUPTED
from styler.command.streams import tell


def main() -> int:
    """The exit status, as `styler.cli.main` gives it; so is Ctrl-C while that is still being loaded."""
    try:
        from styler import cli

        return cli.main()
    except KeyboardInterrupt:
        tell("styler: interrupted, no painting was written")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
