"""Commands that are interrupted, or whose results have nowhere to go: what is told is what happened."""

import io
import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from styler.cli import main
from styler.command import animation, runs
from styler.errors import OutOfMemory

QUICK = ["--size", "64", "--steps", "2", "--device", "cpu"]
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="no such device here")


@pytest.fixture
def photo_file(photo: Image.Image, tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    photo.save(path)
    return path


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def after(calls: int, real: Callable[..., Any]) -> Callable[..., Any]:
    """As the real one, so many times; then somebody presses Ctrl-C."""
    left = [calls]

    def stylize(*arguments: Any, **named: Any) -> Any:
        if not left[0]:
            interrupt()
        left[0] -= 1
        return real(*arguments, **named)

    return stylize


def told(error: str) -> list[str]:
    return [line for line in error.splitlines() if line.startswith("styler: ")]


def test_ctrl_c_while_the_film_is_written(photo_file, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(animation, "write_whole", interrupt)
    out = tmp_path / "out.jpg"
    assert main([str(photo_file), "ink", "-o", str(out), "--animate", str(tmp_path / "f.gif"), *QUICK]) == 130
    assert told(capsys.readouterr().err) == [f"styler: interrupted, what was painted before is in {out}"]
    assert out.exists()


def test_ctrl_c_after_the_painting_went_through_a_pipe(
    photo_file, tmp_path, monkeypatch, capsysbinary
) -> None:
    monkeypatch.setattr(animation, "write_whole", interrupt)
    assert main([str(photo_file), "ink", "-o", "-", "--animate", str(tmp_path / "f.gif"), *QUICK]) == 130
    painted, error = capsysbinary.readouterr()
    assert told(error.decode()) == ["styler: interrupted, what was painted before is in standard output"]
    with Image.open(io.BytesIO(painted)) as picture:
        assert picture.size == (64, 43)


@pytest.mark.parametrize("done", [0, 1])
def test_ctrl_c_among_several_photos(photo_file, tmp_path, monkeypatch, capsys, done) -> None:
    monkeypatch.setattr(runs, "stylize", after(done, runs.stylize))
    folder = tmp_path / "painted"
    command = [str(photo_file), str(photo_file), "--style", "ink", "-o", str(folder), *QUICK]
    assert main(command) == 130
    what = f"what was painted before is in {folder}" if done else "no painting was written"
    assert told(capsys.readouterr().err) == [f"styler: interrupted, {what}"]
    assert len(list(folder.iterdir())) == done


def test_ctrl_c_in_a_sheet(photo_file, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(runs, "stylize", after(1, runs.stylize))
    assert main(["sheet", str(photo_file), "-o", str(tmp_path / "sheet.jpg"), *QUICK]) == 130
    assert told(capsys.readouterr().err) == ["styler: interrupted, no painting was written"]


def test_a_painting_made_smaller_for_want_of_memory_is_told(
    photo_file, tmp_path, monkeypatch, capsys
) -> None:
    real = runs.stylize
    monkeypatch.setattr(runs, "stylize", lambda *a, **named: replace(real(*a, **named), reduced=True))
    out = tmp_path / "out.jpg"
    for more, lines in ([], 2), (["--json"], 1), (["--quiet"], 0):
        assert main([str(photo_file), "ink", "-o", str(out), *more, *QUICK]) == 0
        told_here = capsys.readouterr().err.splitlines()
        assert len(told_here) == lines
        if lines:
            assert told_here[0] == f"{out} is smaller than it should be: memory did not suffice for 64 pixels"


@pytest.mark.parametrize(("more", "told_at_all"), [([], True), (["--quiet"], False)])
def test_which_mask_went_to_which_style_is_told_where_not_all_have_one(
    photo_file, tmp_path, monkeypatch, capsys, more, told_at_all
) -> None:
    monkeypatch.setattr(runs, "stylize", after(0, runs.stylize))
    mask = str(tmp_path / "mask.png")
    Image.new("L", (120, 80), 255).save(mask)
    arguments = [str(photo_file), "ink", "ducks", "--mask", mask, "-o", str(tmp_path / "out.jpg"), *more]
    assert main(arguments) == 130
    assert (f"ink where {mask} is white; ducks elsewhere\n" in capsys.readouterr().err) == told_at_all


@pytest.mark.parametrize(
    ("styles", "line"),
    [
        (["ink", "mosaic:0", "ducks"], "ink where MASK is white; ducks elsewhere\n"),
        (["ink", "mosaic:0"], ""),
        (["ink:0", "ducks"], "ink has weight 0: neither it nor its mask MASK counts\n"),
    ],
)
def test_styles_that_do_not_count_are_not_told_of(
    photo_file, tmp_path, monkeypatch, capsys, styles, line
) -> None:
    monkeypatch.setattr(runs, "stylize", after(0, runs.stylize))
    mask = str(tmp_path / "mask.png")
    Image.new("L", (120, 80), 255).save(mask)
    assert main([str(photo_file), *styles, "--mask", mask, "-o", str(tmp_path / "out.jpg")]) == 130
    interrupted = "styler: interrupted, no painting was written\n"
    assert capsys.readouterr().err == line.replace("MASK", mask) + interrupted


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_bar_is_wiped_away_before_the_result_is_told(
    photo_file, tmp_path, monkeypatch
) -> None:
    terminal, out = Terminal(), tmp_path / "out.jpg"
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main([str(photo_file), "ink", "-o", str(out), *QUICK]) == 0
    *shown, wiped, told_last = terminal.getvalue().split("\r")
    assert any("| 64x43, step 2/2, 0 s left" in each for each in shown)
    assert wiped.strip() == ""
    assert told_last.startswith(f"{out}: 64x43 in ink, ")


def test_what_is_logged_meanwhile_does_not_end_up_in_the_bar(photo_file, tmp_path, monkeypatch) -> None:
    terminal, real = Terminal(), runs.stylize

    def stylize(*arguments: Any, **named: Any) -> Any:
        logging.getLogger("styler").warning("cpu is short of memory")
        return real(*arguments, **named)

    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(runs, "stylize", stylize)
    monkeypatch.setattr(logging.root, "handlers", [logging.StreamHandler(terminal)])  # as the command has it
    assert main([str(photo_file), "ink", "-o", str(tmp_path / "out.jpg"), *QUICK]) == 0
    (line,) = [line for line in terminal.getvalue().splitlines() if "short of memory" in line]
    assert line.rpartition("\r")[2] == "cpu is short of memory"


def test_no_name_is_given_twice_even_where_styles_are_named_like_numbers(
    photo_file, style, tmp_path, capsys
) -> None:
    style.save(tmp_path / "2.png")
    (tmp_path / "trip").mkdir()
    photos = [photo_file, tmp_path / "trip" / "photo.jpg", tmp_path / "photo-2.jpg"]
    for photo in photos[1:]:
        photo.write_bytes(photo_file.read_bytes())
    command = [*map(str, photos), "--style", str(tmp_path / "2.png"), "-o", str(tmp_path / "out"), *QUICK]
    assert main(command) == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["photo-2-2-2.jpg", "photo-2-2.jpg", "photo-2.jpg"]


def test_a_photo_from_standard_input_among_several_has_a_plain_name(
    photo_file, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(photo_file.read_bytes())))
    assert main(["-", "--style", "ink", "-o", str(tmp_path / "out"), *QUICK]) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["photo-ink.jpg"]


@pytest.mark.parametrize(
    ("stem", "styles", "name"),
    [
        ("photo", "ink", "photo-ink"),
        ("x" * 251, "ink", "x" * 236 + "-ink"),
        ("ж" * 125, "ink", "ж" * 118 + "-ink"),  # two bytes each
        ("photo", "s" * 300, "-" + "s" * 239),
    ],
)
def test_a_painting_has_a_name_that_disks_have_room_for(stem, styles, name) -> None:
    assert runs._name(stem, styles) == name


def test_photos_whose_long_names_begin_alike_do_not_overwrite_each_other() -> None:
    taken: set[str] = set()
    result: Any = SimpleNamespace(styles=("ink",))
    names = {runs._place(Path(), "x" * 240 + end, taken, result).name for end in "abc"}
    assert len(names) == 3
    assert max(map(len, names)) <= 255


def test_what_all_photos_would_meet_is_told_once(photo_file, tmp_path, capsys) -> None:
    command = [str(photo_file), str(photo_file), "--style", "ink", "-o", str(tmp_path / "out")]
    assert main([*command, "--device", "cuda:99"]) == 2
    [line] = told(capsys.readouterr().err)
    assert "cuda:99" in line


def test_a_photo_that_takes_too_much_memory_stops_no_other(photo_file, tmp_path, monkeypatch, capsys) -> None:
    real = runs.stylize

    def short_at_first(*arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(runs, "stylize", real)
        raise OutOfMemory("cpu ran out of memory: ask for a smaller size")

    monkeypatch.setattr(runs, "stylize", short_at_first)
    out = tmp_path / "out"
    assert main([str(photo_file), str(photo_file), "--style", "ink", "-o", str(out), *QUICK]) == 2
    assert told(capsys.readouterr().err) == ["styler: cpu ran out of memory: ask for a smaller size"]
    assert [path.name for path in out.iterdir()] == ["photo-ink.jpg"]


@pytest.mark.parametrize("is_link", [False, True])
def test_a_painting_never_takes_the_place_of_a_photo(photo_file, tmp_path, is_link) -> None:
    named_like_a_painting = photo_file.with_name(f"{photo_file.stem}-ink.jpg")
    if is_link:
        (tmp_path / "album").mkdir()
        named_like_a_painting.symlink_to(photo_file.rename(tmp_path / "album" / "original.jpg"))
        photo_file.write_bytes(named_like_a_painting.read_bytes())
    else:
        named_like_a_painting.write_bytes(photo_file.read_bytes())
    before = named_like_a_painting.read_bytes()
    photos = [str(photo_file), str(named_like_a_painting)]
    assert main([*photos, "--style", "ink", "-o", str(photo_file.parent), *QUICK]) == 0
    assert named_like_a_painting.is_symlink() == is_link
    assert named_like_a_painting.read_bytes() == before
    painted = {path.name for path in photo_file.parent.glob("photo-ink-*.jpg")}
    assert painted == {"photo-ink-2.jpg", "photo-ink-ink.jpg"}


@needs_full
def test_a_full_standard_error_costs_no_painting(photo_file, tmp_path) -> None:
    (tmp_path / "bad.jpg").write_text("no picture")
    photos = [str(photo_file), str(tmp_path / "bad.jpg"), str(photo_file)]
    command = [sys.executable, "-m", "styler", *photos, "--style", "ink", "-o", str(tmp_path / "out"), *QUICK]
    with FULL.open("wb") as nowhere:
        done = subprocess.run(command, stderr=nowhere, check=False)
    assert done.returncode == 2  # for the bad one alone
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"photo-ink.jpg", "photo-ink-2.jpg"}


@needs_full
@pytest.mark.parametrize("more", [["-o", "-"], ["-o", "OUT", "--json"]])
def test_a_full_standard_output_is_one_clear_line(photo_file, tmp_path, more) -> None:
    arguments = [str(tmp_path / "out.jpg") if each == "OUT" else each for each in more]
    command = [sys.executable, "-m", "styler", str(photo_file), "ink", *arguments, "--quiet", *QUICK]
    with FULL.open("wb") as nowhere:
        done = subprocess.run(command, stdout=nowhere, stderr=subprocess.PIPE, text=True, check=False)
    assert done.stderr == "styler: standard output cannot be written: No space left on device\n"
    assert done.returncode == 2
    assert (tmp_path / "out.jpg").exists() == ("--json" in more)
