"""A flood of one person's updates."""

import asyncio
from datetime import UTC, datetime

from telegram import Chat, Message, Update, User

from bot.handlers.in_turn import AT_ONCE, InTurn
from bot.people.person import Turns
from tests.patience import PATIENCE


async def test_hundreds_of_updates_of_one_person_are_in_nobodys_way() -> None:
    turn, seen = InTurn(Turns()), []
    gate, boris_served = asyncio.Event(), asyncio.Event()

    async def anna_is_served(number: int) -> None:
        await gate.wait()
        seen.append(number)

    async def boris_is_served() -> None:
        boris_served.set()

    flood = range(2 * AT_ONCE)
    async with asyncio.TaskGroup() as group:
        for number in flood:
            group.create_task(turn.process_update(words_of(1), anna_is_served(number)))
        await asyncio.sleep(0)
        group.create_task(turn.process_update(words_of(2), boris_is_served()))
        async with asyncio.timeout(PATIENCE):
            await boris_served.wait()
        gate.set()
    assert seen == list(flood)


def words_of(user_id: int) -> Update:
    user, chat = User(user_id, "Somebody", is_bot=False), Chat(user_id, Chat.PRIVATE)
    return Update(1, message=Message(1, datetime.now(UTC), chat, from_user=user, text="hello"))
