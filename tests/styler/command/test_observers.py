"""What goes wrong beside a painting costs no painting, and hides nothing that went wrong in it."""

import json
from pathlib import Path

import pytest
from PIL import Image

from styler.command import observers
from styler.command.observers import animate_into, observing, snapshots_into, trace_into
from styler.errors import OutputError
from styler.painting.objective import Losses
from styler.painting.results import Progress

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="no such device here")


def progress(step: int, side: int = 64) -> Progress:
    def no_checkpoint() -> None:
        raise AssertionError

    return Progress(
        scale=1,
        scales=1,
        width=side,
        height=side // 2,
        step=step,
        steps=3,
        fraction=step / 3,
        elapsed=0.5,
        remaining=0.5,
        last_of_scale=step == 3,
        read_losses=lambda: Losses(style=1.0, content=0.5, tv=0.25, gamut=0.0),
        picture=lambda: Image.new("RGB", (side, side // 2)),
        checkpoint=no_checkpoint,  # type: ignore[arg-type]
    )


def test_a_trace_has_a_line_for_each_step(tmp_path) -> None:
    path = tmp_path / "trace.jsonl"
    with trace_into(path) as trace:
        for step in (1, 2, 3):
            trace(progress(step))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["step"], line["total"]) for line in lines] == [(1, 1.75), (2, 1.75), (3, 1.75)]


@needs_full
@pytest.mark.parametrize("steps", [1, 1000])  # told when the file is closed, or already before
def test_a_trace_that_cannot_be_written_is_told_at_the_end(steps) -> None:
    with (
        pytest.raises(OutputError, match="/dev/full cannot be written: No space left on device"),
        trace_into(FULL) as trace,
    ):
        for _ in range(steps):
            trace(progress(1))


def test_a_trace_is_kept_until_the_first_step(tmp_path) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text("of an earlier painting")
    with pytest.raises(KeyboardInterrupt), trace_into(path):
        raise KeyboardInterrupt
    assert path.read_text() == "of an earlier painting"
    with trace_into(path) as trace:
        trace(progress(1))
    assert json.loads(path.read_text())["step"] == 1


def test_snapshots_of_an_earlier_painting_make_room_and_nothing_else_does(tmp_path) -> None:
    others = {"step-1.jpg", "step-0001.jpg.txt", "my-step-0001.jpg", "STEP-0009.jpg", "step-0001.png"}
    for name in ("step-0050.jpg", "step-12345.jpg", *others):
        (tmp_path / name).touch()
    with snapshots_into(tmp_path) as snapshot:
        assert len(list(tmp_path.iterdir())) == 2 + len(others), "not before the first step"
        for step in (1, 2, 3):
            snapshot(progress(step))
    assert {path.name for path in tmp_path.iterdir()} == {"step-0001.jpg", "step-0003.jpg", *others}


def test_no_folder_is_made_for_snapshots_that_never_come(tmp_path) -> None:
    with snapshots_into(tmp_path / "new"):
        pass
    assert not (tmp_path / "new").exists()


@needs_full
def test_each_file_that_cannot_be_written_is_told(tmp_path, monkeypatch) -> None:
    (tmp_path / "step-0001.jpg").mkdir()

    def full(*_: object) -> None:
        raise OutputError("film.gif cannot be written: No space left on device")

    monkeypatch.setattr(observers, "save_animation", full)
    with pytest.raises(OutputError) as raised:  # noqa: SIM117
        with observing(snapshots=tmp_path, trace=FULL, animation=tmp_path / "film.gif") as observe:
            observe(progress(1))
    for name in ("step-0001.jpg is a folder", "; /dev/full cannot", "; film.gif cannot"):
        assert name in str(raised.value)


@needs_full
def test_what_is_worse_than_the_files_is_told_alone(tmp_path) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        observing(snapshots=None, trace=FULL, animation=tmp_path / "film.gif") as observe,
    ):
        observe(progress(1))
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


@needs_full
@pytest.mark.parametrize("worse", [KeyboardInterrupt, OutputError("out.jpg cannot be written")])
def test_a_trace_that_cannot_be_written_hides_nothing_worse(worse) -> None:
    with pytest.raises(type(worse) if isinstance(worse, Exception) else worse) as raised:  # noqa: SIM117
        with trace_into(FULL) as trace:
            trace(progress(1))
            raise worse
    assert "/dev/full" not in str(raised.value)


def test_snapshots_that_cannot_be_written_are_told_at_the_end(tmp_path) -> None:
    """A folder in the place of the first stands for a disk that is full."""
    (tmp_path / "step-0001.jpg").mkdir()
    with (
        pytest.raises(OutputError, match="is a folder"),
        snapshots_into(tmp_path) as snapshot,
    ):
        for step in (1, 2, 3):
            snapshot(progress(step))
    assert [path.name for path in tmp_path.iterdir()] == ["step-0001.jpg"], "no more are tried"


def test_a_film_keeps_small_frames_alone(tmp_path, monkeypatch) -> None:
    kept: list[tuple[int, int]] = []
    monkeypatch.setattr(observers, "save_animation", lambda frames, _: kept.extend(f.size for f in frames))
    with animate_into(tmp_path / "film.gif") as remember:
        for step, side in ((1, 200), (2, 2000), (3, 4000)):
            remember(progress(step, side))
    assert kept == [(200, 100), (480, 240), (480, 240)]
