"""The command as people type it: a process of its own where its surroundings matter, else `main()`."""

import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from PIL import Image

from styler import find_preset
from styler.cli import main
from styler.command.arguments import build_parser, options_from, parse_style, sheet_options
from styler.command.checks import is_sheet
from styler.options import ColorsBy, StyleOptions

QUICK = ["--size", "96", "--steps", "3", "--device", "cpu"]


@pytest.fixture
def photo_file(photo, tmp_path) -> Path:
    path = tmp_path / "photo.jpg"
    photo.save(path)
    return path


def test_paints_a_file(photo_file, tmp_path, capsys) -> None:
    out = tmp_path / "out.png"
    assert main([str(photo_file), "starry-night", "-o", str(out), *QUICK]) == 0
    with Image.open(out) as painted:
        assert painted.size == (96, 64)
        assert "style=starry-night" in painted.info["Comment"]
    assert f"{out}: 96x64 in starry-night, " in capsys.readouterr().err


def test_one_photo_and_its_style_by_the_option_make_a_file_too(photo_file, tmp_path) -> None:
    out = tmp_path / "out.png"
    arguments = [str(photo_file), "--style", "starry-night", "--style", "ink", "-o", str(out), *QUICK]
    assert main(arguments) == 0
    with Image.open(out) as painted:
        assert "style=starry-night:0.5+ink:0.5" in painted.info["Comment"]


@pytest.mark.skipif(sys.platform != "linux", reason="other disks take only names in UTF-8")
def test_a_style_whose_name_is_not_utf8_costs_no_painting(photo_file, style, tmp_path) -> None:
    picture = tmp_path / os.fsdecode(b"caf\xe9.png")
    style.save(picture)
    out = tmp_path / "out.jpg"
    assert main([str(photo_file), str(picture), "-o", str(out), "--quiet", *QUICK]) == 0
    assert out.exists()


def test_quiet_says_nothing(photo_file, tmp_path, capsys) -> None:
    assert main([str(photo_file), "ink", "-o", str(tmp_path / "out.jpg"), "--quiet", *QUICK]) == 0
    assert capsys.readouterr() == ("", "")


SAYING = """
import logging, sys
from styler import cli

def paint(asked):
    for level in (10, 30, 40):
        for name in ("styler.painting", "PIL"):
            logging.getLogger(name).log(level, "%s %d", name, level)
    return 0

cli.paint = paint
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ([], ["styler.painting 30", "PIL 30", "styler.painting 40", "PIL 40"]),
        (
            ["--verbose"],
            ["styler.painting 10", "styler.painting 30", "PIL 30", "styler.painting 40", "PIL 40"],
        ),
        (["--quiet"], ["styler.painting 40", "PIL 40"]),
    ],
)
def test_how_much_is_said(flag, said) -> None:
    command = [sys.executable, "-c", SAYING, "photo.jpg", "ink", "-o", "out.jpg", *flag]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr.splitlines() == said


def test_verbose_tells_how_it_is_painted(photo_file, tmp_path, low_pyramid, caplog) -> None:
    caplog.set_level(logging.DEBUG, "styler")  # so that it is set back afterwards: the command decides here
    assert main([str(photo_file), "ink", "-o", str(tmp_path / "out.jpg"), "--verbose", *QUICK]) == 0
    assert all(record.name.startswith("styler.") for record in caplog.records)
    steps, faces, where, first, second = [record.getMessage() for record in caplog.records]
    assert steps == "Steps: 2 at 78x52, 1 at 96x64."
    assert faces == "Faces found: 0."
    assert re.fullmatch(r"Painting on cpu in (bfloat16|float32)\.", where)
    for size, line in (("78x52", first), ("96x64", second)):
        assert re.fullmatch(rf"{size}: bands of \d+ MiB, blocks made twice: \d\.", line)


def test_blends_files_and_presets_with_weights(photo_file, style, tmp_path) -> None:
    style.save(tmp_path / "waves.png")
    arguments = [
        str(photo_file),
        f"{tmp_path / 'waves.png'}:3",
        "ink",
        "-o",
        str(tmp_path / "out.png"),
        *QUICK,
    ]
    assert main(arguments) == 0
    with Image.open(tmp_path / "out.png") as painted:
        assert "style=waves:0.75+ink:0.25" in painted.info["Comment"]


def test_masks_follow_their_styles(photo_file, photo, tmp_path) -> None:
    for name, box in (("left", (0, 0, 60, 80)), ("right", (90, 0, 120, 80))):
        mask = Image.new("L", (120, 80))
        mask.paste(255, box)
        mask.save(tmp_path / f"{name}.png")
    arguments = ["ink", "--mask", str(tmp_path / "left.png"), "ducks", "--mask", str(tmp_path / "right.png")]
    out = tmp_path / "out.png"
    assert main([str(photo_file), *arguments, "-o", str(out), "--no-faces", *QUICK]) == 0
    with Image.open(out) as painted:
        assert "style=ink:0.5+ducks:0.5" in painted.info["Comment"]
        assert "no-faces masks" in painted.info["Comment"]
        middle = np.asarray(painted.crop((54, 0, 66, 64)), np.float32)  # in neither mask
    assert np.abs(middle - np.asarray(photo.resize((96, 64)).crop((54, 0, 66, 64)), np.float32)).mean() < 6


def test_snapshots_and_trace(photo_file, tmp_path) -> None:
    arguments = [str(photo_file), "ink", "-o", str(tmp_path / "out.jpg"), *QUICK]
    arguments += ["--snapshots", str(tmp_path / "deep" / "snaps"), "--trace", str(tmp_path / "trace.jsonl")]
    assert main(arguments) == 0
    names = sorted(path.name for path in (tmp_path / "deep" / "snaps").iterdir())
    assert names == ["step-0001.jpg", "step-0003.jpg"]
    lines = [json.loads(line) for line in (tmp_path / "trace.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2, 3]
    for line in lines:
        parts = line["style"] + line["content"] + line["tv"] + line["gamut"]
        assert line["total"] == pytest.approx(parts)


def test_a_mistake_that_is_found_late_costs_no_earlier_trace_or_snapshots(photo_file, tmp_path) -> None:
    trace, snapshot = tmp_path / "trace", tmp_path / "steps" / "step-0001.jpg"
    snapshot.parent.mkdir()
    for path in (trace, snapshot):
        path.write_text("of an earlier painting")
    arguments = [str(photo_file), "ink", "-o", str(tmp_path / "out.jpg"), "--trace", str(trace)]
    assert main([*arguments, "--snapshots", str(snapshot.parent), "--device", "cuda:99"]) == 2
    assert {path.read_text() for path in (trace, snapshot)} == {"of an earlier painting"}


def test_several_photos_into_a_folder_and_a_bad_one_stops_no_other(photo_file, tmp_path, capsys) -> None:
    (tmp_path / "bad.jpg").write_text("no picture")
    other = tmp_path / "other.png"
    Image.open(photo_file).rotate(90, expand=True).save(other)
    photos = [str(photo_file), str(tmp_path / "bad.jpg"), str(other)]
    folder = tmp_path / "painted" / "here"
    assert main([*photos, "--style", "ink", "-o", str(folder), *QUICK]) == 2
    assert sorted(path.name for path in folder.iterdir()) == ["other-ink.jpg", "photo-ink.jpg"]
    with Image.open(folder / "other-ink.jpg") as painted:
        assert painted.size == (64, 96)
    complaints = [line for line in capsys.readouterr().err.splitlines() if line.startswith("styler: ")]
    assert len(complaints) == 1
    assert "bad.jpg" in complaints[0]


def test_photos_of_one_name_do_not_overwrite_each_other(photo_file, tmp_path) -> None:
    (tmp_path / "trip").mkdir()
    again = tmp_path / "trip" / "PHOTO.png"
    Image.open(photo_file).rotate(90, expand=True).save(again)
    command = [str(photo_file), str(again), "--style", "ink", "-o", str(tmp_path / "painted"), *QUICK]
    for _ in range(2):  # the same once more takes the place of the first
        assert main(command) == 0
        names = sorted(path.name for path in (tmp_path / "painted").iterdir())
        assert names == ["PHOTO-ink-2.jpg", "photo-ink.jpg"]
    with Image.open(tmp_path / "painted" / "PHOTO-ink-2.jpg") as painted:
        assert painted.size == (64, 96)


def test_a_film_that_cannot_be_written_costs_no_painting(photo_file, tmp_path, monkeypatch, capsys) -> None:
    from styler.command import animation

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(animation, "write_whole", full)
    out, film = tmp_path / "out.jpg", tmp_path / "film.gif"
    assert main([str(photo_file), "ink", "-o", str(out), "--animate", str(film), *QUICK]) == 2
    assert f"styler: {film} cannot be written: No space left on device" in capsys.readouterr().err
    with Image.open(out) as painted:
        assert painted.size == (96, 64)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
def test_a_trace_that_cannot_be_written_costs_no_painting(photo_file, tmp_path, capsys) -> None:
    out = tmp_path / "out.jpg"
    assert main([str(photo_file), "ink", "-o", str(out), "--trace", "/dev/full", *QUICK]) == 2
    [complaint] = [line for line in capsys.readouterr().err.splitlines() if line.startswith("styler: ")]
    assert complaint == "styler: /dev/full cannot be written: No space left on device"
    assert out.exists()


def test_a_sheet_goes_through_pipes_too(photo_file, two_presets, monkeypatch, capsysbinary) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(photo_file.read_bytes())))
    assert main(["sheet", "-", "-o", "-", "--steps", "1", "--size", "64", "--device", "cpu"]) == 0
    with Image.open(io.BytesIO(capsysbinary.readouterr().out)) as sheet:
        assert sheet.format == "JPEG"


def test_what_is_said_of_a_sheets_quality_counts() -> None:
    for said, expected in (([], "draft"), (["--quality", "standard"], "standard")):
        asked = build_parser().parse_args(["sheet", "photo.jpg", "-o", "out.jpg", *said])
        assert sheet_options(asked, options_from(asked)).quality == expected
    assert options_from(build_parser().parse_args(["a.jpg", "ink"])).quality == StyleOptions().quality


def test_faces_are_looked_for_in_a_sheet_as_in_a_painting_of_its_size(
    photo_file, tmp_path, two_presets, monkeypatch
) -> None:
    from styler import transfer
    from styler.command import runs

    looked_at: list[tuple[int, int]] = []
    monkeypatch.setattr(transfer, "find_faces", lambda photo, _: looked_at.append(photo.size) or ())
    monkeypatch.setattr(runs, "load_presets", lambda: {"ink": find_preset("ink")})
    large = tmp_path / "large.jpg"
    Image.open(photo_file).resize((1200, 800)).save(large)
    quick = ["--steps", "1", "--size", "64", "--device", "cpu"]
    assert main(["sheet", str(large), "-o", str(tmp_path / "sheet.jpg"), *quick]) == 0
    assert main([str(large), "ink", "-o", str(tmp_path / "out.jpg"), *quick]) == 0
    assert looked_at == [(96, 64), (96, 64)]


@pytest.mark.parametrize("is_piped", [False, True])
def test_a_sheet_too_high_for_its_file_is_refused_before_it_is_painted(
    photo_file, tmp_path, monkeypatch, capsys, is_piped
) -> None:
    from styler.command import runs

    monkeypatch.setattr(runs, "stylize", lambda *_: pytest.fail("it was painted"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(photo_file.read_bytes())))
    photo, out = "-" if is_piped else str(photo_file), tmp_path / "sheet.webp"
    assert main(["sheet", photo, "-o", str(out), "--size", "4096"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(
        f"styler: {out} cannot be written: a WEBP has at most 16383 pixels a side, not 17"
    )
    assert error.count("\n") == 1


@pytest.fixture
def two_presets(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than two are on a sheet."""
    from styler import load_presets
    from styler.command import runs

    two = dict(list(load_presets().items())[:2])
    monkeypatch.setattr(runs, "load_presets", lambda: two)


@pytest.mark.parametrize(("make", "is_asked_for"), [(Path.mkdir, True), (Path.touch, False)])
def test_a_folder_called_sheet_is_no_photo(tmp_path, monkeypatch, make, is_asked_for) -> None:
    monkeypatch.chdir(tmp_path)
    make(Path("sheet"))
    assert is_sheet(build_parser().parse_args(["sheet", "photo.jpg", "-o", "out.jpg"])) == is_asked_for


def test_a_sheet_shows_the_photo_in_every_preset(photo_file, tmp_path, two_presets) -> None:
    assert (
        main(["sheet", str(photo_file), "-o", str(tmp_path / "sheet.jpg"), "--steps", "2", "--size", "64"])
        == 0
    )
    with Image.open(tmp_path / "sheet.jpg") as sheet:  # of two cells beside each other, each 64 x 43
        assert sheet.size == (4 + 2 * (64 + 4), 4 + 43 + 14 + 4)


def test_nothing_of_a_long_photo_is_cropped_in_a_sheet(
    photo_file, tmp_path, two_presets, monkeypatch
) -> None:
    from styler.command import runs

    def unpainted(picture: Image.Image, *_: object) -> SimpleNamespace:
        return SimpleNamespace(image=picture.resize((200, 20)))

    monkeypatch.setattr(runs, "stylize", unpainted)
    long = tmp_path / "long.png"
    Image.new("RGB", (400, 40), "black").save(long)
    assert main(["sheet", str(long), "-o", str(tmp_path / "sheet.png"), "--size", "200"]) == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        column = [
            sum(sheet.getpixel((190, y))) for y in range(12, 112)
        ]  # in the first cell, right of the number
    assert [value == 0 for value in column] == [40 <= y < 60 for y in range(100)]


def test_the_result_as_json(photo_file, tmp_path, capsys) -> None:
    arguments = [str(photo_file), "ink:2", "ducks", "-o", str(tmp_path / "out.jpg"), "--json", *QUICK]
    assert main(arguments) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["width"], told["height"], told["steps"]) == (96, 64, 3)
    assert told["styles"] == ["ink", "ducks"]
    assert told["output"] == str(tmp_path / "out.jpg")
    assert told["options"]["size"] == 96
    parts = ("style", "content", "tv", "gamut")
    assert told["losses"]["total"] == pytest.approx(sum(told["losses"][part] for part in parts))


@pytest.mark.skipif(sys.platform != "linux", reason="other disks take only names in UTF-8")
def test_json_is_valid_whatever_files_are_called(photo_file, tmp_path, capsys) -> None:
    photo = photo_file.rename(tmp_path / os.fsdecode(b"caf\xe9.jpg"))
    mask = tmp_path / "mask.png"
    Image.new("L", (120, 80), 255).save(mask)
    arguments = [str(photo), "ink:0", "ducks", "--mask", str(mask), "--mask", str(mask)]
    assert main([*arguments, "-o", str(tmp_path / "out.jpg"), "--json", "--quiet", *QUICK]) == 0
    told = json.loads(capsys.readouterr().out.encode())
    assert os.fsencode(told["content"]) == os.fsencode(photo)
    assert (told["styles"], told["shares"], told["masks"]) == (["ducks"], [1.0], [str(mask)])


def test_from_standard_input_to_standard_output(photo_file) -> None:
    command = [sys.executable, "-m", "styler", "-", "ink", "-o", "-", "--quiet", *QUICK]
    done = subprocess.run(command, input=photo_file.read_bytes(), capture_output=True, check=True)
    with Image.open(io.BytesIO(done.stdout)) as painted:
        assert (painted.format, painted.size) == ("JPEG", (96, 64))
    nothing = subprocess.run(command, input=b"", capture_output=True, check=False)
    assert nothing.returncode == 2
    assert nothing.stdout == b""
    assert nothing.stderr.startswith(b"styler: ")


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_an_animation_of_how_it_came_about(photo_file, tmp_path, suffix) -> None:
    path = tmp_path / f"film{suffix}"
    arguments = [str(photo_file), "ink", "-o", str(tmp_path / "out.jpg"), "--animate", str(path), *QUICK]
    assert main(arguments) == 0
    with Image.open(path) as film:
        assert film.size == (96, 64)
        assert film.n_frames == 3


def test_a_video_of_how_it_came_about(photo_file, tmp_path) -> None:
    path = tmp_path / "film.mp4"
    arguments = [str(photo_file), "ink", "-o", str(tmp_path / "out.jpg"), "--animate", str(path), *QUICK]
    assert main(arguments) == 0
    with av.open(path) as film:
        frames = [frame.to_image() for frame in film.decode(video=0)]
    assert {frame.size for frame in frames} == {(96, 64)}
    assert len(frames) == 2 * 2 + 50


def test_its_version(capsys) -> None:
    assert main(["--version"]) == 0
    assert re.fullmatch(r"styler [\w.]+\n", capsys.readouterr().out)


def test_the_list_as_json(capsys) -> None:
    assert main(["--list-presets", "--json"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    wave = find_preset("great-wave")
    assert {"name": wave.name, "title": wave.title(), "artist": wave.artist(), "year": wave.year} in listed


def test_list_presets_names_them_all(capsys) -> None:
    from styler import load_presets

    assert main(["--list-presets"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == list(load_presets())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.jpg", "ink", "-o", "out.jpg"], "there is no file nowhere.jpg"),
        (["PHOTO", "inkk", "-o", "out.jpg"], "did you mean ink"),
        (["PHOTO", "nowhere.png", "-o", "out.jpg"], "there is no file nowhere.png"),
        (["PHOTO", "10:30.jpg", "-o", "out.jpg"], "there is no file 10:30.jpg"),
        (["PHOTO", "10:30.png:2", "-o", "out.jpg"], "there is no file 10:30.png"),
        (["PHOTO", "Mr. Nobody", "-o", "out.jpg"], "No style is called 'Mr. Nobody'"),
        (["PHOTO", "ink:much", "-o", "out.jpg"], "must be a number"),
        (["PHOTO", "ink:nan", "-o", "out.jpg"], "'ink:nan' must be a number from 0 on"),
        (["PHOTO", "ink:inf", "-o", "out.jpg"], "'ink:inf' must be a number from 0 on"),
        (["PHOTO", "LONG", "-o", "out.jpg"], "No style is called 'xxx"),
        (["PHOTO", "LONG:2", "-o", "out.jpg"], "No style is called 'xxx"),
        (["PHOTO", "--style", "LONG", "-o", "new"], "No style is called 'xxx"),
        (["PHOTO", "ink", "-o", "out.jpg", "--weights", "LONG.pth"], "there is no weights file"),
        (["PHOTO", "--style", "ink", "-o", "LONG.jpg"], ".jpg cannot be written: "),
        (["PHOTO", "PHOTO", "--style", "ink", "-o", "LONG.jpg"], "go into a folder, not to xxx"),
        (["-o", "out.jpg", "--", "-photo.jpg", "ink"], "there is no file -photo.jpg"),
        (["PHOTO", "ink:0", "-o", "out.jpg"], "at least one style"),
        (["PHOTO", "ink", "-o", "out.txt"], "must end in"),
        (["PHOTO", "ink", "-o", "no/such/folder/out.jpg"], "there is no folder"),
        (["PHOTO", "ink", "-o", "out.jpg", "--size", "9"], "size must be between"),
        (["PHOTO", "ink", "-o", "out.jpg", "--strength", "200"], "strength must be between"),
        (["PHOTO", "ink", "-o", "out.jpg", "--seed", "9" * 310], "seed must be between"),
        (["PHOTO", "ink", "-o", "out.jpg", "--device", "abacus"], "device must be"),
        (["PHOTO", "ink", "-o", "out.jpg", "--weights", "some"], "weights must be"),
        (["PHOTO", "ink", "-o", "out.jpg", "--trace", "no/such/folder/t"], "cannot be written"),
        (["PHOTO", "TEXT", "-o", "out.jpg"], "text.jpg"),
        (["PHOTO", "ink", "-o", "-", "--json"], "both"),
        (["sheet", "PHOTO", "-o", "-", "--json"], "takes no --json"),
        (["PHOTO", "PHOTO", "--style", "ink", "-o", "-"], "into a folder, not to a pipe"),
        (["PHOTO", "PHOTO", "--style", "ink", "-o", "new", "--trace", "t"], "are of one photo"),
        (["sheet", "PHOTO", "ink", "-o", "out.jpg"], "a sheet is of one photo"),
        (["sheet", "PHOTO", "-o", "out.jpg", "--trace", "t", "--json"], "takes no --trace, --json"),
        (["sheet", "PHOTO", "--style", "ink", "-o", "out.jpg"], "in every preset, and takes no --style"),
        (["sheet", "PHOTO", "--style", "ink", "-o", "new"], "in every preset, and takes no --style"),
        (["sheet", "--style", "PHOTO", "-o", "out.jpg"], "a sheet is of one photo"),
        (["PHOTO", "ink", "-o", "out.jpg", "--animate", "film.txt"], "must end in .gif, .webp or .mp4"),
        (["PHOTO", "--style", "ink", "-o", "FILE"], "cannot be made"),
        (["PHOTO", "PHOTO", "--style", "ink", "-o", "TEXT"], "go into a folder, not to text.jpg"),
        (["PHOTO", "PHOTO", "--style", "ink", "-o", "new.png"], "go into a folder, not to new.png"),
        (["PHOTO", "ink", "-o", "folder"], "folder is a folder: name a file in it; to paint photos into a"),
        (["PHOTO", "ink", "-o", "."], ". is a folder: name a file in it; to paint photos into a"),
        (["PHOTO", "ink", "-o", "painted/"], "not like 'painted'; to paint photos into a folder, give their"),
        (["sheet", "PHOTO", "-o", "folder"], "folder is a folder: name a file in it\n"),
        (["sheet", "PHOTO", "-o", "new/"], "the output must end in .jpg, .png or .webp, not like 'new'\n"),
        (["PHOTO", "--style", "ink", "-o", "out.txt"], "not like 'out.txt'; if it is to be a folder"),
        (["PHOTO", "ink", "--style", "mosaic", "-o", "new"], "there is no photo ink: with --style, all else"),
        (["PHOTO", "ink:2", "--style", "mosaic", "-o", "out.jpg"], "write --style ink:2 for one more style"),
        (["-", "-", "--style", "ink", "-o", "new"], 'standard input is one photo: give "-" once'),
        (["PHOTO", "-", "-o", "out.jpg"], '"-" stands for the photo or the painting: a style needs a name'),
        (["PHOTO", "--style", "-", "-o", "out.jpg"], "a style needs a name"),
        (["PHOTO", "ink", "--mask", "-", "-o", "out.jpg"], "--mask needs a name"),
        (["PHOTO", "ink", "--trace", "-", "-o", "out.jpg"], "--trace needs a name"),
        (["PHOTO", "ink", "--snapshots", "-", "-o", "out.jpg"], "--snapshots needs a name"),
        (["PIPE", "ink", "-o", "out.jpg"], 'pipe is a pipe: lead it to standard input, and give "-" for the'),
        (["", "ink", "-o", "out.jpg"], "the name of a photo or style is empty"),
        (["PHOTO", "-o", "out.jpg", "--", ""], "the name of a photo or style is empty"),
        (["PHOTO", "--style", "", "-o", "out.jpg"], "the name of a photo or style is empty"),
        (["PHOTO", "ink", "--mask", "", "-o", "out.jpg"], "argument --mask: the name is empty"),
        (["PHOTO", "ink", "-o", ""], "argument -o/--output: the name is empty"),
        ([], "give a photo, a style and -o OUTPUT"),
        (["PHOTO"], "give a photo, a style and -o OUTPUT"),
        (["PHOTO", "ink"], "give a photo, a style and -o OUTPUT"),
        (["sheet", "PHOTO"], "give a photo and -o OUTPUT: styler sheet PHOTO"),
        (["--quality", "superb"], "invalid choice: 'superb'"),
        (["PHOTO", "ink", "-o"], "expected one argument"),
        (["PHOTO", "ink", "-o", "out.jpg", "--mask", "TEXT"], "text.jpg"),
        (["PHOTO", "ink", "-o", "out.jpg", "--mask", "PHOTO", "--mask", "PHOTO"], "2 masks for 1 style"),
    ],
)
def test_bad_use_is_one_clear_line(arguments, message, photo_file, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    places = {"PHOTO": str(photo_file), "TEXT": "text.jpg", "FILE": "file", "PIPE": "pipe"}
    assert main([places.get(each, each).replace("LONG", "x" * 300) for each in arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.startswith("styler: ")
    assert error.count("\n") == 1
    assert not (tmp_path / "out.jpg").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.jpg", "ink", "-o", "out.jpg"], "there is no file nowhere.jpg"),
        (["PHOTO", "inkk", "-o", "out.jpg"], "did you mean ink"),
        (["PHOTO", "ink", "-o", "no/such/folder/out.jpg"], "there is no folder"),
        (["PHOTO", "ink", "-o", "out.jpg", "--mask", "nowhere.png"], "there is no file nowhere.png"),
        (["PHOTO", "ink", "-o", "out.jpg", "--animate", "film.txt"], "must end in"),
        (["PHOTO", "ink", "-o", "out.jpg", "--trace", "no/such/t"], "no/such/t cannot be written: there is"),
        (["PHOTO", "ink", "-o", "out.jpg", "--trace", "TMP"], "is a folder"),
        (["PHOTO", "ink", "-o", "out.jpg", "--snapshots", "PHOTO"], "photo.jpg is no folder"),
        (["PHOTO", "ink", "-o", "out.jpg", "--snapshots", "PHOTO/below"], "photo.jpg is no folder"),
        (["PHOTO", "--style", "ink", "-o", "PHOTO/below"], "photo.jpg is no folder"),
        (["nowhere.jpg", "--style", "ink", "-o", "painted"], "there is no file nowhere.jpg"),
        (["sheet", "nowhere.jpg", "-o", "out.jpg"], "there is no file nowhere.jpg"),
    ],
)
def test_mistakes_are_told_before_torch_loads(arguments, message, photo_file, tmp_path) -> None:
    code = "import sys; from styler.cli import main; main(sys.argv[1:]); sys.exit('torch' in sys.modules)"
    arguments = [each.replace("PHOTO", str(photo_file)).replace("TMP", str(tmp_path)) for each in arguments]
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert message in done.stderr
    assert done.returncode == 0, done.stderr


def test_what_follows_two_dashes_may_begin_with_one(photo_file, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    photo_file.rename(tmp_path / "-photo.jpg")
    assert main(["-o", "out.jpg", *QUICK, "--", "-photo.jpg", "ink"]) == 0
    assert (tmp_path / "out.jpg").exists()


def test_defaults_are_those_of_the_library() -> None:
    assert options_from(build_parser().parse_args([])) == StyleOptions()


@pytest.mark.parametrize(
    ("arguments", "keeps", "way"),
    [
        (["--keep-colors"], True, None),
        (["--keep-colors", "--colors-by", "luminance"], True, ColorsBy.LUMINANCE),
        (["--colors-by", "matched"], True, ColorsBy.MATCHED),  # whoever says how wants it
        ([], False, None),
    ],
)
def test_ways_to_keep_colours(arguments, keeps, way) -> None:
    options = options_from(build_parser().parse_args(arguments))
    assert (options.keep_colors, options.colors_by) == (keeps, way)


def test_a_weight_is_told_from_a_file_name(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("odd:2").touch()
    assert parse_style("ink") == ("ink", 1.0)
    assert parse_style("ink:2.5") == ("ink", 2.5)
    assert parse_style("odd:2") == ("odd:2", 1.0)


def test_as_a_module_without_torch_for_help() -> None:
    code = "import sys; import styler.cli; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    done = subprocess.run(
        [sys.executable, "-m", "styler", "--help"], capture_output=True, text=True, check=True
    )
    for option in ("--size", "--quality", "--strength", "--keep-colors", "--steps", "--seed", "--snapshots"):
        assert option in done.stdout


def test_ctrl_c_exits_with_130_and_writes_no_painting(photo_file, tmp_path) -> None:
    trace = tmp_path / "trace.jsonl"
    command = [sys.executable, "-m", "styler", str(photo_file), "ink", "-o", str(tmp_path / "out.jpg")]
    command += ["--size", "128", "--steps", "5000", "--device", "cpu", "--snapshots", str(tmp_path / "snaps")]
    painting = subprocess.Popen(
        [*command, "--trace", str(trace)],
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background has Ctrl-C ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        while not (tmp_path / "snaps" / "step-0001.jpg").exists():
            assert painting.poll() is None, painting.stderr
            time.sleep(0.05)
        os.kill(painting.pid, signal.SIGINT)
        _, error = painting.communicate(timeout=60)
    finally:
        painting.kill()
    assert painting.returncode == 130
    assert error == "styler: interrupted, no painting was written\n"
    assert not (tmp_path / "out.jpg").exists()
