"""Standard streams that are closed, full, broken, terminals, or know few letters."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from styler.cli import main

COMMAND = f"{sys.executable} -m styler"


def shell(line: str, **surroundings: str) -> tuple[int, str, str]:
    """The exit status, standard output and standard error of a line in which STYLER is the command."""
    done = subprocess.run(
        ["sh", "-c", line.replace("STYLER", COMMAND)],
        capture_output=True,
        text=True,
        check=False,
        env=surroundings or None,
    )
    return done.returncode, done.stdout, done.stderr


def test_what_is_listed_into_a_pipe_that_nobody_reads_is_no_mistake() -> None:
    assert shell("STYLER --list-presets | true") == (0, "", "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
@pytest.mark.parametrize("flag", ["--list-presets", "--help"])
def test_what_is_listed_onto_a_full_disk_is_told(flag: str) -> None:
    full = "styler: standard output cannot be written: No space left on device\n"
    assert shell(f"STYLER {flag} > /dev/full") == (2, "", full)


def test_letters_that_standard_output_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", ascii_only)
    assert main(["--list-presets"]) == 0
    assert b"?lisabeth Vig?e Le Brun" in ascii_only.buffer.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("arguments", ["--list-presets", "PHOTO ink -o -", "PHOTO ink -o out.jpg --json"])
def test_a_closed_standard_output_is_told_before_the_work(
    arguments: str, tmp_path: Path, photo: Image.Image
) -> None:
    photo.save(tmp_path / "photo.jpg")
    line = f"STYLER {arguments.replace('PHOTO', str(tmp_path / 'photo.jpg'))} >&-"
    assert shell(line) == (2, "", "styler: standard output is closed: nothing can be written there\n")


def test_a_closed_standard_error_is_only_not_heard(tmp_path: Path, photo: Image.Image) -> None:
    photo.save(tmp_path / "photo.jpg")
    painting = f"{tmp_path}/photo.jpg ink -o {tmp_path}/out.jpg --size 64 --steps 1 --device cpu"
    assert shell(f"STYLER {painting} 2>&- <&-") == (0, "", "")
    with Image.open(tmp_path / "out.jpg") as painted:
        assert painted.size == (64, 43)
    assert shell("STYLER nowhere.jpg ink -o out.jpg 2>&-") == (2, "", "")


def test_a_closed_standard_input_is_an_empty_picture() -> None:
    status, _, error = shell("STYLER - ink -o - <&- | cat")
    assert status == 0  # that of cat
    assert error == "styler: the picture is empty: there is not a single byte in it\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_no_picture_is_written_onto_a_terminal(
    tmp_path: Path, photo: Image.Image, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    photo.save(tmp_path / "photo.jpg")
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert main([str(tmp_path / "photo.jpg"), "ink", "-o", "-"]) == 2
    assert capsys.readouterr().err == (
        "styler: a terminal cannot show what -o - writes: send it into a pipe or a file\n"
    )
