"""The short form of the load test, and what its figures mean."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.load.crowd import Asked
from tests.load.report import behind_schedule, growth, percentile

ROOT = Path(__file__).parents[2]


def run(*arguments: str, timeout: float) -> str:
    """What it tells."""
    command = [sys.executable, "-m", "tests.load", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_of_a_small_crowd_nobody_is_lost_and_no_limit_is_broken() -> None:
    told = run("crowd", "--people", "25", timeout=120)
    signs = re.search(r"a reaction on (\d+) of them", told)
    assert signs, told
    assert int(signs[1]) > 0, "who cannot be answered at once gets a sign"


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_of_a_thousand_people_nobody_is_lost_and_no_limit_is_broken() -> None:
    run("crowd", "--people", "1000", timeout=800)


def test_who_waits_for_their_turn_only_is_not_behind() -> None:
    asked = [Asked(at=0.0) for _ in range(3)]
    assert behind_schedule(asked, [0.1, 0.2, 0.3], rate=10) == pytest.approx([0, 0, 0])
    assert behind_schedule(asked, [0.1, 1.2, 0.3], rate=10) == pytest.approx([0, 0.1, 0.9])
    assert behind_schedule([Asked(0.0), Asked(5.0)], [0.1, 6.0], rate=10) == pytest.approx([0, 1.0])


def test_percentiles() -> None:
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(range(100), 0.99) == 99
    assert percentile([], 0.99) == 0


def test_growth() -> None:
    flat = [(at, 100.0) for at in range(0, 3600, 60)]
    assert growth(flat) == "100 MB in the first third, 100 MB in the last (+0 MB an hour)"
    leak = [(at, 100 + at / 36) for at in range(0, 3600, 60)]
    assert "(+100 MB an hour)" in growth(leak)
