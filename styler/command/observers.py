"""What the command line does with progress: a bar on the terminal, snapshots, a trace, an animation."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from PIL import Image
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from styler.command.animation import check_animation, frame_of, save_animation
from styler.command.places import SNAPSHOT
from styler.errors import OutputError
from styler.outputs import make_folder, save_picture, told_as_output_error
from styler.painting.results import Progress

SNAPSHOT_EVERY = 10  # steps
FRAMES = 40  # of an animation

Observer = Callable[[Progress], None]


@contextmanager
def observing(*, snapshots: Path | None, trace: Path | None, animation: Path | None) -> Iterator[Observer]:
    """One observer that writes all that is asked. Raises OutputError where it cannot, naming each such file.

    Nothing is written before the first step: until then a mistake may be found, which costs no earlier file.
    """
    wished = [(snapshots_into, snapshots), (trace_into, trace), (animate_into, animation)]
    asked = [(into, path) for into, path in wished if path is not None]
    with ExitStack() as stack:
        ends = [stack.enter_context(ExitStack()) for _ in asked]
        observers = [end.enter_context(into(path)) for end, (into, path) in zip(ends, asked, strict=True)]

        def observe(progress: Progress) -> None:
            for observer in observers:
                observer(progress)

        yield observe
        # The painting went well: one by one, so that what fails in one of them hides no other.
        failures = [failure for end in ends if (failure := _failure(end.close))]
        if failures:
            raise OutputError("; ".join(map(str, failures)))


def _failure(close: Callable[[], None]) -> OutputError | None:
    try:
        close()
    except OutputError as error:
        return error
    return None


@contextmanager
def told_at_the_end(observer: Observer) -> Iterator[Observer]:
    """The observer, until it cannot write: then no more is tried, and its OutputError raised at the end.

    A file beside the painting is no reason to give that up.
    """
    failures: list[OutputError] = []

    def observe(progress: Progress) -> None:
        if failures:
            return
        try:
            observer(progress)
        except OutputError as error:
            failures.append(error)

    yield observe
    if failures:
        raise failures[0]


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[Observer]:
    """A bar on stderr that fills by work done, not by steps: late steps are larger ones.

    It is wiped away at the end. What is logged before that stands above it; what is printed lands in its
    line.
    """
    layout = "{percentage:3.0f}%|{bar}| {desc}"
    with (
        tqdm(
            total=1.0, bar_format=layout, file=sys.stderr, leave=False, dynamic_ncols=True, disable=not shown
        ) as bar,
        logging_redirect_tqdm() if shown else nullcontext(),
    ):

        def show(progress: Progress) -> None:
            size, step = f"{progress.width}x{progress.height}", f"step {progress.step}/{progress.steps}"
            bar.set_description_str(f"{size}, {step}, {progress.remaining:.0f} s left", refresh=False)
            bar.update(progress.fraction - bar.n)
            if progress.step == progress.steps:
                bar.refresh()  # however soon after the one before: what comes now may take a while

        yield show


@contextmanager
def snapshots_into(folder: Path) -> Iterator[Observer]:
    """Saves step-0001.jpg ... after the first step, every tenth, and the last of each scale.

    Those of an earlier painting go before the first: among the new ones, its last would look like this one's.
    """
    is_new = True

    def snapshot(progress: Progress) -> None:
        nonlocal is_new
        if is_new:
            make_folder(folder)
            _clear(folder)
            is_new = False
        if progress.step == 1 or progress.step % SNAPSHOT_EVERY == 0 or progress.last_of_scale:
            save_picture(progress.picture(), folder / f"step-{progress.step:04}.jpg")

    with told_at_the_end(snapshot) as observer:
        yield observer


def _clear(folder: Path) -> None:
    """Removes the snapshots that are there, and nothing else. Raises OutputError."""
    with told_as_output_error(folder):
        for file in folder.iterdir():
            if SNAPSHOT.fullmatch(file.name) and not file.is_dir():
                file.unlink()


@contextmanager
def trace_into(path: Path) -> Iterator[Observer]:
    """Writes a line of JSON after each step: where it stands, and every part of the loss."""
    file: TextIO | None = None
    opened = ExitStack()

    def trace(progress: Progress) -> None:
        nonlocal file
        line = {
            "scale": progress.scale,
            "size": [progress.width, progress.height],
            "step": progress.step,
            "elapsed": round(progress.elapsed, 3),
            **asdict(progress.losses),
            "total": progress.losses.total,
        }
        with told_as_output_error(path):
            if file is None:
                file = opened.enter_context(path.open("w", encoding="utf-8"))
            file.write(json.dumps(line) + "\n")

    try:
        with told_at_the_end(trace) as observer:
            yield observer
    except BaseException:  # that the trace fails too is not what should be told
        with suppress(OSError):
            opened.close()
        raise
    with told_as_output_error(path):
        opened.close()


@contextmanager
def animate_into(path: Path) -> Iterator[Observer]:
    """Writes a film of how the picture came about, once it is finished; see `styler.command.animation`."""
    check_animation(path)
    frames: list[Image.Image] = []

    def remember(progress: Progress) -> None:
        if progress.fraction * FRAMES >= len(frames) or progress.step == progress.steps:
            frames.append(frame_of(progress.picture()))

    yield remember
    save_animation(frames, path)
