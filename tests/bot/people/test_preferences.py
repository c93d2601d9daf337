"""What a person chose is remembered, beside their language, and damage to it hurts nobody."""

import pytest

from bot.people.preferences import Preferences, preferences_of, remember
from bot.storage.database import execute
from bot.store import Store

CHOSEN = Preferences(size=1024, quality="best", strength=75.0, keep_colors=True, send_as_file=True)


async def test_what_was_chosen_is_remembered(store: Store) -> None:
    assert await preferences_of(store, 5) == Preferences()
    await remember(store, 5, CHOSEN)
    await remember(store, 6, Preferences(size=512))
    assert await preferences_of(store, 5) == CHOSEN
    assert await preferences_of(store, 6) == Preferences(size=512)


async def test_the_language_and_the_rest_leave_each_other_alone(store: Store) -> None:
    await store.set_language(5, "ru")
    await remember(store, 5, CHOSEN)
    assert await store.language(5) == "ru"
    await store.set_language(5, "en")
    assert await preferences_of(store, 5) == CHOSEN


@pytest.mark.parametrize(
    "text", ["", "[1, 2]", "7", '{"size": "big"}', '{"strength": 101}', '{"keep_colors": 1}', '{"size": -1}']
)
async def test_what_cannot_be_read_is_as_usual(store: Store, text: str) -> None:
    async with store.transaction() as connection:
        await execute(connection, "INSERT INTO people (user_id, settings) VALUES (5, ?)", text)
    assert await preferences_of(store, 5) == Preferences()


async def test_what_is_unknown_is_passed_over(store: Store) -> None:
    text = '{"size": 512, "frame": "golden"}'
    async with store.transaction() as connection:
        await execute(connection, "INSERT INTO people (user_id, settings) VALUES (5, ?)", text)
    assert await preferences_of(store, 5) == Preferences(size=512)
