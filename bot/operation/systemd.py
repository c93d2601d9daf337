"""Tells systemd how it goes (sd_notify): ready, alive, stopping. Without systemd nothing happens.

The protocol is a datagram of `NAME=value` lines to the socket that NOTIFY_SOCKET names; see sd_notify(3).
"""

import contextlib
import socket
import time

from bot.settings import ServiceManager


class Systemd:
    """The service manager's ear. What it cannot hear is left unsaid: that must keep nobody from working."""

    def __init__(self, manager: ServiceManager) -> None:
        # A name that begins with @ is in the abstract namespace, which has a zero byte there.
        self._address = manager.notify_socket.replace("@", "\0", 1) if manager.notify_socket else None
        self._every = manager.watchdog_seconds / 2 if manager.watchdog_seconds else None
        self._next = 0.0

    def say(self, **words: str) -> None:
        """For instance `say(READY="1", STATUS="@bot is ready.")`."""
        if self._address is None:
            return
        message = "\n".join(f"{name}={value}" for name, value in words.items()).encode()
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
            ear.setblocking(False)
            ear.sendto(message, self._address)

    def beat(self) -> None:
        """Call it as often as you like: the watchdog is told twice in its time."""
        if self._every is not None and time.monotonic() >= self._next:
            self._next = time.monotonic() + self._every
            self.say(WATCHDOG="1")
