"""The life of a job: which changes are legal, and what each brings along."""

from itertools import product

import pytest

from bot.jobs import (
    ID_LENGTH,
    ID_LETTERS,
    IllegalTransition,
    Job,
    JobStatus,
    JobStyle,
    changed,
    new_job_id,
)

QUEUED, RUNNING, DELIVERING = JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.DELIVERING
DONE, FAILED, CANCELLED = JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED

LEGAL = {
    (QUEUED, RUNNING),
    (QUEUED, FAILED),
    (QUEUED, CANCELLED),
    (RUNNING, QUEUED),
    (RUNNING, DELIVERING),
    (RUNNING, FAILED),
    (RUNNING, CANCELLED),
    (DELIVERING, QUEUED),
    (DELIVERING, DONE),
    (DELIVERING, FAILED),
    (DELIVERING, CANCELLED),
}


def job(status: JobStatus = QUEUED, **fields: object) -> Job:
    known = {
        "id": "abc",
        "origin": "1:2",
        "chat_id": 1,
        "user_id": 2,
        "language": "en",
        "content": "photo.jpg",
        "styles": (JobStyle(preset="starry-night"),),
        "created_at": 10.0,
    }
    return Job(**(known | {"status": status} | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize(("before", "after"), list(product(JobStatus, JobStatus)))
def test_only_the_listed_transitions_are_legal(before: JobStatus, after: JobStatus) -> None:
    if before is after or (before, after) in LEGAL:
        assert changed(job(before), after, now=11).status is after
    else:
        with pytest.raises(IllegalTransition) as caught:
            changed(job(before), after, now=11)
        assert (caught.value.job_id, caught.value.before, caught.value.after) == ("abc", before, after)


def test_an_open_job_is_one_that_owes_an_answer() -> None:
    assert {status for status in JobStatus if job(status).is_open} == {QUEUED, RUNNING, DELIVERING}


def test_a_life_from_queue_to_done_is_stamped() -> None:
    painted = changed(changed(job(), RUNNING, 20, progress_message=7), DELIVERING, 30, result="abc.jpg")
    done = changed(painted, DONE, 31)
    assert (done.created_at, done.started_at, done.finished_at) == (10, 20, 31)
    assert (done.attempts, done.progress_message, done.result, done.error) == (1, 7, "abc.jpg", None)


def test_an_interrupted_job_begins_anew_and_counts_its_attempts() -> None:
    lost = changed(changed(changed(job(), RUNNING, 20), DELIVERING, 30, result="abc.jpg"), QUEUED, 40)
    assert (lost.status, lost.result, lost.attempts) == (QUEUED, None, 1)
    again = changed(lost, RUNNING, 50)
    assert (again.started_at, again.attempts) == (50, 2)


def test_a_change_without_a_new_status_stamps_nothing() -> None:
    running = changed(job(), RUNNING, 20)
    assert changed(running, None, 99, progress_message=5) == changed(running, RUNNING, 99, progress_message=5)
    told = changed(running, RUNNING, 99, progress_message=5)
    assert (told.progress_message, told.started_at, told.attempts) == (5, 20, 1)


def test_a_failed_job_keeps_its_reason() -> None:
    failed = changed(job(), FAILED, 20, error="picture-missing")
    assert (failed.error, failed.finished_at, failed.started_at) == ("picture-missing", 20, None)


@pytest.mark.parametrize(
    "style", [{}, {"preset": "a", "picture": "b"}, {"preset": ""}, {"preset": "a", "weight": 0}]
)
def test_a_style_is_one_thing_with_a_weight(style: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="style"):
        JobStyle(**style)  # type: ignore[arg-type]


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_is_above_0_and_finite(weight: float) -> None:
    with pytest.raises(ValueError, match="weight"):
        JobStyle(preset="a", weight=weight)


def test_a_job_needs_a_style_and_names_its_pictures() -> None:
    with pytest.raises(ValueError, match="at least one style"):
        job(styles=())
    mixed = job(styles=(JobStyle(picture="s.png"), JobStyle(preset="ink"), JobStyle(picture="t.png")))
    assert mixed.pictures == ("photo.jpg", "s.png", "t.png")


def test_ids_are_short_plain_and_do_not_repeat() -> None:
    ids = {new_job_id() for _ in range(2000)}
    assert len(ids) == 2000
    assert all(len(job_id) == ID_LENGTH and set(job_id) <= set(ID_LETTERS) for job_id in ids)
    assert ID_LETTERS.islower()
    assert len(set(ID_LETTERS)) ** ID_LENGTH >= 2**58
