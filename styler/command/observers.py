"""What the command line does with progress: a bar on the terminal, snapshots, a trace, an animation."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import asdict
from pathlib import Path

from PIL import Image
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from styler.command.animation import check_animation, frame_of, save_animation
from styler.errors import OutputError
from styler.images import make_folder, save_picture, told_as_output_error
from styler.painting.results import Progress

SNAPSHOT_EVERY = 10  # steps
FRAMES = 40  # of an animation

Observer = Callable[[Progress], None]


@contextmanager
def observing(*, snapshots: Path | None, trace: Path | None, animation: Path | None) -> Iterator[Observer]:
    """One observer that writes all that is asked. Raises OutputError where it cannot."""
    with ExitStack() as stack:
        observers: list[Observer] = []
        if snapshots is not None:
            observers.append(stack.enter_context(snapshots_into(snapshots)))
        if trace is not None:
            observers.append(stack.enter_context(trace_into(trace)))
        if animation is not None:
            observers.append(stack.enter_context(animate_into(animation)))

        def observe(progress: Progress) -> None:
            for observer in observers:
                observer(progress)

        yield observe


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
    """Saves step-0001.jpg ... after the first step, every tenth, and the last of each scale."""
    make_folder(folder)

    def snapshot(progress: Progress) -> None:
        if progress.step == 1 or progress.step % SNAPSHOT_EVERY == 0 or progress.last_of_scale:
            save_picture(progress.picture(), folder / f"step-{progress.step:04}.jpg")

    with told_at_the_end(snapshot) as observer:
        yield observer


@contextmanager
def trace_into(path: Path) -> Iterator[Observer]:
    """Writes a line of JSON after each step: where it stands, and every part of the loss."""
    with told_as_output_error(path):
        file = path.open("w", encoding="utf-8")

    def trace(progress: Progress) -> None:
        line = {
            "scale": progress.scale,
            "size": [progress.width, progress.height],
            "step": progress.step,
            "elapsed": round(progress.elapsed, 3),
            **asdict(progress.losses),
            "total": progress.losses.total,
        }
        with told_as_output_error(path):
            file.write(json.dumps(line) + "\n")

    try:
        with told_at_the_end(trace) as observer:
            yield observer
    except BaseException:  # that the trace fails too is not what should be told
        with suppress(OSError):
            file.close()
        raise
    with told_as_output_error(path):
        file.close()


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
