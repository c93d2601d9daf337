"""`python -m styler.examiner`: a program that does nothing but look at pictures of strangers, within limits.

A picture of a few kilobytes can be made to take a decoder minutes or gigabytes, and no thread can be stopped.
A program can: whoever runs this one loses nothing when a picture is its end.

It reads lines of JSON, each the path of a file, and answers each with a line of JSON: what `inspect_picture`
found in a picture that can be opened, or why it was refused.
"""

import contextlib
import json
import math
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from styler.errors import PictureError
from styler.images import inspect_picture, open_picture

READY = "ready"  # the first line: from here on it is the pictures' fault
# Twice what the slowest honest picture takes on a core of 2023: 100 megapixels of 16 bits with transparency.
CPU_SECONDS = 10
MEMORY = 2 * 1024**3  # bytes beside what the program itself takes; that picture needs 1.7 GB
CHECKED_SIDE = 512  # pixels: enough to find out that the whole picture can be read


def main() -> None:
    """Until there are no more lines."""
    answers = _own_answers()
    _limit_all()
    print(READY, file=answers, flush=True)
    for line in sys.stdin:
        _limit_time()
        print(json.dumps(_examine(Path(json.loads(line)))), file=answers, flush=True)


def _examine(path: Path) -> dict[str, object]:
    try:
        info = inspect_picture(path)
        # The header may be fine and the rest missing: better said now than after the wait in the queue.
        open_picture(path, at_least=CHECKED_SIDE)
    except PictureError as error:
        return {"reason": error.reason, "message": str(error)}
    return asdict(info)


def _own_answers() -> TextIO:
    """Standard output, kept to ourselves: decoders that print something must not answer for us."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def _limit_all() -> None:
    """Memory for good; and whatever a decoder is talked into, it writes no file and leaves no dump."""
    if sys.platform == "win32":
        return
    import resource

    for limit, most in (
        (resource.RLIMIT_AS, _addresses() + MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        # What a system does not know it refuses, as macOS a limit of addresses: better the others than none.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limit, (allowed, allowed))
    if sys.platform == "linux":
        # Where memory ends all the same, this program is the one to go. Some containers allow no say in that.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")


def _limit_time() -> None:
    """From now on, for one picture; the system ends a program that takes longer."""
    if sys.platform == "win32":
        return
    import resource

    most = math.ceil(time.process_time()) + CPU_SECONDS
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _addresses() -> int:
    """Bytes of addresses that the program takes by itself: libraries, most of it."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # not Linux
        return 1024**3


if __name__ == "__main__":
    main()
