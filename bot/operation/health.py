"""Whether the bot is alive, and whether it is ready to serve: asked from a thread beside the event loop."""

import asyncio
import time
from collections.abc import Callable, Mapping

BEAT_SECONDS = 1.0
LONGEST_HANG = 30.0  # seconds without a beat: the event loop is stuck
TELEGRAM_SILENCE = 60.0  # seconds without an answer from Telegram; in quiet times it answers every ten

Check = Callable[[], str | None]
"""What is wrong, as a short sentence; None: nothing."""


class SignOfLife:
    """When something last happened. May be read from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at = clock()
        self.seen = False

    def give(self) -> None:
        """It happens now."""
        self._at = self._clock()
        self.seen = True

    @property
    def silence(self) -> float:
        """Seconds since then, or since the beginning."""
        return self._clock() - self._at


class Health:
    """What `/healthz` and `/readyz` tell."""

    def __init__(self, loop: SignOfLife, ready: Mapping[str, Check]) -> None:
        self._loop = loop
        self._ready = ready

    def ailments(self) -> list[str]:
        """Why the bot should be started anew."""
        silence = self._loop.silence
        return [f"loop: it gave its last sign of life {silence:.0f} s ago"] if silence > LONGEST_HANG else []

    def hindrances(self) -> list[str]:
        """Why the bot serves nobody at this moment."""
        found = {name: check() for name, check in self._ready.items()}
        return self.ailments() + [f"{name}: {fault}" for name, fault in found.items() if fault is not None]


async def pulse(life: SignOfLife, on_beat: Callable[[float], None]) -> None:
    """A sign of life of the event loop each second; `on_beat` is told how many seconds late it was."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        late = max(0.0, loop.time() - due)
        life.give()
        on_beat(late)
        due = loop.time() + BEAT_SECONDS
        await asyncio.sleep(BEAT_SECONDS)
