"""Turns: one person's updates in order, different people at once."""

import asyncio

import pytest

from bot.people.person import Turns


async def test_one_person_is_served_in_order_and_others_meanwhile() -> None:
    turns, seen = Turns(), []
    gate = asyncio.Event()

    async def handle(user_id: int, name: str, *, waits: bool = False) -> None:
        async with turns.of(1, user_id):
            if waits:
                await gate.wait()
            seen.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(handle(1, "anna first", waits=True))
        group.create_task(handle(1, "anna second"))
        group.create_task(handle(1, "anna third"))
        group.create_task(handle(2, "boris"))
        await asyncio.sleep(0.01)
        assert seen == ["boris"]
        gate.set()
    assert seen == ["boris", "anna first", "anna second", "anna third"]
    assert turns._locks == {}, "nothing is kept of who was served"


async def test_a_turn_that_fails_or_is_given_up_lets_the_next_in() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="oops"):
        async with turns.of(1, 1):
            raise ValueError("oops")
    async with turns.of(1, 1):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), turns.of(1, 1):
                pass
    assert turns._locks == {}
