"""Faces with and without care, on tiny pictures."""

from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from styler.bench import faces
from styler.bench.setup import PHOTO
from styler.faces import find_faces


def test_a_face_with_and_without(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told, sheet = tmp_path / "faces.md", tmp_path / "faces.png"
    asked = [
        str(PHOTO),
        "--styles",
        "ink",
        "--size",
        "128",
        "--quality",
        "draft",
        "-o",
        str(told),
        "--sheet",
        str(sheet),
    ]
    assert faces.main(asked) == 0
    text = told.read_text("utf-8")
    assert capsys.readouterr().out == text
    (row,) = [line for line in text.splitlines() if line.startswith("| astronaut ")]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[:3] == ["astronaut", "1", "ink"]
    assert float(cells[3]) > float(cells[4])  # the care is worth something even at this size
    with Image.open(sheet) as laid_out:
        assert laid_out.width > 3 * laid_out.height - 100


def test_what_is_drawn_over_elsewhere_does_not_count() -> None:
    with Image.open(PHOTO) as opened:
        photo = opened.convert("RGB")
    found = find_faces(photo)
    blurred = photo.filter(ImageFilter.GaussianBlur(6))
    only_the_face_is_left = blurred.copy()
    box = tuple(map(round, found[0].box))
    only_the_face_is_left.paste(photo.crop(box), box)
    assert faces.face_edge(photo, photo, found) == pytest.approx(1)
    assert faces.face_edge(only_the_face_is_left, photo, found) == pytest.approx(1)
    assert faces.face_edge(blurred, photo, found) < 0.9


def test_a_photo_of_nobody_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wall.png"
    Image.new("RGB", (64, 64), "grey").save(path)
    assert faces.main([str(path), "--styles", "ink"]) == 2
    assert "no face was found" in capsys.readouterr().err


def test_where_nothing_can_be_written_nothing_is_painted(capsys: pytest.CaptureFixture[str]) -> None:
    assert faces.main([str(PHOTO), "--styles", "ink", "--sheet", "nowhere/faces.jpg"]) == 2
    assert "there is no folder nowhere" in capsys.readouterr().err
