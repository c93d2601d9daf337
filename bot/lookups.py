"""Names of servers are looked up by threads of their own.

asyncio has few threads and hands everything to them: while the name server is away each lookup holds one for
half a minute, and files, orders and the heartbeat, which need them too, would stand still with Telegram.
"""

import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

LOOKUPS_AT_ONCE = 8


@contextmanager
def own_threads_for_lookups() -> Iterator[None]:
    """Within, in the running event loop."""
    loop = asyncio.get_running_loop()
    usual = loop.getaddrinfo
    threads = ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="lookup")

    async def getaddrinfo(*where: Any, **how: Any) -> Any:
        return await loop.run_in_executor(threads, partial(socket.getaddrinfo, *where, **how))

    # All libraries here ask the loop, and it has no other way to be told.
    loop.getaddrinfo = getaddrinfo  # type: ignore[method-assign]
    try:
        yield
    finally:
        loop.getaddrinfo = usual  # type: ignore[method-assign]
        threads.shutdown(wait=False, cancel_futures=True)
