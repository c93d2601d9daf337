"""Conversations that the bot's end cuts short, and what is said about what came twice."""

from collections.abc import Callable

import pytest
from telegram.ext import ExtBot

from bot.actions import Enqueue, PictureRef
from bot.chat.conversation import Conversation
from bot.chat.gallery import Gallery
from bot.dialogue import AlbumSent, Idle, NoRoom, PictureSent, StyleChosen
from bot.fair_queue import QueueClosed, UserLimitReached
from bot.jobs import JobStyle
from bot.painting.estimates import Estimates
from bot.people.own_presets import OwnPresets
from bot.people.person import Person as Speaker
from bot.queue.new_jobs import NewJobs
from bot.sandbox import Person
from bot.settings import Settings
from bot.storage.pictures import Pictures
from bot.storage.uploads import Uploads
from bot.store import Store
from bot.worker import Worker
from styler import load_presets
from tests.bot.easel_painter import EaselPainter
from tests.bot.end_to_end.chat import picture, says

INK = (JobStyle(preset="ink"),)


@pytest.fixture
def painter() -> EaselPainter:
    return EaselPainter()


@pytest.fixture
def conversation(
    telegram: ExtBot[None],
    store: Store,
    worker: Worker,
    pictures: Pictures,
    settings: Callable[..., Settings],
) -> Conversation:
    """With a worker that has two places for each person."""
    presets = load_presets()
    own = OwnPresets(store, pictures, presets)
    return Conversation(
        bot=telegram,
        store=store,
        worker=worker,
        pictures=pictures,
        presets=presets,
        gallery=Gallery(telegram, Uploads(store), own, presets, settings().bot_data_dir / "sheets"),
        own=own,
        new_jobs=NewJobs(store, Estimates(store, pictures, settings())),
        jobs_per_person=2,
    )


@pytest.fixture
async def speaker(anna: Person) -> Speaker:
    await anna.send_text("/start")
    return Speaker(anna.chat.id, anna.user_id, "en")


@pytest.fixture
async def photos(pictures: Pictures) -> list[PictureRef]:
    return [PictureRef(await pictures.keep(picture()), number) for number in (101, 102, 103)]


async def test_what_is_pressed_while_the_bot_stops_is_no_refusal(
    conversation: Conversation, worker: Worker, store: Store, speaker: Speaker, photos: list[PictureRef]
) -> None:
    for photo in photos[:2]:
        assert await conversation.paint(speaker, Enqueue(photo, INK), f"press:{photo.message_id}") is None
    refusal = await conversation.paint(speaker, Enqueue(photos[2], INK), "press:1")
    assert isinstance(refusal, UserLimitReached)
    worker.begin_to_stop()
    with pytest.raises(QueueClosed):
        await conversation.paint(speaker, Enqueue(photos[2], INK), "press:2")
    assert len(await store.jobs_of(speaker.user_id)) == 2


async def test_what_was_refused_is_said_again_when_it_comes_again(
    conversation: Conversation, store: Store, anna: Person, speaker: Speaker, photos: list[PictureRef]
) -> None:
    album = AlbumSent(tuple(photos), StyleChosen(INK))
    assert await conversation.hear(speaker, album, "album")
    await anna.wait_for(says("I keep this photo"))
    state = await conversation.state(speaker)
    assert state == NoRoom((Enqueue(photos[2], INK),))
    assert await conversation.hear(speaker, album, "album") == ()
    await anna.wait_for(says("I still have your photo"))
    assert await conversation.state(speaker) == state, "nothing has changed"
    assert len(await store.jobs_of(speaker.user_id)) == 2


async def test_what_comes_again_and_was_accepted_is_passed_over(
    conversation: Conversation, store: Store, anna: Person, speaker: Speaker, photos: list[PictureRef]
) -> None:
    event = PictureSent(photos[0], StyleChosen(INK))
    assert await conversation.hear(speaker, event, "photo")
    said = len(anna.messages)
    assert await conversation.hear(speaker, event, "photo") == ()
    assert await conversation.state(speaker) == Idle()
    assert len(await store.jobs_of(speaker.user_id)) == 1
    assert len(anna.messages) == said
