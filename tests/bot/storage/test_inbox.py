"""What is heard again at the next start, by what the last one had made of it."""

from bot.actions import Enqueue, PictureRef
from bot.dialogue_states import HasContent, Idle, NoRoom, State
from bot.jobs import JobStyle
from bot.storage import inbox
from bot.storage.inbox import Arrival, left
from bot.store import Store
from tests.bot.some_jobs import a_job

PHOTO = PictureRef("c.jpg", 8)
REFUSED = NoRoom((Enqueue(PHOTO, (JobStyle(preset="ink"),)),))


async def keep_album(store: Store, state: State) -> None:
    """Two photos of one album came, and the first made a job; the dialogue is then so."""
    for number in (7, 8):
        await inbox.put_all(store, [Arrival(f"1:{number}", 1, 2, f"{number}", number, "album")])
    await store.accept([a_job(origin="1:7:0", chat_id=1, user_id=2)], state)


async def bodies(store: Store) -> list[str]:
    return [each.update for each in await left(store)]


async def test_what_made_all_its_jobs_was_heard(store: Store) -> None:
    await keep_album(store, Idle())
    assert await bodies(store) == []


async def test_what_was_refused_in_part_is_heard_again_to_tell_of_that(store: Store) -> None:
    await keep_album(store, REFUSED)
    assert await bodies(store) == ["7", "8"]


async def test_a_refusal_of_somebody_else_or_elsewhere_does_not_matter(store: Store) -> None:
    await keep_album(store, HasContent(PHOTO))
    await store.save_dialogue(1, 3, REFUSED)
    await store.save_dialogue(4, 2, REFUSED)
    assert await bodies(store) == []
