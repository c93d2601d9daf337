"""The real bot with the real engine, for whose paintings, but the first, only so much memory is left.

`HEADROOM` is how many megabytes. The limit is on the addresses of the whole program (RLIMIT_AS): what
goes beyond it is refused to whoever asks, as by a system that promises no more than it has.
"""

import os
import resource
import sys
from concurrent.futures import Future
from pathlib import Path

from bot.executor import StyleExecutor, paint
from bot.logs import set_up_logging
from bot.painting.painter import OnGlimpse, Painting, PaintOrder, ShouldStop
from bot.running import run_until_stopped
from bot.settings import load_settings

HEADROOM = int(os.environ["HEADROOM"]) * 1_000_000


class FrugalPainter(StyleExecutor):
    """The first painting may take what it likes: it loads what stays."""

    def __init__(self) -> None:
        super().__init__()
        self._is_warm = False

    def paint(self, order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> Future[Painting]:
        is_warm, self._is_warm = self._is_warm, True
        return self.submit(_paint_frugally if is_warm else paint, order, on_glimpse, should_stop)


def _paint_frugally(order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> Painting:
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + HEADROOM, before[1]))
    try:
        return paint(order, on_glimpse, should_stop)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


if __name__ == "__main__":
    settings = load_settings(None)
    set_up_logging(settings.bot_log_level, settings.secrets, settings.bot_log_format)
    sys.exit(run_until_stopped(settings, FrugalPainter()))
