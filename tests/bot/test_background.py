"""What runs beside everything else: its end, and its faults."""

import asyncio

import pytest

from bot.background import Background


async def test_background_ends_what_is_endless_at_once_and_gives_others_grace() -> None:
    background, ended = Background(), []

    async def endless() -> None:
        await asyncio.Event().wait()

    async def short() -> None:
        await asyncio.sleep(0.1)
        ended.append("short")

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("stubborn")

    background.start(endless(), endless=True)
    background.start(short())
    background.start(stubborn())
    await asyncio.sleep(0)
    await background.stop(0.3)
    assert ended == ["short", "stubborn"]


async def test_background_tells_of_what_breaks(caplog: pytest.LogCaptureFixture) -> None:
    background = Background()

    async def breaks(words: str) -> None:
        raise ValueError(words)

    background.start(breaks("a trifle"))
    background.start(breaks("the heart"), vital=True)
    error = await asyncio.wait_for(background.broken, 5)
    assert str(error) == "the heart"
    assert "a trifle" in caplog.text
