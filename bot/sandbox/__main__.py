"""Runs the sandbox by itself: `python -m bot.sandbox --token TOKEN --port 8081`."""

import argparse
import asyncio
import contextlib
import sys

from bot.sandbox.sandbox import DEFAULT_TOKEN, Sandbox


async def serve(arguments: argparse.Namespace) -> None:
    """Listen until somebody presses Ctrl-C."""
    sandbox = Sandbox(
        arguments.token,
        arguments.host,
        arguments.port,
        rate_limits=arguments.rate_limits,
        local_mode=arguments.local,
    )
    async with sandbox:
        sys.stdout.write(f"Chat page: {sandbox.page_url}\nBOT_API_URL={sandbox.api_url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bot.sandbox", description="A local Telegram: a Bot API server and a chat page."
    )
    parser.add_argument("--token", default=DEFAULT_TOKEN, help="the bot's token here (default: %(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--local", action="store_true", help="give files by path, of any size")
    parser.add_argument("--rate-limits", action="store_true", help="answer 429 like Telegram when too fast")
    arguments = parser.parse_args()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(arguments))
    except (ValueError, OSError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
