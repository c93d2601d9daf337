"""Photos by styles, on tiny pictures."""

from pathlib import Path

import pytest
from PIL import Image

from styler.bench import grid
from styler.bench.measures import Measures
from styler.bench.setup import PHOTO


def cell(style: float, edge: float) -> grid.Cell:
    found = Measures(style=style, swd=0.1, content=1.0, edge=edge, tv=0.1)
    return grid.Cell(f"photo {edge}", f"style {style}", Image.new("RGB", (40, 30)), found)


def test_every_photo_in_every_style(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told, sheet, folder = tmp_path / "grid.md", tmp_path / "grid.png", tmp_path / "paintings"
    asked = [str(PHOTO), "--styles", "ink", "mosaic", "--size", "64", "--quality", "draft"]
    assert grid.main([*asked, "-o", str(told), "--sheet", str(sheet), "--pictures", str(folder)]) == 0
    text = told.read_text("utf-8")
    assert capsys.readouterr().out == text
    assert text.startswith("2 paintings.")
    assert sorted(path.name for path in folder.iterdir()) == ["astronaut--ink.jpg", "astronaut--mosaic.jpg"]
    with Image.open(sheet) as laid_out:
        assert laid_out.size == (grid.CELL + 2 * grid.GAP, 2 * (grid.CELL + grid.GAP) + grid.GAP)


def test_the_worst_come_first_and_the_summary_counts() -> None:
    told = grid.tell([cell(0.03, 0.9), cell(0.12, 0.8), cell(0.05, 0.3)])
    assert "Edge 0.45 or more in 2 of them (least 0.300), style 0.06 or less in 2." in told
    worst = [line for line in told.partition("All:")[0].splitlines() if line.startswith("| photo ")]
    assert [row.split("|")[2].strip() for row in worst[1:]] == ["style 0.12", "style 0.05", "style 0.03"]


def test_what_cannot_be_painted_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert grid.main(["nowhere.jpg", "--styles", "ink"]) == 2
    assert "nowhere.jpg" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--size", "3"], "size must be between"),
        (["--strength", "nan"], "strength must be between"),
        (["--sheet", "nowhere/grid.jpg"], "there is no folder nowhere"),
        (["--sheet", "grid.txt"], "must end in"),
        (["-o", "nowhere/grid.md"], "there is no folder nowhere"),
    ],
)
def test_bad_use_is_one_line_before_anything_is_painted(
    more: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "paint", lambda *_: pytest.fail("it is painted"))
    assert grid.main([str(PHOTO), "--styles", "ink", *more]) == 2
    assert told in capsys.readouterr().err
