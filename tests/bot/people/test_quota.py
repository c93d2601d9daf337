"""Quotas and flood damping, by a clock of our own; access, and what survives a restart of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot import clock
from bot.jobs import JobStatus
from bot.people import past_counts
from bot.people.access import Access, Verdict
from bot.people.damping import MANY, MINUTE, Damper, Hearing
from bot.people.forgetting import forget_person
from bot.people.quota import DAY, HOUR, Quota, QuotaReached
from bot.queue.admission import Admission, Draining, Intake
from bot.settings import Settings
from bot.storage.job_rows import insert_job
from bot.storage.pictures import Pictures
from bot.store import Store
from tests.bot.some_jobs import a_job, add_job

ANNA, BORIS = 1, 2


def take(quota: Quota, user_id: int, now: float) -> None:
    with quota.entry(user_id, now) as entry:
        entry.keep()


def test_so_many_an_hour_and_then_when_the_first_is_an_hour_old() -> None:
    quota = Quota(per_hour=2, per_day=None)
    take(quota, ANNA, 0)
    take(quota, ANNA, 600)
    with pytest.raises(QuotaReached) as refusal:
        take(quota, ANNA, 900)
    assert (refusal.value.limit, refusal.value.wait) == (2, HOUR - 900)
    take(quota, BORIS, 900)
    take(quota, ANNA, HOUR)
    with pytest.raises(QuotaReached):
        take(quota, ANNA, HOUR + 1)


def test_so_many_a_day_and_the_longer_wait_is_told() -> None:
    quota = Quota(per_hour=2, per_day=3)
    for now in (0, HOUR, HOUR + 1):
        take(quota, ANNA, now)
    with pytest.raises(QuotaReached) as refusal:
        take(quota, ANNA, HOUR + 2)
    assert (refusal.value.limit, refusal.value.wait) == (3, DAY - HOUR - 2)
    take(quota, ANNA, DAY)


def test_what_comes_to_nothing_costs_nothing() -> None:
    quota = Quota(per_hour=1, per_day=None)
    with quota.entry(ANNA, 0):
        pass  # it came twice
    with pytest.raises(ValueError, match="disk"), quota.entry(ANNA, 0):
        raise ValueError("disk")
    take(quota, ANNA, 5)
    quota.give_back(ANNA, 5)
    take(quota, ANNA, 6)


def test_while_one_is_being_written_down_another_counts_already() -> None:
    quota = Quota(per_hour=1, per_day=None)
    with quota.entry(ANNA, 0), pytest.raises(QuotaReached):
        take(quota, ANNA, 0)


def test_without_limits_nothing_is_remembered() -> None:
    quota = Quota(None, None)
    for now in range(1000):
        take(quota, ANNA, now)
    assert quota._times == {}


def test_who_has_long_had_nothing_is_forgotten() -> None:
    quota = Quota(1, 1)
    take(quota, ANNA, 0)
    quota.check(ANNA, DAY)
    assert quota._times == {}


async def test_quotas_know_what_was_painted_before_the_start(
    store: Store, settings: Callable[..., Settings]
) -> None:
    now = 10 * DAY
    jobs = [a_job(f"{age}", user_id=ANNA, created_at=now - age) for age in (60.0, 20 * HOUR, 2 * DAY)]
    for job in jobs:
        await add_job(store, job)
    cancelled = a_job("cancelled", user_id=ANNA, created_at=now - 30)
    await add_job(store, cancelled)
    await store.update_job(cancelled.id, JobStatus.CANCELLED)
    admission = Admission(store, settings(bot_max_jobs_per_day=3), lambda: now)
    await admission.load()
    with admission.entry(a_job("third", user_id=ANNA, created_at=now)) as entry:
        entry.keep()
    with pytest.raises(QuotaReached), admission.entry(a_job("fourth", user_id=ANNA, created_at=now)):
        pass


async def forgotten(store: Store, user_id: int, now: float) -> None:
    """As by /forget."""
    alias = await past_counts.alias_of(store, user_id)
    async with store.transaction() as connection:
        await past_counts.keep(connection, user_id, alias, now)
        await connection.execute_fetchall("DELETE FROM jobs WHERE user_id = ?", (user_id,))


async def test_to_be_forgotten_again_and_again_is_no_way_round(
    store: Store, settings: Callable[..., Settings]
) -> None:
    now = 10 * DAY
    for day, left in ((0, 2), (0, 1), (0, 0), (1, 2)):
        now += day * DAY
        admission = Admission(store, settings(bot_max_jobs_per_day=2), lambda now=now: now)
        await admission.load()
        for number in range(2):
            job = a_job(f"{now}-{left}-{number}", user_id=ANNA, created_at=now)
            await admission.recall(ANNA)
            if number >= left:
                with pytest.raises(QuotaReached), admission.entry(job):
                    pass
            elif number == 0:
                await add_job(store, job)
                with admission.entry(job) as entry:
                    entry.keep()
        await admission.recall(BORIS)
        with admission.entry(a_job("x", user_id=BORIS, created_at=now)):
            pass  # who is somebody else
        await forgotten(store, ANNA, now)


async def test_what_is_kept_of_the_forgotten_names_nobody_and_goes_after_a_day(
    store: Store, tmp_path: Path
) -> None:
    user_id, now = 7_301_946_528, 10 * DAY
    jobs = [a_job(name, user_id=user_id, created_at=now - age) for name, age in (("a", 60), ("b", 2 * DAY))]
    for job in jobs:
        await add_job(store, job)
    await forgotten(store, user_id, now)
    known = await past_counts.load(store, now)
    assert await known.take(user_id + 1) == []
    assert await known.take(user_id) == [now - 60], "only what a quota counts"
    await store.write_out()
    written = b"".join(file.read_bytes() for file in (tmp_path / "data").glob("bot.sqlite3*"))
    assert known.salt in written
    assert str(user_id).encode() not in written
    assert user_id.to_bytes(6, "big") not in written, "as SQLite writes numbers"
    await past_counts.forget_old(store, now + DAY - 61)
    assert (await past_counts.load(store, now)).times
    await past_counts.forget_old(store, now + DAY)
    await store.write_out()
    assert await past_counts.load(store, now) == past_counts.PastCounts()
    assert known.salt not in (tmp_path / "data" / "bot.sqlite3").read_bytes()


async def test_names_are_made_once_and_while_nobody_waits_for_the_disk(
    store: Store, pictures: Pictures, settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, name_of = [], past_counts._name_of

    async def watched(user_id: int, salt: bytes) -> bytes:
        assert not store._lock.locked()
        made.append(user_id)
        return await name_of(user_id, salt)

    monkeypatch.setattr(past_counts, "_name_of", watched)
    await add_job(store, a_job(user_id=ANNA, created_at=clock.now()))
    await forget_person(store, pictures, ANNA, counted=True)
    admission = Admission(store, settings(bot_max_jobs_per_day=1))
    await admission.load()
    for _ in range(3):
        await admission.recall(BORIS)
    assert made == [ANNA, BORIS]


async def test_two_who_are_forgotten_at_the_same_moment(store: Store) -> None:
    aliases = {user_id: await past_counts.alias_of(store, user_id) for user_id in (ANNA, BORIS)}
    assert aliases[ANNA].salt != aliases[BORIS].salt
    async with store.transaction() as connection:
        for user_id, alias in aliases.items():
            await insert_job(connection, a_job(f"{user_id}", user_id=user_id, created_at=10.0))
            await past_counts.keep(connection, user_id, alias, 20.0)
    known = await past_counts.load(store, 20.0)
    assert [await known.take(user_id) for user_id in (ANNA, BORIS)] == [[10.0], [10.0]]


async def test_a_clock_that_was_ahead_makes_nobody_wait_for_longer(
    store: Store, settings: Callable[..., Settings]
) -> None:
    now = 10 * DAY
    await add_job(store, a_job("future", user_id=ANNA, created_at=now + 100 * DAY))
    admission = Admission(store, settings(bot_max_jobs_per_day=1), lambda: now)
    await admission.load()
    with pytest.raises(QuotaReached) as refusal, admission.entry(a_job("x", user_id=ANNA, created_at=now)):
        pass
    assert refusal.value.wait == DAY


async def test_admins_have_no_quota_but_keep_to_a_drain(
    store: Store, settings: Callable[..., Settings]
) -> None:
    admission = Admission(store, settings(bot_max_jobs_per_hour=1, bot_admins=frozenset({ANNA})))
    for number in range(5):
        with admission.entry(a_job(f"{number}", user_id=ANNA)) as entry:
            entry.keep()
    await admission.set_intake(Intake.DRAINING)
    with pytest.raises(Draining), admission.entry(a_job("x", user_id=ANNA)):
        pass


@pytest.mark.parametrize("intake", list(Intake))
async def test_the_intake_survives_a_restart(
    store: Store, settings: Callable[..., Settings], intake: Intake
) -> None:
    await Admission(store, settings()).set_intake(intake)
    later = Admission(store, settings())
    await later.load()
    assert later.intake is intake


async def test_who_may_come_in(store: Store, settings: Callable[..., Settings]) -> None:
    access = Access(store, settings(bot_allowed_users=frozenset({1, 2}), bot_admins=frozenset({9})))
    assert [access.admits(user_id) for user_id in (1, 2, 3, 9)] == [True, True, False, True]
    await access.decide(2, Verdict.BANNED)
    await access.decide(3, Verdict.ALLOWED)
    await access.decide(9, Verdict.BANNED)
    assert [access.admits(user_id) for user_id in (1, 2, 3, 9)] == [True, False, True, True]
    later = Access(store, settings(bot_allowed_users=frozenset({1, 2})))
    await later.load()
    assert [later.admits(user_id) for user_id in (1, 2, 3)] == [True, False, True]
    assert later.banned == [2, 9]
    await later.decide(2, None)
    await later.decide(3, None)
    assert [later.admits(user_id) for user_id in (1, 2, 3)] == [True, True, False]


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_flood_gets_one_answer_and_then_silence_until_it_is_over() -> None:
    clock = Time()
    damper = Damper(10, clock)
    heard = []
    for _ in range(200):  # for 100 seconds, two a second
        heard.append(damper.hear(ANNA))
        clock.now += 0.5
    assert heard == [Hearing.HEARD] * 10 + [Hearing.TOLD] + [Hearing.IGNORED] * 189
    assert damper.hear(BORIS) is Hearing.HEARD
    clock.now += MINUTE
    assert damper.hear(ANNA) is Hearing.HEARD


def test_a_flood_is_one_however_slowly_it_is_handled() -> None:
    clock = Time()
    damper = Damper(10, clock)
    heard = []
    for number in range(50):  # all said in five seconds, heard for 50
        heard.append(damper.hear(ANNA, said=number / 10))
        clock.now += 1
    assert heard == [Hearing.HEARD] * 10 + [Hearing.TOLD] + [Hearing.IGNORED] * 39


def test_what_waited_for_the_bot_is_no_flood() -> None:
    clock = Time()
    clock.now = 3600.0
    damper = Damper(10, clock)
    assert {damper.hear(ANNA, said=60.0 * minute) for minute in range(60)} == {Hearing.HEARD}


@pytest.mark.parametrize("ahead", [-3600.0, 3600.0])
def test_a_clock_that_is_wrong_makes_no_flood(ahead: float) -> None:
    """Presses are dated by the machine's clock, messages by Telegram's."""
    clock = Time()
    damper = Damper(10, clock)
    for _ in range(10):
        assert damper.hear(ANNA) is Hearing.HEARD
        for _ in range(30):
            assert damper.hear(ANNA, said=clock.now - ahead) is Hearing.HEARD
            clock.now += 20
    flood = [damper.hear(ANNA, said) for _ in range(11) for said in (None, clock.now - ahead)]
    assert Hearing.TOLD in flood, "though each is counted by itself"


def test_who_talks_much_but_not_too_much_is_heard_for_ever() -> None:
    clock = Time()
    damper = Damper(60, clock)
    for _ in range(1000):
        assert damper.hear(ANNA) is Hearing.HEARD
        clock.now += 1


def test_who_is_long_silent_is_forgotten() -> None:
    clock = Time()
    damper = Damper(5, clock)
    for person in range(3 * MANY):
        damper.hear(person)
        clock.now += 1
    assert len(damper._times) <= MANY
