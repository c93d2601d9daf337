"""What /forget deletes, and what it leaves because others need it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.actions import PictureRef
from bot.dialogue_states import HasContent
from bot.jobs import JobStatus, JobStyle
from bot.people.forgetting import forget_person
from bot.storage.pictures import Pictures
from bot.store import Store
from tests.bot.end_to_end.chat import picture
from tests.bot.some_jobs import a_job, add_job

ANNA, BORIS = 5, 6


def lay(pictures: Pictures, *names: str) -> None:
    for name in names:
        pictures.result_path(name).write_bytes(b"painted")


def there(pictures: Pictures) -> set[str]:
    return {
        file.name for path in (pictures.picture_path, pictures.result_path) for file in path("").iterdir()
    }


async def test_what_was_begun_of_a_painting_goes_too(store: Store, pictures: Pictures) -> None:
    """A crash left it, just after the job had ended."""
    job, other = a_job("anna", user_id=ANNA, sheet=True), a_job("boris", user_id=BORIS)
    for each in (job, other):
        await add_job(store, each)
    await store.update_job(job.id, JobStatus.CANCELLED)
    lay(pictures, f"{job.id}.jpg", f"{job.id}-1.png", f"{job.id}.checkpoint", f"{other.id}.checkpoint")
    await forget_person(store, pictures, ANNA, counted=False)
    assert there(pictures) == {f"{other.id}.checkpoint"}


async def test_what_others_need_stays(store: Store, pictures: Pictures) -> None:
    photo, style, waiting = [await pictures.keep(picture()) for _ in range(3)]
    styles = (JobStyle(picture=style),)
    await add_job(store, a_job("anna", user_id=ANNA, content=photo, styles=styles))
    done = a_job("boris", user_id=BORIS, styles=styles)
    await add_job(store, done)
    await store.update_job(done.id, JobStatus.RUNNING)
    await store.update_job(done.id, JobStatus.DELIVERING, result=f"{done.id}.jpg")
    await store.update_job(done.id, JobStatus.DONE)
    await store.save_dialogue(BORIS, BORIS, HasContent(PictureRef(waiting, 1)))
    await store.save_dialogue(ANNA, ANNA, HasContent(PictureRef(waiting, 1)))
    await forget_person(store, pictures, ANNA, counted=False)
    assert there(pictures) == {style, waiting}


async def test_the_jobs_of_all_are_looked_through_once(
    store: Store, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not once for each picture: nobody else can write meanwhile."""
    transactions, begin = 0, Store.transaction

    @asynccontextmanager
    async def counted(each: Store) -> AsyncIterator[Any]:
        nonlocal transactions
        transactions += 1
        async with begin(each) as connection:
            yield connection

    for number in range(20):
        await add_job(store, a_job(f"{number}", user_id=ANNA, content=await pictures.keep(picture())))
    monkeypatch.setattr(Store, "transaction", counted)
    await forget_person(store, pictures, ANNA, counted=False)
    assert transactions == 2, "to forget, and to look"
    assert there(pictures) == set()
