"""The bot of a load test: the real one, but paintings take as long as they are told to.

python -m tests.load.bot PAINT_SECONDS MESSAGES_A_SECOND
"""

import asyncio
import contextlib
import io
import json
import signal
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any, ClassVar

from PIL import Image

from bot import assembly
from bot.api import rate_limits
from bot.api.pace import Rate
from bot.app import running_bot
from bot.logs import set_up_logging
from bot.painting.painter import EngineInfo, Glimpse, OnGlimpse, Painting, PaintOrder, SheetOrder, ShouldStop
from bot.settings import load_settings

SIDE = 96  # pixels
READY = "ready.json"  # in the data folder at the end: when the answer to each photo was ready


class StubPainter:
    """Paints nothing: waits, shows one glimpse, and writes the same small picture each time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="painter")

    def warm_up(self, device: str) -> Future[EngineInfo]:
        return self._threads.submit(EngineInfo, device, SIDE, on_gpu=False)

    def paint(self, order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> Future[Painting]:
        return self._threads.submit(self._paint, order, on_glimpse, should_stop)

    def paint_sheet(
        self, order: SheetOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop
    ) -> Future[Painting]:
        raise NotImplementedError("nobody asks for sheets here")

    def replace(self) -> None:
        raise NotImplementedError("nothing hangs here")

    def _paint(self, order: PaintOrder, on_glimpse: OnGlimpse, should_stop: ShouldStop) -> Painting:
        end = time.monotonic() + self._seconds
        on_glimpse(Glimpse(0.5, self._seconds / 2, None))
        while (left := end - time.monotonic()) > 0 and not should_stop():
            time.sleep(min(left, 0.1))
        order.output.write_bytes(_picture())
        return Painting(order.output, SIDE, SIDE, self._seconds, stopped=left > 0)


@cache
def _picture() -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((SIDE, SIDE)).convert("RGB").save(file, "JPEG")
    return file.getvalue()


class HeardLimiter(rate_limits.RateLimiter):
    """The real one. Noted is when the answer to each photo is ready, which may be before it may be said."""

    ready: ClassVar[dict[int, float]] = {}  # message id of the photo -> time.monotonic()

    async def process_request(self, **how: Any) -> Any:
        endpoint, data = how["endpoint"], how["data"]
        answers = data.get("reply_parameters")
        if endpoint == "sendMessage" and answers is not None:
            self.ready.setdefault(answers.message_id, time.monotonic())
        return await super().process_request(**how)


async def serve(paint_seconds: float) -> None:
    """Until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = load_settings(None)
    async with running_bot(settings, StubPainter(paint_seconds)):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await stop.wait()
        (settings.bot_data_dir / READY).write_text(json.dumps(HeardLimiter.ready))


def main() -> None:
    paint_seconds, messages_a_second = map(float, sys.argv[1:])
    assembly.RateLimiter = HeardLimiter  # type: ignore[misc]
    rate_limits.EVERYBODY = Rate(int(messages_a_second), 1.0)
    set_up_logging("WARNING", [])
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(paint_seconds))


if __name__ == "__main__":
    main()
