"""Conversations that the bot's end cuts short, and what is said about what came twice."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

import pytest
from telegram.ext import ExtBot

from bot.actions import Enqueue, PictureRef
from bot.background import Background
from bot.chat.gallery import Gallery
from bot.clock import now
from bot.conversation.conversation import Conversation
from bot.dialogue_events import AlbumSent, PictureSent, StyleChosen, TextSent, TriedAgain
from bot.dialogue_states import Idle, NoRoom, State, without_messages
from bot.fair_queue import QueueClosed, UserLimitReached
from bot.jobs import Job, JobStyle
from bot.painting.estimates import Estimates
from bot.people.own_presets import OwnPresets
from bot.people.person import Person as Speaker
from bot.queue.new_jobs import NewJobs
from bot.sandbox import Person
from bot.settings import Settings
from bot.storage.pictures import Pictures
from bot.storage.uploads import Uploads
from bot.store import Store
from bot.worker import Cancel, Worker
from styler import load_presets
from tests.bot.easel_painter import EaselPainter
from tests.bot.end_to_end.chat import picture, says
from tests.bot.some_jobs import a_job, add_job

INK = (JobStyle(preset="ink"),)


@pytest.fixture
def painter() -> EaselPainter:
    return EaselPainter()


@pytest.fixture
async def conversation(
    telegram: ExtBot[None],
    store: Store,
    worker: Worker,
    pictures: Pictures,
    settings: Callable[..., Settings],
) -> AsyncIterator[Conversation]:
    """With a worker that has two places for each person."""
    background = Background()
    presets = load_presets()
    own = OwnPresets(store, pictures, presets)
    yield Conversation(
        bot=telegram,
        store=store,
        worker=worker,
        pictures=pictures,
        presets=presets,
        gallery=Gallery(telegram, Uploads(store), own, presets, settings().bot_data_dir / "sheets"),
        own=own,
        new_jobs=NewJobs(store, Estimates(store, pictures, settings())),
        jobs_per_person=2,
        background=background,
    )
    await background.stop(5)


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


# What is kept


async def keep(conversation: Conversation, speaker: Speaker, photos: list[PictureRef]) -> None:
    """Two are in the queue, and the third is refused."""
    for photo in photos[:2]:
        assert await conversation.paint(speaker, Enqueue(photo, INK), f"press:{photo.message_id}") is None
    await conversation.hear(speaker, PictureSent(photos[2], StyleChosen(INK)), "third")
    assert await conversation.state(speaker) == NoRoom((Enqueue(photos[2], INK),))


async def make_room(worker: Worker, store: Store, speaker: Speaker) -> None:
    """The one that waits is cancelled."""
    _, job = await store.jobs_of(speaker.user_id)
    assert await worker.cancel(job.id, speaker.user_id) is Cancel.STOPPED


async def test_what_is_kept_becomes_the_job_of_its_own_message(
    conversation: Conversation, worker: Worker, store: Store, speaker: Speaker, photos: list[PictureRef]
) -> None:
    await keep(conversation, speaker, photos)
    await make_room(worker, store, speaker)
    fourth = replace(photos[0], message_id=104)
    await conversation.hear(speaker, PictureSent(fourth, StyleChosen(INK)), "fourth")
    _, job = await store.jobs_of(speaker.user_id)
    assert (job.origin, job.reply_to) == ("third:0", 103)
    assert await conversation.state(speaker) == NoRoom((Enqueue(fourth, INK),))


async def test_what_is_kept_becomes_one_job_only(
    conversation: Conversation, worker: Worker, store: Store, speaker: Speaker, photos: list[PictureRef]
) -> None:
    await keep(conversation, speaker, photos)
    await make_room(worker, store, speaker)
    await add_job(store, a_job("third:0", chat_id=7))
    await conversation.offer_kept(speaker.chat_id, speaker.user_id)
    assert await conversation.state(speaker) == Idle()
    assert len(await store.jobs_of(speaker.user_id)) == 1


async def test_what_becomes_a_job_while_it_is_offered_becomes_one_only(
    conversation: Conversation,
    worker: Worker,
    store: Store,
    speaker: Speaker,
    photos: list[PictureRef],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await keep(conversation, speaker, photos)
    await make_room(worker, store, speaker)
    accept = store.accept

    async def after_another(jobs: Sequence[Job], state: State) -> bool:
        monkeypatch.undo()
        await add_job(store, a_job(jobs[0].origin, chat_id=7))
        return await accept(jobs, state)

    monkeypatch.setattr(store, "accept", after_another)
    await conversation.hear(speaker, TriedAgain(), "press")
    assert await conversation.state(speaker) == Idle()
    assert len(await store.jobs_of(speaker.user_id)) == 1


async def test_what_is_kept_is_painted_in_the_language_of_the_refusal(
    conversation: Conversation, worker: Worker, store: Store, speaker: Speaker, photos: list[PictureRef]
) -> None:
    await keep(conversation, replace(speaker, language="ru"), photos)
    await make_room(worker, store, speaker)
    await conversation.offer_kept(speaker.chat_id, speaker.user_id)
    assert (await store.jobs_of(speaker.user_id))[-1].language == "ru"


async def test_who_asks_how_long_it_takes_keeps_their_place(
    conversation: Conversation, store: Store, speaker: Speaker, photos: list[PictureRef]
) -> None:
    await keep(conversation, speaker, photos)
    later = Enqueue(photos[0], INK, since=now() + 1)
    await store.save_dialogue(1, 1, NoRoom((later,)))
    places = [(speaker.chat_id, speaker.user_id), (1, 1)]
    assert await store.kept_for() == places
    await conversation.hear(speaker, TextSent(), "words")
    await conversation.hear(speaker, StyleChosen((JobStyle(preset="mosaic"),)), "another style")
    assert await store.kept_for() == places


async def test_a_refusal_stays_where_an_earlier_painting_of_the_photo_begins(
    conversation: Conversation,
    worker: Worker,
    store: Store,
    anna: Person,
    speaker: Speaker,
    photos: list[PictureRef],
) -> None:
    await keep(conversation, speaker, photos)
    first = await anna.wait_for(says("I keep this photo"))
    await make_room(worker, store, speaker)
    wish = PictureSent(photos[2], StyleChosen((JobStyle(preset="pencil"),)))
    await conversation.hear(speaker, wish, "fourth")
    assert (await store.jobs_of(speaker.user_id))[-1].origin == "third:0"
    second = await anna.wait_for(says("I keep this photo"), after=first)
    assert second in anna.messages


async def test_what_is_kept_goes_before_what_a_button_wants(
    conversation: Conversation, worker: Worker, store: Store, speaker: Speaker, photos: list[PictureRef]
) -> None:
    await keep(conversation, speaker, photos)
    await make_room(worker, store, speaker)
    refusal = await conversation.paint(speaker, Enqueue(photos[0], INK), "press:bigger")
    assert isinstance(refusal, UserLimitReached)
    assert (await store.jobs_of(speaker.user_id))[-1].origin == "third:0"
    assert await conversation.state(speaker) == Idle()


async def test_what_is_kept_for_a_group_that_became_another_chat_answers_no_message(
    conversation: Conversation, worker: Worker, store: Store, speaker: Speaker, photos: list[PictureRef]
) -> None:
    await keep(conversation, speaker, photos)
    await make_room(worker, store, speaker)
    state = without_messages(await conversation.state(speaker))
    await store.save_dialogue(speaker.chat_id, speaker.user_id, state)
    await conversation.offer_kept(speaker.chat_id, speaker.user_id)
    job = (await store.jobs_of(speaker.user_id))[-1]
    assert (job.origin, job.reply_to) == ("third:0", None)
