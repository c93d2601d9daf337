"""`kill -9` at any moment, again and again: every photo is painted, and given to its owner once."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from bot.settings import Settings
from bot.store import Store
from tests.bot.kills.customers import Customer, Order
from tests.bot.kills.program import Program, Tripwire
from tests.bot.kills.stub_bot import DIARY

pytestmark = pytest.mark.long

SETTLED = 120.0  # seconds for all that was taken to be painted, once nobody kills the bot any more
LONGEST_LIFE = 8.0  # seconds of a bot, where the call that is to kill it does not come

# In the middle of which call: the server has done it, and the bot does not know.
MOMENTS = (
    *[("sendMessage", number) for number in (1, 2, 3, 4)],
    *[("editMessageText", number) for number in (1, 2, 3)],
    *[("editMessageMedia", number) for number in (1, 2, 3, 5)],
    *[("getFile", number) for number in (1, 2)],
    *[("getUpdates", number) for number in (1, 2, 3, 5)],
    ("answerCallbackQuery", 1),
    ("getMe", 1),
)


@pytest.mark.parametrize("seed", [1])
async def test_killed_at_random_moments_it_loses_nothing(
    settings: Callable[..., Settings], sandbox: Sandbox, seed: int
) -> None:
    await live_through(3, seed, settings(), sandbox)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [2, 3])
async def test_killed_fifty_times_it_loses_nothing(
    settings: Callable[..., Settings], sandbox: Sandbox, seed: int
) -> None:
    await live_through(50, seed, settings(), sandbox)


async def live_through(rounds: int, seed: int, settings: Settings, sandbox: Sandbox) -> None:
    async with Program(settings, BOT_MAX_JOBS_PER_USER="100") as program:
        orders = await kill_and_start(rounds, seed, program, sandbox)
        await check(orders, settings.bot_data_dir, program)


async def kill_and_start(rounds: int, seed: int, program: Program, sandbox: Sandbox) -> list[Order]:
    """All that was ordered meanwhile, once it is settled and the bot has ended."""
    chance, wire = random.Random(seed), Tripwire.across(sandbox)
    customers = [Customer(sandbox.person(first_name=f"Anna {n}"), seed * 100 + n) for n in range(3)]
    busy: dict[Customer, asyncio.Task[None]] = {}
    for _ in range(rounds):
        for customer in customers:
            if customer not in busy or (busy[customer].done() and busy[customer].result() is None):
                busy[customer] = asyncio.create_task(customer.order())
        await program.start()
        await kill_at_some_moment(program, wire, chance)
    await program.start()
    try:
        async with asyncio.timeout(SETTLED):
            await asyncio.gather(*busy.values())
            orders = [order for customer in customers for order in customer.orders]
            while not all(order.is_settled for order in orders):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail("\n\n".join(customer.person.transcript() for customer in customers) + program.words())
    await program.is_ready()
    program.terminate()
    assert await program.ended() == 0, program.words()[-3000:]
    return orders


async def kill_at_some_moment(program: Program, wire: Tripwire, chance: random.Random) -> None:
    """By the clock, or by the calls that the bot makes: in the midst of one, or shortly after its answer."""
    life = chance.uniform(0.5, LONGEST_LIFE)
    if chance.random() < 0.75:
        life = LONGEST_LIFE
        loop, late = asyncio.get_running_loop(), chance.choice((0.0, 0.0, 0.001, 0.01, 0.1))
        wire.at(
            *chance.choice(MOMENTS), lambda: loop.call_later(late, program.kill) if late else program.kill()
        )
    try:
        await program.ended(life)
    except TimeoutError:
        program.kill()
        await program.ended()


async def check(orders: list[Order], folder: Path, program: Program) -> None:
    for order in orders:
        story = order.person.transcript()
        assert len(order.results) + len(order.failures) + bool(order.troubles) == 1, story
        if order.results:
            assert await order.is_own(), story
    async with Store(folder / "bot.sqlite3") as store:
        assert await store.open_jobs() == await store.owed_jobs() == []
        async with store.transaction() as connection:
            rows = await connection.execute_fetchall("SELECT status, count(*) FROM jobs GROUP BY status")
    counts = {row[0]: row[1] for row in rows}
    taken = [order for order in orders if not order.troubles]
    assert sum(counts.values()) == len(taken), "one job for each photo"
    assert "Traceback" not in program.words()
    check_diary((folder / DIARY).read_text())
    orphans = [orphan for order in orders for orphan in order.orphans]
    print(
        f"{program.starts - 1} kills, {len(orders)} photos, "
        f"{sum(bool(order.results) for order in orders)} painted, "
        f"{sum(not order.results for order in orders)} given up and told, {len(orphans)} messages orphaned"
    )
    for orphan in orphans:
        print("orphan:", orphan.words.text)


def check_diary(diary: str) -> None:
    """Nothing was painted while something else was."""
    last, under_way = "", ""
    for line in diary.splitlines():
        pid, what, job = line.split()
        if pid != last:
            last, under_way = pid, ""  # the one before was killed
        assert (what == "begin") == (under_way == ""), diary
        assert what == "begin" or job == under_way, diary
        under_way = job if what == "begin" else ""
