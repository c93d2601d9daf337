"""Rounds in which what is kept is offered to the queue."""

from collections.abc import Callable

import pytest

from bot.actions import Enqueue, PictureRef
from bot.conversation.conversation import Conversation
from bot.conversation.kept_photos import KeptPhotos
from bot.dialogue_states import NoRoom
from bot.fair_queue import LaterFull, QueueClosed, QueueFull, QueueRefusal, UserLimitReached
from bot.jobs import JobStyle
from bot.people.person import Turns
from bot.queue.admission import Admission
from bot.settings import Settings
from bot.store import Store

ANNA, BORIS, CLARA, BANNED = 1, 2, 3, 4


class Offers(Conversation):
    """Takes no photos in, and remembers whose were offered."""

    def __init__(self) -> None:
        self.answers: dict[int, QueueRefusal | Exception] = {}
        self.offered: list[int] = []

    async def offer_kept(
        self, chat_id: int, user_id: int, *, next_in_line: bool = True
    ) -> QueueRefusal | None:
        assert next_in_line
        self.offered.append(user_id)
        answer = self.answers.get(user_id)
        if answer is None or isinstance(answer, QueueRefusal):
            return answer
        raise answer


@pytest.fixture
def offers() -> Offers:
    return Offers()


@pytest.fixture
async def turns() -> Turns:
    return Turns()


@pytest.fixture
def admission(store: Store, settings: Callable[..., Settings]) -> Admission:
    return Admission(store, settings())


@pytest.fixture
async def kept_photos(offers: Offers, turns: Turns, admission: Admission, store: Store) -> KeptPhotos:
    for since, user_id in enumerate((CLARA, BANNED, ANNA, BORIS)):
        photo = Enqueue(PictureRef("a.jpg", 1), (JobStyle(preset="ink"),), since=float(since + 1))
        await store.save_dialogue(user_id, user_id, NoRoom((photo,)))
    return KeptPhotos(store, offers, admission, turns, lambda user_id: user_id != BANNED)


async def test_those_first_that_were_kept_first(kept_photos: KeptPhotos, offers: Offers) -> None:
    await kept_photos.offer_all()
    assert offers.offered == [CLARA, ANNA, BORIS]


async def test_nobody_is_waited_for_who_is_being_answered(
    kept_photos: KeptPhotos, offers: Offers, turns: Turns
) -> None:
    async with turns.of(CLARA, CLARA):
        await kept_photos.offer_all()
    assert offers.offered == [ANNA, BORIS]
    await kept_photos.offer_all()
    assert offers.offered == [ANNA, BORIS, CLARA, ANNA, BORIS]


async def test_what_goes_wrong_for_one_is_nothing_to_the_others(
    kept_photos: KeptPhotos, offers: Offers
) -> None:
    offers.answers[CLARA] = ValueError("odd")
    await kept_photos.offer_all()
    assert offers.offered == [CLARA, ANNA, BORIS]
    offers.answers[CLARA] = QueueClosed()
    with pytest.raises(QueueClosed):
        await kept_photos.offer_all()


async def test_who_finds_no_place_stands_in_line_until_the_next_round(
    kept_photos: KeptPhotos, offers: Offers, admission: Admission
) -> None:
    offers.answers = {ANNA: QueueFull(), BORIS: UserLimitReached(), CLARA: LaterFull()}
    await kept_photos.offer_all()
    assert admission.line == {ANNA}
    offers.answers = {}
    await kept_photos.offer_all()
    assert admission.line == set()
