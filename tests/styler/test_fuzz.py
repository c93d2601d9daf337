"""Real pictures, damaged in many ways, are opened or refused: see `tests.styler.fuzz`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from styler.errors import PictureReason
from tests.styler import fuzz
from tests.styler.pictures import FORMATS

ROOT = Path(__file__).parents[2]


def test_undamaged_they_all_open() -> None:
    files = fuzz.seeds()
    assert set(files) >= set(FORMATS)
    assert {name: fuzz.check(content) for name, content in files.items()} == dict.fromkeys(files, "opened")


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as Linux does")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", [1_000, pytest.param(100_000, marks=pytest.mark.soak)])
def test_damaged_pictures_open_or_are_refused(count: int) -> None:
    command = [sys.executable, "-m", "tests.styler.fuzz", str(count), "7"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stderr[-3000:]
    ends = json.loads(done.stdout)
    assert sum(ends.values()) == count
    assert set(ends) <= {"opened", *map(str, PictureReason)}
    assert ends["opened"] > count / 10, "damage must not always be found at once"
    assert ends["truncated"] > count / 10
