"""The fair queue: hand-worked cases, then a machine that tries all against a plainer model."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.fair_queue import FairQueue, LaterFull, Place, QueueClosed, QueueFull, QueueRefusal, UserLimitReached

ANNA, BORIS, CLARA = 1, 2, 3


async def served(queue: FairQueue) -> list[str]:
    """Take every waiting job out, one worker's way."""
    order = []
    while len(queue):
        order.append(await queue.get())
        queue.done(order[-1])
    return order


def filled(*jobs: str, max_per_user: int = 99, max_total: int = 99) -> FairQueue:
    """A queue with jobs put in; their first letter is their owner."""
    queue = FairQueue(max_per_user, max_total)
    for job in jobs:
        queue.put(job, ord(job[0]))
    return queue


async def test_people_take_turns_and_their_own_jobs_keep_their_order() -> None:
    queue = filled("a1", "a2", "a3", "b1", "c1", "c2")
    assert queue.order() == ("a1", "b1", "c1", "a2", "c2", "a3")
    assert await served(queue) == ["a1", "b1", "c1", "a2", "c2", "a3"]


async def test_who_was_just_served_goes_behind_everybody() -> None:
    queue = filled("a1", "a2", "b1", "b2")
    assert await queue.get() == "a1"
    queue.put("c1", CLARA)
    queue.put("a3", ord("a"))
    assert queue.order() == ("b1", "a2", "c1", "b2", "a3")


async def test_a_newcomer_waits_for_one_job_of_each_other_person() -> None:
    queue = filled(*(f"a{n}" for n in range(20)), *(f"b{n}" for n in range(20)))
    assert queue.put("c", CLARA) == 3


async def test_what_is_for_later_comes_after_all_others() -> None:
    queue = FairQueue(9, 9)
    assert queue.put("a-sheet", ANNA, later=True) == 1
    assert queue.put("b-sheet", BORIS, later=True) == 2
    assert queue.put("a1", ANNA) == 1
    assert queue.put("c1", CLARA) == 2
    assert queue.put("a2", ANNA) == 3
    assert [queue.position(job) for job in ("a-sheet", "b-sheet")] == [4, 5]
    assert queue.room(ANNA) == 6
    order = ["a1", "c1", "a2", "a-sheet", "b-sheet"]
    assert await served(queue) == order


async def test_what_is_for_later_waits_for_so_many_jobs_and_no_more() -> None:
    queue = FairQueue(99, 99, later_after=3)
    queue.put("a-sheet", ANNA, later=True)
    queue.put("b-sheet", BORIS, later=True)
    for number in range(7):
        queue.put(f"c{number}", CLARA)
    order = ["c0", "c1", "c2", "a-sheet", "c3", "c4", "c5", "b-sheet", "c6"]
    assert list(queue.order()) == order
    assert [queue.position(job) for job in order] == list(range(1, 10))
    assert await served(queue) == order


def test_what_is_for_later_takes_no_place_from_the_others() -> None:
    queue = FairQueue(9, 1)
    queue.put("a-sheet", ANNA, later=True)
    with pytest.raises(LaterFull):
        queue.put("b-sheet", BORIS, later=True)
    assert queue.put("b1", BORIS) == 1
    with pytest.raises(QueueFull):
        queue.put("c1", CLARA)


async def test_positions_and_the_jobs_ahead() -> None:
    queue = filled("a1", "a2", "b1")
    assert [queue.position(job) for job in ("a1", "b1", "a2")] == [1, 2, 3]
    assert queue.ahead("a2") == ("a1", "b1")
    assert queue.ahead("a1") == ()
    await queue.get()
    assert queue.position("a1") is None, "running, no longer waiting"
    assert queue.ahead("a1") == ()
    assert queue.position("b1") == 1
    assert queue.running == ("a1",)


def test_put_tells_the_position() -> None:
    queue = FairQueue(9, 9)
    assert [queue.put("a1", ANNA), queue.put("a2", ANNA), queue.put("b1", BORIS)] == [1, 2, 2]


async def test_running_jobs_count_against_the_cap_of_a_person() -> None:
    queue = FairQueue(2, 9)
    queue.put("a1", ANNA)
    queue.put("a2", ANNA)
    await queue.get()
    with pytest.raises(UserLimitReached):
        queue.put("a3", ANNA)
    assert queue.room(ANNA) == 0
    queue.put("b1", BORIS)
    queue.done("a1")
    queue.put("a3", ANNA)


async def test_running_jobs_count_against_the_cap_of_all() -> None:
    queue = FairQueue(2, 3)
    for job, person in (("a1", ANNA), ("a2", ANNA), ("b1", BORIS)):
        queue.put(job, person)
    await queue.get()
    with pytest.raises(QueueFull):
        queue.put("c1", CLARA)
    with pytest.raises(QueueFull):
        queue.put("a3", ANNA)  # both caps are reached; that of all is the one that does not pass by itself
    queue.done("a1")
    assert queue.put("c1", CLARA) == 3


def test_a_refused_put_changes_nothing() -> None:
    queue = filled("a1", max_per_user=1)
    with pytest.raises(QueueRefusal):
        queue.put("a2", ord("a"))
    assert queue.order() == ("a1",)
    assert queue.position("a2") is None


def test_a_kept_place_counts_and_is_given_back() -> None:
    queue = FairQueue(1, 1)
    with queue.reserve(ANNA):
        assert (queue.room(ANNA), queue.room(BORIS)) == (0, 0)
        with pytest.raises(QueueFull):
            queue.put("b1", BORIS)
    assert (queue.room(ANNA), queue.room(BORIS)) == (1, 1)
    with pytest.raises(RuntimeError, match="disk"), queue.reserve(ANNA):
        raise RuntimeError("disk full")
    assert queue.room(ANNA) == 1


def test_a_kept_place_takes_one_job() -> None:
    queue = FairQueue(2, 2)
    with queue.reserve(ANNA) as place:
        assert place.put("a1") == 1
        with pytest.raises(ValueError, match="taken"):
            place.put("a2")
    assert queue.room(ANNA) == 1


def test_places_kept_at_once_never_exceed_the_caps() -> None:
    queue = FairQueue(3, 9)
    with ExitStack() as places:
        kept = [places.enter_context(queue.reserve(ANNA)) for _ in range(3)]
        with pytest.raises(UserLimitReached):
            places.enter_context(queue.reserve(ANNA))
        assert [place.put(f"a{n}") for n, place in enumerate(kept)] == [1, 2, 3]
    assert queue.room(ANNA) == 0


def test_restored_jobs_pass_the_caps() -> None:
    queue = FairQueue(1, 1)
    for job in ("a1", "a2"):
        queue.restore(job, ANNA)
    assert queue.order() == ("a1", "a2")
    assert queue.room(ANNA) == 0


async def test_one_job_is_never_in_twice() -> None:
    queue = filled("a1")
    for put in (queue.put, queue.restore):
        with pytest.raises(ValueError, match="already"):
            put("a1", BORIS)
    await queue.get()
    with pytest.raises(ValueError, match="already"):
        queue.put("a1", BORIS)
    assert queue.room(BORIS) == 98, "the place kept for it was given back"
    queue.done("a1")
    queue.restore("a1", ord("a"))
    assert queue.order() == ("a1",)


async def test_a_cancelled_job_leaves_at_once() -> None:
    queue = filled("a1", "a2", "b1")
    assert queue.remove("a1")
    assert not queue.remove("a1")
    assert queue.order() == ("a2", "b1")
    assert await queue.get() == "a2"
    assert not queue.remove("a2"), "running jobs are not waiting"
    assert queue.running == ("a2",)
    assert queue.remove("b1")
    assert len(queue) == 0


async def test_done_is_harmless_for_what_does_not_run() -> None:
    queue = filled("a1")
    queue.done("a1")
    queue.done("nobody")
    assert queue.order() == ("a1",)
    await queue.get()
    queue.done("a1")
    queue.done("a1")
    assert queue.room(ord("a")) == 99


async def test_waiting_workers_each_get_one_job() -> None:
    queue = FairQueue(9, 9)
    workers = [asyncio.ensure_future(queue.get()) for _ in range(3)]
    await asyncio.sleep(0)
    for job in ("a1", "a2"):
        queue.put(job, ANNA)
    done, waiting = await asyncio.wait(workers, timeout=0.05)
    assert sorted(worker.result() for worker in done) == ["a1", "a2"]
    queue.put("b1", BORIS)
    assert await waiting.pop() == "b1"


async def test_a_worker_cancelled_as_its_job_arrives_loses_nothing() -> None:
    queue = FairQueue(9, 9)
    first, second = asyncio.ensure_future(queue.get()), asyncio.ensure_future(queue.get())
    await asyncio.sleep(0)
    queue.put("a1", ANNA)
    first.cancel()  # it has been woken and has not yet run
    assert await asyncio.wait_for(second, 1) == "a1"
    with pytest.raises(asyncio.CancelledError):
        await first
    assert queue.running == ("a1",)


async def test_a_worker_cancelled_while_it_waits_is_forgotten() -> None:
    queue = FairQueue(9, 9)
    worker = asyncio.ensure_future(queue.get())
    await asyncio.sleep(0)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    queue.put("a1", ANNA)
    assert await asyncio.wait_for(queue.get(), 1) == "a1"


async def test_a_paused_queue_takes_jobs_in_and_serves_none() -> None:
    queue = FairQueue(9, 9)
    workers = [asyncio.ensure_future(queue.get()) for _ in range(2)]
    await asyncio.sleep(0)
    queue.pause()
    queue.put("a1", ANNA)
    queue.put("b1", BORIS)
    done, _ = await asyncio.wait(workers, timeout=0.02)
    assert not done
    queue.resume()
    assert sorted(await asyncio.wait_for(asyncio.gather(*workers), 1)) == ["a1", "b1"]


async def test_a_worker_woken_just_before_a_pause_waits_on() -> None:
    queue = FairQueue(9, 9)
    worker = asyncio.ensure_future(queue.get())
    await asyncio.sleep(0)
    queue.put("a1", ANNA)
    queue.pause()
    done, _ = await asyncio.wait([worker], timeout=0.02)
    assert not done
    queue.resume()
    assert await asyncio.wait_for(worker, 1) == "a1"


async def test_closing_sends_workers_home_and_keeps_the_waiting_visible() -> None:
    queue = FairQueue(9, 9)
    workers = [asyncio.ensure_future(queue.get()) for _ in range(3)]
    await asyncio.sleep(0)
    queue.close()
    ends = await asyncio.wait_for(asyncio.gather(*workers, return_exceptions=True), 1)
    assert [type(end) for end in ends] == [QueueClosed] * 3
    with pytest.raises(QueueClosed):
        queue.put("a1", ANNA)
    assert queue.room(ANNA) == 0

    queue = filled("a1", "b1")
    queue.close()
    with pytest.raises(QueueClosed):
        await queue.get()
    assert queue.order() == ("a1", "b1")


async def test_a_place_kept_before_closing_is_still_good() -> None:
    queue = FairQueue(9, 9)
    with queue.reserve(ANNA) as place:
        queue.close()
        assert place.put("a1") == 1
    assert queue.order() == ("a1",)


@pytest.mark.parametrize("caps", [(0, 5), (5, 0), (-1, 5)])
def test_a_queue_without_room_is_refused(caps: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="room"):
        FairQueue(*caps)


Who = tuple[bool, int]


class Model:
    """The rule in other words: of those who wait, the one served (or come) longest ago is next.

    Whoever waits is known by (whether for later, person).
    """

    def __init__(self) -> None:
        self.moment = 0
        self.waiting: dict[Who, list[str]] = {}
        self.last: dict[Who, int] = {}  # when they came or were last served
        self.running: dict[str, int] = {}
        self.for_later: set[str] = set()  # of those running
        self.later_after = 8
        self.gone_before = 0
        self.since_served: dict[Who, list[Who]] = {}  # whom they saw served meanwhile, of their own rank

    def add(self, job: str, person: int, *, later: bool = False) -> None:
        who = later, person
        if later and not any(rank for rank, _ in self.waiting):
            self.gone_before = 0
        if who not in self.waiting:
            self.moment += 1
            self.waiting[who], self.last[who], self.since_served[who] = [], self.moment, []
        self.waiting[who].append(job)

    def serve(self) -> str:
        self.moment += 1
        ranks = {rank for rank, _ in self.waiting}
        rank = ranks == {True} or (True in ranks and self.gone_before >= self.later_after)
        self.gone_before = 0 if rank else self.gone_before + 1
        who = min((one for one in self.waiting if one[0] == rank), key=lambda one: self.last[one])
        job = self.waiting[who].pop(0)
        self.running[job] = who[1]
        self.for_later |= {job} if who[0] else set()
        self.last[who] = self.moment
        for other, seen in self.since_served.items():
            if other[0] == who[0]:
                seen.append(who)
        self.since_served[who] = []
        self._leave(who)
        return job

    def remove(self, job: str) -> None:
        for who, jobs in list(self.waiting.items()):
            if job in jobs:
                jobs.remove(job)
                self._leave(who)

    def _leave(self, who: Who) -> None:
        if not self.waiting[who]:
            del self.waiting[who], self.last[who], self.since_served[who]

    def order(self) -> list[str]:
        copy = Model()
        copy.moment, copy.last = self.moment, dict(self.last)
        copy.later_after, copy.gone_before = self.later_after, self.gone_before
        copy.waiting = {who: list(jobs) for who, jobs in self.waiting.items()}
        copy.since_served = {who: [] for who in self.waiting}
        return [copy.serve() for _ in range(sum(map(len, self.waiting.values())))]

    def count(self, person: int) -> int:
        running = sum(owner == person for owner in self.running.values())
        return running + sum(len(self.waiting.get((later, person), ())) for later in (False, True))

    def total(self, later: bool) -> int:
        running = sum((job in self.for_later) == later for job in self.running)
        return running + sum(len(jobs) for (rank, _), jobs in self.waiting.items() if rank == later)


PEOPLE = st.integers(1, 5)


class QueueMachine(RuleBasedStateMachine):
    """People, workers and shutdowns in any order; the queue must agree with the model throughout."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.names: Iterator[int] = iter(range(10**9))
        self.model = Model()
        self.workers: list[asyncio.Task[str]] = []
        self.places: list[tuple[ExitStack, Place, int, bool]] = []
        self.accepted: set[str] = set()
        self.ended: set[str] = set()
        self.paused = False

    def teardown(self) -> None:
        for worker in self.workers:
            worker.cancel()
        self.settle()
        self.loop.close()

    @initialize(max_per_user=st.integers(1, 4), max_total=st.integers(1, 12), later_after=st.integers(1, 3))
    def caps(self, max_per_user: int, max_total: int, later_after: int) -> None:
        self.queue = FairQueue(max_per_user, max_total, later_after)
        self.model.later_after = later_after

    @rule(person=PEOPLE, later=st.booleans())
    def put(self, person: int, later: bool) -> None:
        job = f"job{next(self.names)}"
        kept = [(owner, rank) for *_, owner, rank in self.places]
        own = self.model.count(person) + sum(owner == person for owner, _ in kept)
        in_all = self.model.total(later) + sum(rank == later for _, rank in kept)
        expected: type[QueueRefusal] | None = None
        if in_all >= self.queue.max_total:
            expected = QueueFull
        elif own >= self.queue.max_per_user:
            expected = UserLimitReached
        assert (self.queue.room(person, later=later) == 0) == (expected is not None)
        if expected:
            with pytest.raises(expected):
                self.queue.put(job, person, later=later)
            return
        self.model.add(job, person, later=later)
        self.accepted.add(job)
        assert self.queue.put(job, person, later=later) == self.model.order().index(job) + 1
        self.settle()

    @rule(person=PEOPLE, later=st.booleans())
    def keep_a_place(self, person: int, later: bool) -> None:
        stack = ExitStack()
        try:
            place = stack.enter_context(self.queue.reserve(person, later=later))
        except QueueRefusal:
            return
        self.places.append((stack, place, person, later))

    @precondition(lambda self: self.places)
    @rule(use=st.booleans())
    def use_a_place(self, use: bool) -> None:
        stack, place, person, later = self.places.pop(0)
        with stack:
            if use:
                job = f"job{next(self.names)}"
                self.model.add(job, person, later=later)
                self.accepted.add(job)
                assert place.put(job) == self.model.order().index(job) + 1
        self.settle()

    @rule(person=PEOPLE, later=st.booleans())
    def restore(self, person: int, later: bool) -> None:
        if len(self.accepted) - len(self.ended) > 20:
            return
        job = f"job{next(self.names)}"
        self.model.add(job, person, later=later)
        self.accepted.add(job)
        self.queue.restore(job, person, later=later)
        self.settle()

    @rule()
    def a_worker_comes(self) -> None:
        self.workers.append(self.loop.create_task(self.queue.get()))
        self.settle()

    @precondition(lambda self: self.workers)
    @rule(pick=st.integers(0, 99))
    def a_waiting_worker_is_cancelled(self, pick: int) -> None:
        self.workers[pick % len(self.workers)].cancel()
        self.settle()

    @precondition(lambda self: self.workers)
    @rule(pick=st.integers(0, 99), person=PEOPLE)
    def a_worker_is_cancelled_as_a_job_arrives(self, pick: int, person: int) -> None:
        job = f"job{next(self.names)}"
        self.model.add(job, person)
        self.accepted.add(job)
        self.queue.restore(job, person)
        self.workers[pick % len(self.workers)].cancel()
        self.settle()

    @precondition(lambda self: self.model.running)
    @rule(pick=st.integers(0, 99))
    def a_job_ends(self, pick: int) -> None:
        job = list(self.model.running)[pick % len(self.model.running)]
        self.queue.done(job)
        del self.model.running[job]
        self.ended.add(job)

    @precondition(lambda self: self.model.waiting)
    @rule(pick=st.integers(0, 99))
    def a_job_is_cancelled(self, pick: int) -> None:
        waiting = self.model.order()
        job = waiting[pick % len(waiting)]
        assert self.queue.remove(job)
        self.model.remove(job)
        self.ended.add(job)

    @rule()
    def pause_or_resume(self) -> None:
        self.paused = not self.paused
        (self.queue.pause if self.paused else self.queue.resume)()
        self.settle()

    def settle(self) -> None:
        """Let the workers run, and follow in the model whom they were given."""
        before = set(self.model.running)
        for _ in range(8):
            self.loop.run_until_complete(asyncio.sleep(0))
        for job in self.queue.running:
            if job not in before:
                assert self.model.serve() == job
        finished = [worker for worker in self.workers if worker.done()]
        self.workers = [worker for worker in self.workers if not worker.done()]
        taken = {worker.result() for worker in finished if not worker.cancelled()}
        assert taken == set(self.model.running) - before, "a job was lost, or given twice"
        idle = self.workers and len(self.queue) and not self.paused
        assert not idle, "a worker waits although a job waits"

    @invariant()
    def it_agrees_with_the_model(self) -> None:
        order = self.model.order()
        assert list(self.queue.order()) == order
        assert len(self.queue) == len(order)
        assert self.queue.running == tuple(self.model.running)
        for index, job in enumerate(order):
            assert job in self.queue
            assert self.queue.position(job) == index + 1
            assert list(self.queue.ahead(job)) == order[:index]

    @invariant()
    def nothing_is_lost(self) -> None:
        assert self.accepted == {*self.queue.order(), *self.queue.running} | self.ended

    @invariant()
    def nobody_starves(self) -> None:
        for seen in self.model.since_served.values():
            assert len(seen) == len(set(seen)), "somebody was served twice while another person waited"


QueueMachine.TestCase.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestQueueMachine = QueueMachine.TestCase
