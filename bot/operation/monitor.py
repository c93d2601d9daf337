"""`/metrics`, `/healthz` and `/readyz` on a port of this machine, in threads of their own.

So they answer even when the event loop is stuck, and can say so.
"""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Protocol

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 10.0  # with somebody who asks and does not go on


class Asked(Protocol):
    """Who knows how the bot is: `health.Health`."""

    def ailments(self) -> list[str]: ...
    def hindrances(self) -> list[str]: ...


@contextmanager
def monitor(host: str, port: int, health: Asked, registry: CollectorRegistry) -> Iterator[int]:
    """Within, the pages are there; the port that they got (0 takes a free one). Raises OSError."""

    class Page(_Page):
        pass

    Page.health, Page.registry = health, registry
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]

    class Server(_Server):
        address_family = family  # the library's is IPv4 only

    server = Server((host, port), Page)
    thread = Thread(target=server.serve_forever, name="monitor", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # who still asks must not keep the bot from stopping

    def handle_error(self, *_: Any) -> None:
        log.debug("Somebody who asked how the bot is went away.", exc_info=True)


class _Page(BaseHTTPRequestHandler):
    health: Asked
    registry: CollectorRegistry
    timeout = PATIENCE_SECONDS
    server_version = "stylebot"
    sys_version = ""

    def do_GET(self) -> None:
        match self.path.partition("?")[0]:
            case "/healthz":
                self._tell(self.health.ailments())
            case "/readyz":
                self._tell(self.health.hindrances())
            case "/metrics":
                encode, kind = choose_encoder(self.headers.get("Accept", ""))
                self._answer(200, encode(self.registry), kind)
            case _:
                self._answer(404, b"There is /metrics, /healthz and /readyz.\n")

    do_HEAD = do_GET

    def _tell(self, faults: list[str]) -> None:
        lines = faults or ["ok"]
        self._answer(503 if faults else 200, "".join(f"{line}\n" for line in lines).encode())

    def _answer(self, code: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody wants a line for each time that Prometheus asks."""
