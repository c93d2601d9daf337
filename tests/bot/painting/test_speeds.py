"""How long paintings took and will take, by what was measured."""

import sqlite3

import pytest

from bot.painting.speeds import KEPT_SPEEDS, estimate, record_speed
from bot.store import Store


async def test_waits_are_estimated_from_what_was_measured(store: Store) -> None:
    assert await estimate(store, "cpu", "standard", 1000) is None
    await record_speed(store, "cpu", "standard", 1000, 10.0)
    assert await estimate(store, "cpu", "standard", 1000) == pytest.approx(10)
    assert await estimate(store, "cpu", "standard", 3000) == pytest.approx(30)
    assert await estimate(store, "cuda:0", "standard", 1000) is None
    assert await estimate(store, "cpu", "best", 1000) is None


async def test_an_estimate_looks_at_pictures_of_like_size_and_forgives_an_outlier(store: Store) -> None:
    for _ in range(9):
        await record_speed(store, "cpu", "standard", 250_000, 10.0)
    for seconds in [60.0] * 8 + [6000.0]:
        await record_speed(store, "cpu", "standard", 1_000_000, seconds)
    assert await estimate(store, "cpu", "standard", 250_000) == pytest.approx(10)
    assert await estimate(store, "cpu", "standard", 900_000) == pytest.approx(54)


async def test_old_speeds_are_forgotten_per_kind(store: Store) -> None:
    await record_speed(store, "cuda", "standard", 100, 1.0)
    for _ in range(KEPT_SPEEDS):
        await record_speed(store, "cpu", "standard", 100, 50.0)
    for _ in range(KEPT_SPEEDS):
        await record_speed(store, "cpu", "standard", 100, 1.0)
    assert await estimate(store, "cpu", "standard", 100) == pytest.approx(1)
    other = sqlite3.connect(store.path)
    counts = other.execute("SELECT device, count(*) FROM speeds GROUP BY device ORDER BY device").fetchall()
    other.close()
    assert counts == [("cpu", KEPT_SPEEDS), ("cuda", 1)]


@pytest.mark.parametrize(("pixels", "seconds"), [(0, 1.0), (100, 0.0), (-1, 1.0)])
async def test_a_speed_of_nothing_is_refused(store: Store, pixels: int, seconds: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        await record_speed(store, "cpu", "standard", pixels, seconds)
