"""Jobs and a dialogue for the tests of the store."""

from typing import Any

from bot.actions import PictureRef
from bot.dialogue_states import HasContent
from bot.jobs import Job, JobStyle, new_job_id
from bot.store import Store

WAITING = HasContent(PictureRef("waiting.jpg", 5))


def a_job(origin: str = "1:1", **fields: Any) -> Job:
    known: dict[str, Any] = {
        "id": new_job_id(),
        "chat_id": 1,
        "user_id": 2,
        "language": "en",
        "content": "photo.jpg",
        "styles": (JobStyle(preset="starry-night"),),
        "created_at": 10.0,
    }
    return Job(origin=origin, **(known | fields))


async def add_job(store: Store, job: Job) -> bool:
    """Beside what is open with its owner. Whether it is new."""
    return await store.accept([job], await store.load_dialogue(job.chat_id, job.user_id))


FULL_JOB = a_job(
    origin="-100:7",
    chat_id=-(10**12),
    user_id=7 * 10**9,
    language="ru",
    content="фото.heic",
    styles=(JobStyle(preset="ink", weight=0.25), JobStyle(picture="стиль.png", title="Бабушкин ковёр")),
    created_at=1e9 + 0.125,
    reply_to=2**40,
    as_file=True,
    strength=62.5,
    size=2048,
    quality="best",
    keep_colors=True,
    sheet=True,
    progress_message=8,
    result="abc.jpg",
    error="key",
)
