"""How long a painting still takes, judged by the last one of its kind."""

import pytest

from bot.painting.courses import TYPICAL, Course, SheetCourse, share_of_time
from bot.painting.painter import Glimpse

# Of the work, and of the seconds: a painting of 27 s whose first scales took longer than they count for.
WENT = [(0.05, 2.3), (0.17, 7.5), (0.41, 16.8), (0.65, 20.9), (0.88, 24.9)]
SECONDS = 26.8


def glimpse(done: float, elapsed: float) -> Glimpse:
    """As the engine reckons."""
    return Glimpse(done, elapsed * (1 - done) / done, None)


def course_that_went() -> Course:
    course = Course()
    for done, elapsed in WENT:
        course.honest(glimpse(done, elapsed))
    return course


@pytest.mark.parametrize(("done", "share"), [(0.0, 0.0), (0.2, 0.3), (0.4, 0.6), (0.7, 0.8), (1.0, 1.0)])
def test_shares_lie_on_straight_lines(done: float, share: float) -> None:
    assert share_of_time(((0, 0), (0.4, 0.6), (1, 1)), done) == pytest.approx(share)


def test_without_anything_known_the_engine_is_believed() -> None:
    assert Course().honest(glimpse(0.25, 10)).remaining == pytest.approx(30)
    assert Course().honest(Glimpse(1.0, 0.0, b"jpeg")) == Glimpse(1.0, 0.0, b"jpeg")


@pytest.mark.parametrize("ready", [0.5, 10.0])
@pytest.mark.parametrize("slower", [0.1, 1.0, 4.0])
def test_the_first_painting_of_a_new_bot_is_judged_by_its_own_steps(slower: float, ready: float) -> None:
    """However long it took to get ready: the engine's own reckoning counts that as work."""
    course = Course(TYPICAL)
    for done, elapsed in [(0.004, 0.2), *WENT]:
        told = course.honest(glimpse(done, ready + slower * elapsed)).remaining
        left = slower * (SECONDS - elapsed)
        if done >= 0.17:
            assert told == pytest.approx(left, rel=0.15)
        else:
            assert told <= max(2 * left, 20 * (ready + slower * elapsed)), "at worst a guess"
    assert glimpse(0.17, 10 + 7.5).remaining > 4 * (SECONDS - 7.5), "as the engine has it"


@pytest.mark.parametrize("slower", [1.0, 2.0])
def test_the_next_of_its_kind_is_judged_by_how_the_last_one_went(slower: float) -> None:
    course = Course(course_that_went().shares(SECONDS), usual=SECONDS)
    for done, elapsed in WENT[2:]:
        left = slower * (SECONDS - elapsed)
        assert course.honest(glimpse(done, slower * elapsed)).remaining == pytest.approx(left, rel=0.01)


def test_of_a_sheet_a_cell_takes_what_it_usually_does_until_one_is_painted() -> None:
    course = SheetCourse(cells=20, cells_left=10, usual=3.0)
    assert course.honest(Glimpse(10.1 / 20, 1000.0, None)).remaining == pytest.approx(9.9 * 3)
    assert course.honest(Glimpse(11 / 20, 45.0, None)).remaining == 45.0, "by its own speed from there on"
    assert SheetCourse(20, 10, None).honest(Glimpse(10.1 / 20, 1000.0, None)).remaining == 1000.0


def test_at_first_what_is_usual_counts_more_than_a_slow_start() -> None:
    course = Course(course_that_went().shares(SECONDS), usual=SECONDS)
    assert course.honest(glimpse(0.004, 0.8)).remaining == pytest.approx(SECONDS - 0.8, rel=0.25)
    after_a_restart = Course(None, usual=SECONDS)
    assert after_a_restart.honest(glimpse(0.004, 0.8)).remaining == pytest.approx(SECONDS - 0.8, rel=0.1)
    assert after_a_restart.honest(glimpse(0.41, 16.8)).remaining < 17, "where the engine says 24"


@pytest.mark.parametrize(("usual", "is_brief"), [(0.5, True), (2.0, False), (None, False)])
def test_what_is_there_before_anybody_reads_is_brief(usual: float | None, is_brief: bool) -> None:
    assert Course(None, usual).is_brief == is_brief


def test_a_painting_that_takes_longer_than_usual_is_not_done_before_it_is() -> None:
    course = Course(None, usual=5.0)
    assert course.honest(glimpse(0.1, 20.0)).remaining == pytest.approx(0.9 * 20)


def test_what_was_begun_anew_in_between_is_no_harm() -> None:
    course = course_that_went()
    for elapsed in (50.0, 5.0):
        course.honest(glimpse(0.1, elapsed))  # on another device, from the beginning
    course.honest(glimpse(0.95, 60.0))  # with the time that went by before
    shares = course.shares(SECONDS)
    assert list(shares) == sorted(shares)
    assert [time for _, time in shares] == sorted(time for _, time in shares)
    assert shares[0] == (0, 0)
    assert shares[-1] == (1, 1)
