"""The real bot as a program of its own, with a painter that takes a second and writes down what it does.

It paints the mean colour of the photo, so that everybody can be seen to get their own. `PACE` is the seconds
that a painting takes; a photo `KILLS`, `HANGS` or `BLOCKS` pixels wide is trouble.
"""

import contextlib
import os
import signal
import sys
import time
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from PIL import Image

from bot import assembly
from bot.executor import StyleExecutor
from bot.logs import set_up_logging
from bot.painting.painter import EngineInfo, Glimpse, OnGlimpse, Painting, PaintOrder, SheetOrder, ShouldStop
from bot.queue.watchdog import Watchdog
from bot.running import run_until_stopped
from bot.settings import load_settings
from styler.images import open_picture
from styler.outputs import encode_picture, save_picture

SIDE = 96  # of a painting, in pixels
STEPS = 20
# Pixels: of what kills the whole program, of what never ends and heeds nothing, of what blocks the loop.
KILLS, HANGS, BLOCKS = 111, 222, 333
PACE = float(os.environ.get("PACE", "0.5"))
STEP = float(os.environ.get("STEP", "1.0"))  # seconds that a step may take
DIARY = "diary"  # what was painted when: a line for each beginning and end


class StubPainter(StyleExecutor):
    """A `Painter` on a real thread."""

    def warm_up(self, device: str) -> "Future[EngineInfo]":
        return self.submit(lambda: EngineInfo("cpu", SIDE, on_gpu=False))

    def paint(self, order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> "Future[Painting]":
        if open_picture(order.content).width == BLOCKS:
            _write_down(order, f"begin {order.output.stem}")
            _hang()
        return self.submit(_paint, order, on_glimpse, should_stop)

    def paint_sheet(
        self, order: SheetOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop
    ) -> "Future[Painting]":
        raise NotImplementedError("nobody asks for a sheet here")


def _paint(order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> Painting:
    began, job = time.monotonic(), order.output.stem
    photo = open_picture(order.content)
    _write_down(order, f"begin {job}")
    try:
        _be_in_trouble(photo.width)
        picture = Image.new("RGB", (SIDE, SIDE), photo.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)))
        for step in range(1, STEPS + 1):
            if should_stop():
                break
            time.sleep(PACE / STEPS)
            rough = encode_picture(picture, "JPEG") if step % 5 == 0 else None
            on_glimpse(Glimpse(step / STEPS, PACE * (1 - step / STEPS), rough))
        save_picture(picture, order.output)
    finally:
        _write_down(order, f"end {job}")
    return Painting(order.output, SIDE, SIDE, time.monotonic() - began, should_stop())


def _be_in_trouble(width: int) -> None:
    if width == KILLS:
        os.kill(os.getpid(), signal.SIGKILL)
    if width == HANGS:
        _hang()


def _hang() -> None:
    while True:
        time.sleep(60)


def _write_down(order: PaintOrder, line: str) -> None:
    diary = Path(order.output).parents[1] / DIARY
    with contextlib.suppress(OSError), diary.open("a") as file:  # where the disk is full
        file.write(f"{os.getpid()} {line}\n")


if __name__ == "__main__":
    assembly.Watchdog = partial(Watchdog, step_seconds=STEP)
    settings = load_settings(None)
    set_up_logging(settings.bot_log_level, settings.secrets, settings.bot_log_format)
    sys.exit(run_until_stopped(settings, StubPainter()))
