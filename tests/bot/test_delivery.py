"""Delivery over the sandbox, by a clock of our own: restraint, fall-backs, persistence."""

import asyncio
import io
import time
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from telegram.error import BadRequest, NetworkError, RetryAfter
from telegram.ext import ExtBot

from bot.chat.results import Results
from bot.delivery import EDIT_SECONDS, PAUSES, Delivery, Gone, ResultLost
from bot.jobs import Job, JobStatus, Waiting
from bot.painting.painter import Glimpse
from bot.sandbox import Message, Person, Sandbox
from bot.storage.database import StoreError
from bot.storage.pictures import Pictures
from bot.store import Store
from styler import load_presets
from tests.bot.end_to_end.chat import picture, says, title_of
from tests.bot.some_jobs import a_job, add_job
from tests.patience import PATIENCE

ROUGH = picture(64, 48)
START = 1000.0


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = START
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing beneath tries a call again: this is about delivery's own patience."""
    monkeypatch.setattr("bot.api.retries.PAUSES", ())


class Room:
    """Whether Telegram's limits leave room for more, in any chat."""

    left = True

    def __call__(self, chat_id: int) -> bool:
        return self.left


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def delivery(telegram: ExtBot[None], store: Store, results: Results, clock: Clock, room: Room) -> Delivery:
    return Delivery(telegram, store, results, load_presets(), room, clock, clock.sleep)


@pytest.fixture
async def job(store: Store, anna: Person) -> Job:
    """A running job of Anna's."""
    photo = await anna.send_photo(picture())
    return await running_job(store, anna, reply_to=photo.id)


async def running_job(store: Store, person: Person, **fields: Any) -> Job:
    if not person.messages:
        await person.send_text("/start")  # a bot may not speak first
    chat = {"chat_id": person.chat.id, "user_id": person.user_id}
    job = a_job(**({"created_at": time.time()} | chat | fields))
    assert await add_job(store, job)
    return await store.update_job(job.id, JobStatus.RUNNING)


async def painted(
    store: Store, pictures: Pictures, job: Job, size: tuple[int, int] = (128, 96), name: str = ""
) -> Job:
    """The job with its result on disk."""
    name = name or f"{job.id}.jpg"
    pictures.result_path(name).write_bytes(picture(*size, format="PNG" if name.endswith("png") else "JPEG"))
    return await store.update_job(job.id, JobStatus.DELIVERING, result=name)


def calls(sandbox: Sandbox, *prefixes: str) -> list[str]:
    return [call.method for call in sandbox.calls if call.method.startswith(prefixes)]


def glimpse(fraction: float, shot: bytes | None = None) -> Glimpse:
    return Glimpse(fraction, remaining=100 * (1 - fraction), picture=shot)


def live(person: Person) -> Message:
    """The one message of the bot."""
    [message] = [message for message in person.messages if message.from_bot]
    return message


def labels(message: Message) -> list[str]:
    return [button.text for button in message.buttons]


async def test_waiting_answers_the_photo_and_is_remembered(
    delivery: Delivery, store: Store, job: Job, anna: Person
) -> None:
    async with delivery.lock(job):
        await delivery.waiting(job, Waiting(people=2, seconds=40))
    assert live(anna).words.text == "🕐 Starry Night\n2 people before you. Ready in about 40 seconds."
    assert live(anna).reply_to is anna.messages[0]
    assert [button.text for button in live(anna).buttons] == ["Cancel"]
    assert (await store.job(job.id)).progress_message == live(anna).id


async def test_the_same_words_are_not_sent_twice(
    delivery: Delivery, job: Job, anna: Person, sandbox: Sandbox
) -> None:
    for _ in range(3):
        await delivery.waiting(job, Waiting(people=1))
    assert calls(sandbox, "sendMessage", "edit") == ["sendMessage"]


async def test_progress_is_edited_with_restraint(
    delivery: Delivery, job: Job, anna: Person, clock: Clock, sandbox: Sandbox
) -> None:
    await delivery.starting(job)
    for percent in range(60):  # a glimpse every half second, for half a minute
        await delivery.progress(job, glimpse(percent / 100))
        clock.now += 0.5
    assert len(calls(sandbox, "edit")) == 30 / EDIT_SECONDS
    assert live(anna).words.text == "🎨 Starry Night\n▰▰▰▰▰▱▱▱▱▱ 54%\nAbout 45 seconds left"


async def test_the_longer_it_takes_the_fewer_edits(
    delivery: Delivery, job: Job, clock: Clock, sandbox: Sandbox
) -> None:
    await delivery.starting(job)
    clock.now += 600
    for second in range(100):
        await delivery.progress(job, glimpse(second / 1000))
        clock.now += 1
    assert len(calls(sandbox, "edit")) == 10


async def test_progress_that_would_have_to_wait_is_skipped_and_the_next_one_says_it_all(
    delivery: Delivery, job: Job, anna: Person, clock: Clock, room: Room, sandbox: Sandbox
) -> None:
    await delivery.starting(job)
    room.left = False
    async with delivery.lock(job):
        assert not await delivery.waiting(job, Waiting(people=1))
    await delivery.progress(job, glimpse(0.1, ROUGH))
    clock.now += EDIT_SECONDS
    await delivery.progress(job, glimpse(0.2))
    assert calls(sandbox, "send", "edit") == ["sendMessage"]
    room.left = True
    await delivery.progress(job, glimpse(0.3))
    assert live(anna).photo is not None, "the picture was kept for the next one"
    assert " 30%" in live(anna).words.text


async def test_the_first_words_about_a_job_are_always_said(
    delivery: Delivery, store: Store, pictures: Pictures, job: Job, anna: Person, room: Room
) -> None:
    room.left = False
    async with delivery.lock(job):
        assert await delivery.waiting(job, Waiting(people=1))
        await delivery.starting(job)
    assert "1 person before you" in live(anna).words.text
    await delivery.result(await painted(store, pictures, job))
    assert live(anna).photo is not None, "and so is the last"


@pytest.fixture
async def photo_in_group(anna: Person, sandbox: Sandbox) -> Message:
    group = anna.in_chat(sandbox.group("Family", [anna]))
    return await group.send_photo(picture())


@pytest.fixture
async def group_job(store: Store, photo_in_group: Message) -> Job:
    """A running job in a group."""
    job = a_job(chat_id=photo_in_group.chat.id, reply_to=photo_in_group.id, created_at=time.time())
    await add_job(store, job)
    return await store.update_job(job.id, JobStatus.RUNNING)


async def test_a_group_sees_reactions_and_then_the_painting(
    delivery: Delivery,
    store: Store,
    pictures: Pictures,
    group_job: Job,
    photo_in_group: Message,
    sandbox: Sandbox,
) -> None:
    seen = []
    for _ in range(2):
        await delivery.waiting(group_job, Waiting(people=1))
        seen += photo_in_group.emojis
    await delivery.starting(group_job)
    seen += photo_in_group.emojis
    for percent in range(0, 100, 10):
        await delivery.progress(group_job, glimpse(percent / 100, ROUGH))
    assert calls(sandbox, "send", "edit") == []
    await delivery.result(await painted(store, pictures, group_job))
    await delivery.after_result(group_job)
    assert [*seen, *photo_in_group.emojis] == ["👀", "👀", "👨‍💻", "🎉"]
    assert calls(sandbox, "setMessageReaction") == ["setMessageReaction"] * 3, "each once"
    [painting] = [message for message in photo_in_group.chat.messages.values() if message.from_bot]
    assert painting.reply_to is photo_in_group
    assert painting.photo is not None


async def test_a_reaction_that_telegram_puts_off_holds_nothing_up(
    delivery: Delivery, group_job: Job, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.reactions.LONGEST_SECONDS", 0.05)
    sandbox.fail_next(
        "setMessageReaction", 429, "Too Many Requests: retry after 100", retry_after=100, times=9
    )
    async with asyncio.timeout(PATIENCE):
        assert await delivery.waiting(group_job, Waiting(people=1))
        await delivery.starting(group_job)
        await delivery.ended(replace(group_job, status=JobStatus.CANCELLED))
    assert calls(sandbox, "send", "edit") == [], "a passing trouble is no reason for words"


async def test_a_group_that_threw_the_bot_out_is_gone(
    delivery: Delivery, group_job: Job, sandbox: Sandbox
) -> None:
    sandbox.fail_next("setMessageReaction", 403, "Forbidden: bot was kicked from the supergroup chat")
    with pytest.raises(Gone):
        await delivery.waiting(group_job, Waiting(people=1))


async def test_a_group_that_allows_no_reactions_is_told_in_words(
    delivery: Delivery, group_job: Job, photo_in_group: Message, sandbox: Sandbox
) -> None:
    sandbox.fail_next("setMessageReaction", 400, "Bad Request: REACTION_INVALID", times=9)
    await delivery.waiting(group_job, Waiting(people=1))
    await delivery.starting(group_job)
    for percent in range(0, 100, 10):
        await delivery.progress(group_job, glimpse(percent / 100))
    assert calls(sandbox, "send", "edit") == ["sendMessage", "editMessageText"]


@pytest.mark.parametrize(("status", "said"), [(JobStatus.CANCELLED, 0), (JobStatus.FAILED, 1)])
async def test_a_job_that_comes_to_nothing_in_a_group(
    delivery: Delivery,
    store: Store,
    group_job: Job,
    photo_in_group: Message,
    sandbox: Sandbox,
    status: JobStatus,
    said: int,
) -> None:
    await delivery.starting(group_job)
    assert photo_in_group.emojis
    await delivery.ended(await store.update_job(group_job.id, status, error="picture"))
    assert photo_in_group.emojis == []
    assert len(calls(sandbox, "send", "edit")) == said


async def test_two_jobs_in_one_chat_share_its_edits(
    delivery: Delivery, store: Store, anna: Person, clock: Clock, sandbox: Sandbox
) -> None:
    jobs = [await running_job(store, anna, origin=str(number)) for number in range(2)]
    for second in range(12):
        for job in jobs:
            await delivery.progress(job, glimpse(second / 100))
        clock.now += 1
    assert len(calls(sandbox, "sendMessage", "edit")) == 4


async def test_a_rough_picture_waits_for_its_turn_and_is_shown(
    delivery: Delivery, job: Job, anna: Person, clock: Clock
) -> None:
    await delivery.progress(job, glimpse(0.05))
    clock.now += 1
    await delivery.progress(job, glimpse(0.1, ROUGH))  # too soon
    assert live(anna).photo is None
    clock.now += EDIT_SECONDS
    await delivery.progress(job, glimpse(0.2))
    assert live(anna).photo is not None
    assert " 20%" in live(anna).words.text
    clock.now += EDIT_SECONDS
    await delivery.progress(job, glimpse(0.98))
    assert "Almost done" in live(anna).words.text
    assert live(anna).photo is not None, "the picture stays while words change"


async def test_trouble_with_progress_is_passed_over(
    delivery: Delivery, job: Job, anna: Person, clock: Clock, sandbox: Sandbox
) -> None:
    await delivery.starting(job)
    sandbox.fail_next("editMessageMedia", 400, "Bad Request: IMAGE_PROCESS_FAILED")
    await delivery.progress(job, glimpse(0.1, ROUGH))
    clock.now += EDIT_SECONDS
    sandbox.fail_next("editMessageText", 502, "Bad Gateway")
    await delivery.progress(job, glimpse(0.2))
    clock.now += EDIT_SECONDS
    await delivery.progress(job, glimpse(0.3))
    assert " 30%" in live(anna).words.text
    assert clock.slept == []


async def test_the_message_becomes_the_painting(
    delivery: Delivery, store: Store, pictures: Pictures, job: Job, anna: Person
) -> None:
    await delivery.starting(job)
    message = live(anna)
    await delivery.result(await painted(store, pictures, job))
    assert live(anna) is message
    assert message.photo is not None
    assert title_of(message) == "🖼 Starry Night"
    assert message.words.text.endswith("t.me/sandbox_bot?start=starry-night")
    assert "As a file" in labels(message)


async def test_a_disk_too_full_to_remember_the_message_costs_no_painting(
    delivery: Delivery,
    store: Store,
    pictures: Pictures,
    job: Job,
    anna: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = await painted(store, pictures, job)

    async def full(*_: object, **__: object) -> Job:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(store, "update_job", full)
    await delivery.result(job)
    assert live(anna).photo is not None


async def test_a_file_becomes_a_file(
    delivery: Delivery, store: Store, pictures: Pictures, job: Job, anna: Person
) -> None:
    await delivery.progress(job, glimpse(0.1, ROUGH))
    job = replace(await painted(store, pictures, job, name=f"{job.id}.png"), as_file=True)
    await delivery.result(job)
    assert live(anna).document is not None
    assert await anna.download(live(anna)) == pictures.result_path(f"{job.id}.png").read_bytes()
    assert "As a file" not in labels(live(anna)), "that is what it is"
    assert "✓ 100%" in labels(live(anna))


async def test_what_telegram_refuses_as_a_photo_goes_as_a_file(
    delivery: Delivery, store: Store, pictures: Pictures, job: Job, anna: Person, sandbox: Sandbox
) -> None:
    sandbox.fail_next("editMessageMedia", 400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
    await delivery.result(await painted(store, pictures, job))
    assert live(anna).document is not None


async def test_a_painting_too_large_for_a_photo_is_shown_smaller(
    delivery: Delivery, store: Store, pictures: Pictures, job: Job, anna: Person
) -> None:
    await delivery.result(await painted(store, pictures, job, (6000, 4100)))
    message = live(anna)
    assert message.photo is not None
    width, height = Image.open(io.BytesIO(await anna.download(message))).size
    assert abs(width / height - 6000 / 4100) < 0.01


async def test_a_deleted_message_is_sent_again(
    delivery: Delivery, store: Store, pictures: Pictures, job: Job, anna: Person
) -> None:
    await delivery.starting(job)
    await anna.delete(live(anna))
    await delivery.result(await painted(store, pictures, job))
    assert live(anna).photo is not None
    assert (await store.job(job.id)).progress_message == live(anna).id


@pytest.mark.parametrize("shown", [True, False])
async def test_after_a_restart_the_old_message_is_used(
    telegram: ExtBot[None],
    store: Store,
    results: Results,
    job: Job,
    anna: Person,
    clock: Clock,
    shown: bool,
) -> None:
    before, after = (Delivery(telegram, store, results, load_presets(), clock=clock) for _ in range(2))
    await before.progress(job, glimpse(0.1, ROUGH if shown else None))
    message = live(anna)
    job = await store.job(job.id)
    await after.waiting(job, Waiting())
    assert live(anna) is message
    assert "next" in message.words.text
    assert (message.photo is not None) == shown


@pytest.mark.parametrize("after", [True, False])
async def test_dropped_connections_leave_one_painting(
    delivery: Delivery,
    store: Store,
    pictures: Pictures,
    job: Job,
    anna: Person,
    sandbox: Sandbox,
    clock: Clock,
    after: bool,
) -> None:
    await delivery.starting(job)
    sandbox.drop_next("editMessageMedia", times=3, after=after)
    await delivery.result(await painted(store, pictures, job))
    assert live(anna).photo is not None
    assert clock.slept == list(PAUSES[:3])


@pytest.mark.parametrize("code", [401, 404])
async def test_a_token_that_is_refused_for_a_while_throws_no_painting_away(
    delivery: Delivery, store: Store, pictures: Pictures, job: Job, anna: Person, sandbox: Sandbox, code: int
) -> None:
    await delivery.starting(job)
    sandbox.fail_next("editMessageMedia", code, "Unauthorized", times=3)
    await delivery.result(await painted(store, pictures, job))
    assert live(anna).photo is not None


async def test_telegram_away_for_good_ends_in_an_error(
    delivery: Delivery, store: Store, pictures: Pictures, job: Job, sandbox: Sandbox, clock: Clock
) -> None:
    await delivery.starting(job)
    sandbox.fail_next("editMessageMedia", 502, "Bad Gateway", times=1000)
    with pytest.raises(NetworkError):
        await delivery.result(await painted(store, pictures, job))
    assert sum(clock.slept) > 1500


async def test_flood_control_is_waited_for(
    delivery: Delivery, store: Store, pictures: Pictures, job: Job, anna: Person, sandbox: Sandbox
) -> None:
    await delivery.starting(job)
    sandbox.fail_next("editMessageMedia", 429, "Too Many Requests: retry after 1", retry_after=1)
    await delivery.result(await painted(store, pictures, job))
    assert live(anna).photo is not None


async def test_as_long_as_telegram_asks_for_it_is_left_alone(
    delivery: Delivery,
    store: Store,
    pictures: Pictures,
    job: Job,
    anna: Person,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusals = [RetryAfter(40), RetryAfter(1)]
    show = Results.show

    async def refused(*arguments: Any, **wishes: Any) -> None:
        if refusals:
            raise refusals.pop(0)
        await show(*arguments, **wishes)

    monkeypatch.setattr(Results, "show", refused)
    await delivery.result(await painted(store, pictures, job))
    assert live(anna).photo is not None
    assert clock.slept == [40, PAUSES[1]]


async def test_somebody_who_blocked_the_bot_is_gone(
    delivery: Delivery, store: Store, pictures: Pictures, job: Job, anna: Person, clock: Clock
) -> None:
    await delivery.starting(job)
    await anna.block_bot()
    with pytest.raises(Gone):
        await delivery.progress(job, glimpse(0.5))
    with pytest.raises(Gone):
        await delivery.result(await painted(store, pictures, job))
    assert clock.slept == []


async def test_whoever_cannot_be_told_leaves_nothing_behind(
    delivery: Delivery, job: Job, anna: Person
) -> None:
    await delivery.starting(job)
    await anna.block_bot()
    with pytest.raises(Gone):
        await delivery.ended(replace(job, status=JobStatus.FAILED, error="engine"))
    assert delivery._lives == {}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (403, "Forbidden: bot was kicked from the supergroup chat"),
        (403, "Forbidden: the group chat was deleted"),
        (400, "Bad Request: group chat was deactivated"),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN"),
        (400, "Bad Request: not enough rights to send text messages to the chat"),
        (400, "Bad Request: PEER_ID_INVALID"),
    ],
)
async def test_wherever_nobody_can_be_told_anything_is_gone(
    delivery: Delivery, job: Job, sandbox: Sandbox, clock: Clock, code: int, words: str
) -> None:
    sandbox.fail_next("sendMessage", code, words)
    with pytest.raises(Gone):
        await delivery.starting(job)
    await delivery.starting(job)
    sandbox.fail_next("editMessageText", code, words)
    clock.now += EDIT_SECONDS
    with pytest.raises(Gone):
        await delivery.progress(job, glimpse(0.5))
    assert clock.slept == []


async def test_a_message_that_is_so_already_is_no_trouble(
    delivery: Delivery, store: Store, pictures: Pictures, job: Job, anna: Person, sandbox: Sandbox
) -> None:
    await delivery.starting(job)
    same = "Bad Request: message is not modified: specified new message content and reply markup are the same"
    sandbox.fail_next("editMessageMedia", 400, same)
    await delivery.result(await painted(store, pictures, job))
    assert calls(sandbox, "editMessageMedia", "sendPhoto", "sendDocument") == ["editMessageMedia"]


async def test_what_is_too_large_for_telegram_is_not_sent_for_ever(
    delivery: Delivery, store: Store, pictures: Pictures, job: Job, sandbox: Sandbox, clock: Clock
) -> None:
    await delivery.starting(job)
    sandbox.fail_next("editMessageMedia", 413, "Request Entity Too Large", times=2)
    with pytest.raises(BadRequest):
        await delivery.result(await painted(store, pictures, job))
    assert calls(sandbox, "editMessageMedia") == ["editMessageMedia"] * 2, "as a photo, then as a file"
    assert clock.slept == []


async def test_a_painting_finds_its_group_where_it_has_moved(
    delivery: Delivery,
    store: Store,
    pictures: Pictures,
    group_job: Job,
    photo_in_group: Message,
    anna: Person,
    sandbox: Sandbox,
) -> None:
    supergroup = sandbox.upgrade(photo_in_group.chat, anna)
    await delivery.result(await painted(store, pictures, group_job))
    [painting] = supergroup.messages.values()
    assert painting.photo is not None


async def test_a_chat_that_is_no_more_is_gone(
    delivery: Delivery, store: Store, anna: Person, clock: Clock
) -> None:
    job = await running_job(store, anna, chat_id=424242)
    with pytest.raises(Gone):
        await delivery.starting(job)


async def test_a_lost_result_is_told_apart(delivery: Delivery, job: Job) -> None:
    with pytest.raises(ResultLost):
        await delivery.result(replace(job, result="gone.jpg"))


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (JobStatus.CANCELLED, None, "Cancelled."),
        (JobStatus.FAILED, "engine", "did not work out"),
        (JobStatus.FAILED, "memory", "memory was too small"),
        (JobStatus.FAILED, "picture", "could not read that picture"),
        (JobStatus.FAILED, "lost", "no longer have that photo"),
        (JobStatus.FAILED, "style", "no longer have that style"),
    ],
)
async def test_the_end_without_a_painting(
    delivery: Delivery, job: Job, anna: Person, status: JobStatus, error: str | None, words: str
) -> None:
    await delivery.starting(job)
    await delivery.ended(replace(job, status=status, error=error))
    assert words in live(anna).words.text
    other_style = ["Another style"] if error in {"engine", "memory", "style"} else []
    assert [button.text for button in live(anna).buttons] == other_style


@pytest.mark.parametrize(("age", "rings"), [(5, False), (300, True)])
async def test_a_long_wait_ends_with_a_sound(
    delivery: Delivery,
    store: Store,
    pictures: Pictures,
    anna: Person,
    age: float,
    rings: bool,
) -> None:
    job = await running_job(store, anna, created_at=time.time() - age)
    await delivery.starting(job)
    await delivery.result(await painted(store, pictures, job))
    await delivery.after_result(job)
    rung = [message for message in anna.messages if says("Your painting is ready")(message)]
    assert bool(rung) == rings
    assert all(message.reply_to is anna.messages[1] for message in rung)
