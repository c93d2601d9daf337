"""When a painting's checkpoint is written, by a clock of our own; what is in it: tests/styler."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot.painting import checkpoints
from bot.painting.checkpoints import CHECKPOINT_SECONDS, Keeper


class Saved:
    """A checkpoint, and the progress that it is one of."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.now = 0.0
        self.is_full = False

    def checkpoint(self) -> Any:
        return self

    def save(self, path: Path) -> None:
        self.times.append(self.now)
        if self.is_full:
            raise OSError(28, "No space left on device")
        path.write_bytes(b"half a painting")


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> Saved:
    found = Saved()
    monkeypatch.setattr(checkpoints, "time", SimpleNamespace(monotonic=lambda: found.now))
    return found


@pytest.mark.parametrize("is_full", [False, True])
def test_a_checkpoint_is_written_now_and_then_if_it_can_be(
    saved: Saved, tmp_path: Path, is_full: bool
) -> None:
    saved.is_full = is_full
    keeper = Keeper(tmp_path / "job.checkpoint")
    for second in range(int(2.5 * CHECKPOINT_SECONDS)):
        saved.now = float(second)
        keeper.now_and_then(saved)  # type: ignore[arg-type]
    assert saved.times == [CHECKPOINT_SECONDS, 2 * CHECKPOINT_SECONDS]
    keeper.discard()
    assert list(tmp_path.iterdir()) == []


def test_without_a_path_nothing_is_written(saved: Saved) -> None:
    keeper = Keeper(None)
    saved.now = 10 * CHECKPOINT_SECONDS
    keeper.now_and_then(saved)  # type: ignore[arg-type]
    keeper.save(saved.checkpoint())
    keeper.discard()
    assert saved.times == []
    assert keeper.found() is None
