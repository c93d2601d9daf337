"""Measures the bot under load, over the sandbox.

    python -m tests.load crowd --people 1000            all of them send at one moment
    python -m tests.load steady --rate 100 --seconds 60 so many photos each second
    python -m tests.load soak --minutes 30 --rate 2     and how memory goes

The sandbox enforces Telegram's limits: who is faster gets 429. `--messages` raises the one of all chats
together, as Telegram does for bots that pay for it (1000 a second).
"""

import argparse
import asyncio
import contextlib
import json
import os
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

from bot.sandbox import Sandbox, limits
from tests.load.bot import READY
from tests.load.crowd import Crowd
from tests.load.report import behind_schedule, growth, spread

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds without a painting: no more will come
SAMPLE_SECONDS = 2.0
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")  # a second
WARMED_UP = 60.0  # seconds of a soak before memory counts


def main() -> int:
    """0 when nothing was lost and no limit broken."""
    asked = _parser().parse_args()
    if asked.minutes is not None:
        asked.seconds = asked.minutes * 60
    return asyncio.run(measure(asked))


async def measure(asked: argparse.Namespace) -> int:
    limits.ALL_RATE, limits.ALL_BURST = float(asked.messages), int(asked.messages)
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        async with Sandbox(rate_limits=True) as sandbox, _bot(sandbox, Path(folder), asked) as bot:
            crowd = Crowd(sandbox, asked.people)
            sampling = asyncio.create_task(_sample(bot.pid))
            worked = _processor_seconds(bot.pid), _processor_seconds(os.getpid())
            begun = time.monotonic()
            if asked.what == "crowd":
                await crowd.all_at_once()
            else:
                await crowd.steadily(asked.rate, asked.seconds)
            sent = time.monotonic()
            await crowd.until_painted(PATIENCE)
            ended = max((time for each in crowd.asked for time in each.painted), default=time.monotonic())
            worked = (
                _processor_seconds(bot.pid) - worked[0],
                _processor_seconds(os.getpid()) - worked[1],
            )
            sampling.cancel()
            samples = await sampling
        statuses = _statuses(Path(folder) / "bot.sqlite3")
        crowd.note_ready(json.loads((Path(folder) / READY).read_text()))
    return _tell(asked, crowd, sandbox, samples, statuses, (begun, sent, ended), worked)


@contextlib.asynccontextmanager
async def _bot(
    sandbox: Sandbox, folder: Path, asked: argparse.Namespace
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot as a program of its own."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("BOT_", "STYLER_"))
    }
    settings = {
        "BOT_TOKEN": sandbox.token,
        "BOT_API_URL": sandbox.api_url,
        "BOT_DATA_DIR": str(folder),
        "BOT_MAX_JOBS_PER_USER": "1000",
        "BOT_MAX_QUEUE": "100000",
        "STYLER_DEVICE": "cpu",
        "STYLER_SIZE": "96",
    }
    command = [sys.executable, "-m", "tests.load.bot", str(asked.paint), str(asked.messages)]
    program = await asyncio.create_subprocess_exec(
        *asked.under.split(), *command, cwd=ROOT, env=inherited | settings, stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    try:
        if await program.stdout.readline() != b"ready\n":
            raise SystemExit("the bot did not start")
        await asyncio.sleep(3)  # its own things at the start: commands, sheets of presets
        yield program
    finally:
        with contextlib.suppress(ProcessLookupError):
            program.terminate()
        await program.wait()


async def _sample(pid: int) -> list[tuple[float, float, float]]:
    """(seconds, MB of the bot, MB of the sandbox), until cancelled."""
    begun, found = time.monotonic(), []
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            found.append((time.monotonic() - begun, _megabytes(pid), _megabytes(os.getpid())))
            await asyncio.sleep(SAMPLE_SECONDS)
    return found


def _megabytes(pid: int) -> float:
    """What a program holds in memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES / 1e6


def _processor_seconds(pid: int) -> float:
    """That a program has taken, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _statuses(database: Path) -> Counter[str]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return Counter(dict(connection.execute("SELECT status, count(*) FROM jobs GROUP BY status")))


def _tell(
    asked: argparse.Namespace,
    crowd: Crowd,
    sandbox: Sandbox,
    samples: list[tuple[float, float, float]],
    statuses: Counter[str],
    times: tuple[float, float, float],
    worked: tuple[float, float],
) -> int:
    begun, sent, ended = times
    photos, rate = crowd.asked, asked.messages
    told, ready = [each.answered for each in photos], [each.ready for each in photos]
    refused = Counter(f"{call.method} {call.error}" for call in sandbox.calls if call.error is not None)
    lost = sum(not each.painted for each in photos)
    twice = sum(len(each.painted) > 1 for each in photos)
    signs = [each.signed - each.at for each in photos if each.signed is not None]
    answers = [each.answered - each.at for each in photos if each.answered is not None]
    lines = [
        f"photos sent: {len(photos)} by {asked.people} people, within {sent - begun:.1f} s",
        f"painted: {len(photos) - lost}, lost: {lost}, painted twice: {twice}; jobs stored: {dict(statuses)}",
        f"all painted after {ended - begun:.1f} s: {(len(photos) - lost) / (ended - begun):.1f} a second",
        f"first sign (a reaction on {crowd.reactions} of them): {spread(signs)}",
        f"first words: {spread(answers)}",
        f"beyond what {rate} messages a second allow: {spread(behind_schedule(photos, told, rate))}",
        f"the words ready, beyond that: {spread(behind_schedule(photos, ready, rate))}",
        f"faster than allowed: {sum(sandbox.violations.values())} of {len(sandbox.calls)} calls; "
        f"refused: {dict(refused)}",
        f"processor, for each photo: the bot {1000 * worked[0] / len(photos):.1f} ms, "
        f"the sandbox {1000 * worked[1] / len(photos):.1f} ms",
        f"memory of the bot: most {max(each[1] for each in samples):.0f} MB",
    ]
    if asked.what == "soak":
        warm = [each for each in samples if each[0] >= min(WARMED_UP, samples[-1][0] / 5)]
        lines.append(f"the bot: {growth([(at, bot) for at, bot, _ in warm])}")
        lines.append(f"the sandbox: {growth([(at, own) for at, _, own in warm])}")
    sys.stdout.write("\n".join(lines) + "\n")
    return int(bool(lost or twice or sandbox.violations))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["crowd", "steady", "soak"])
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=100.0, help="photos a second")
    parser.add_argument("--seconds", type=float, default=60.0, help="for how long they are sent")
    parser.add_argument("--minutes", type=float, help="the same in minutes")
    parser.add_argument("--messages", type=int, default=30, help="a second, that Telegram lets the bot say")
    parser.add_argument("--paint", type=float, default=0.005, help="seconds that a painting takes")
    parser.add_argument("--under", default="", help="run the bot under this, for instance a profiler")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
