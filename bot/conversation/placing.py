"""Puts what a dialogue wants into the queue, together with the state that is left of the dialogue."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count

from bot.actions import Enqueue
from bot.clock import now
from bot.dialogue import after
from bot.dialogue_states import State
from bot.fair_queue import QueueRefusal
from bot.people.person import Person
from bot.queue.new_jobs import NewJobs
from bot.store import Store
from bot.worker import Worker


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of what was wanted."""

    accepted: Sequence[Enqueue] = ()  # the first ones
    left: Sequence[Enqueue] = ()  # the others, to be kept
    refusal: QueueRefusal | None = None  # of the first of those


class Placing:
    """Call it for one person in one chat at a time: inside their turn."""

    def __init__(self, store: Store, worker: Worker, new_jobs: NewJobs) -> None:
        self._store = store
        self._worker = worker
        self._new_jobs = new_jobs

    async def place(
        self, person: Person, state: State, wanted: Sequence[Enqueue], *, next_in_line: bool = False
    ) -> Placed:
        """Make jobs of what is wanted, and save the state with them: neither without the other.

        Sheets, for which it may be long until there is a place, keep no other back that came after them.
        `wanted` was named, see `named`. With nothing accepted, nothing is saved. Raises `QueueClosed`: the
        bot is being stopped, and what came is heard again at its next start.
        """
        wanted = sorted(wanted, key=lambda one: one.wishes.sheet)
        # Again where the store refuses, as one of them has become a job meanwhile: it is among these no more.
        while wanted := await self._without_jobs(wanted):
            jobs = [await self._new_jobs.make(person, one, one.origin or "") for one in wanted]
            state_after = partial(_state_after, state, wanted)
            accepted, refusal = await self._worker.enqueue_all(jobs, state_after, next_in_line=next_in_line)
            if accepted or refusal is not None:
                return Placed(wanted[:accepted], wanted[accepted:], refusal)
        return Placed()

    async def _without_jobs(self, wanted: Sequence[Enqueue]) -> Sequence[Enqueue]:
        made = await self._store.made_jobs([one.origin for one in wanted if one.origin])
        return [one for one in wanted if one.origin not in made]


def named(person: Person, wanted: Sequence[Enqueue], origin: str) -> list[Enqueue]:
    """Each with the origin that its job will have, whenever the queue takes it: so it becomes one job only,
    which is known by the message that led to it. Those that are new are numbered; those kept have theirs.
    """
    number, at = count(), now()
    return [
        one
        if one.origin
        else replace(one, origin=f"{origin}:{next(number)}", since=one.since or at, language=person.language)
        for one in wanted
    ]


def _state_after(state: State, wanted: Sequence[Enqueue], accepted: int) -> State:
    return after(state, wanted[accepted:])[0]
