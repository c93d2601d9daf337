"""What a call of the Bot API costs the bot's own thread, by each way: `python -m tests.load.calls`."""

import asyncio
import json
import threading
import time

from telegram import Bot
from telegram.request import BaseRequest, HTTPXRequest

from bot.api.transport import AiohttpRequest, Patience

CALLS, AT_ONCE = 2000, 16
MESSAGE = {"message_id": 5, "date": 1_700_000_000, "chat": {"id": 5, "type": "private"}, "text": "hello"}
BODY = json.dumps({"ok": True, "result": MESSAGE}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(BODY),
    BODY,
)


class Server(asyncio.Protocol):
    """Says yes to whatever comes in one piece."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"POST"):  # httpx sends the body by itself
            self._transport.write(ANSWER)


def serve(ready: "list[int]") -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
        ready.append(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


async def milliseconds(way: BaseRequest, port: int) -> float:
    """Of this thread's own work for one call."""
    async with way:
        bot = Bot("1:a", f"http://127.0.0.1:{port}/bot", request=way)
        await bot.send_message(5, "to begin with")
        left = iter(range(CALLS))

        async def speak() -> None:
            for _ in left:
                await bot.send_message(5, "hello")

        before = time.thread_time()
        await asyncio.gather(*(speak() for _ in range(AT_ONCE)))
        return (time.thread_time() - before) / CALLS * 1000


def main() -> None:
    ports: list[int] = []
    threading.Thread(target=serve, args=(ports,), daemon=True).start()
    while not ports:
        time.sleep(0.01)
    ways = {
        "httpx": HTTPXRequest(64, httpx_kwargs={"trust_env": False}),
        "aiohttp": AiohttpRequest(64, Patience()),
    }
    for name, way in ways.items():
        print(f"{name}: {asyncio.run(milliseconds(way, ports[0])):.2f} ms a call")


if __name__ == "__main__":
    main()
