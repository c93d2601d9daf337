"""What is kept of a painting while it is made, so that neither a stop nor a crash costs all of it."""

import contextlib
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from styler import Checkpoint, Progress

log = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 10.0  # between two: about as much work as a crash may cost


class Keeper:
    """Keeps a painting's checkpoint up to date; without a path, it does nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._next = time.monotonic() + CHECKPOINT_SECONDS

    def found(self) -> "Checkpoint | None":
        """What an interrupted attempt left."""
        from styler import load_checkpoint

        checkpoint = load_checkpoint(self._path) if self._path is not None else None
        if checkpoint is not None:
            log.info("Painting goes on after %.1f s of it.", checkpoint.elapsed)
        return checkpoint

    def now_and_then(self, progress: "Progress") -> None:
        """Save it when it is time to."""
        if self._path is not None and time.monotonic() >= self._next:
            self.save(progress.checkpoint())
            self._next = time.monotonic() + CHECKPOINT_SECONDS

    def save(self, checkpoint: "Checkpoint") -> None:
        """If that can be done."""
        if self._path is not None:
            with if_it_can_be_written(self._path):
                checkpoint.save(self._path)

    def discard(self) -> None:
        """The painting is finished."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


@contextlib.contextmanager
def if_it_can_be_written(checkpoint: Path) -> Iterator[None]:
    """A full disk is no reason to stop painting."""
    try:
        yield
    except OSError as error:
        log.warning("%s cannot be written: %s", checkpoint, error.strerror)
