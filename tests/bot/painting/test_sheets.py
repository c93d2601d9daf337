"""Sheets with the real engine: cell by cell, stopped and gone on with, put together."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from bot.executor import StyleExecutor, paint_sheet
from bot.painting.glimpses import SheetLooker
from bot.painting.painter import Glimpse, Painting, PaintOrder, SheetOrder
from bot.painting.sheets import compose, painted
from styler import StyleOptions, load_presets
from tests.bot.end_to_end.chat import picture

PRESETS = list(load_presets().values())


@pytest.fixture
def order(tmp_path: Path) -> Callable[..., SheetOrder]:
    """Makes an order of so many cells of a photo of that size."""

    def make(cells: int, width: int = 200, height: int = 150) -> SheetOrder:
        content = tmp_path / "photo.jpg"
        content.write_bytes(picture(width, height))
        options = StyleOptions(size=64, steps=2, device="cpu", quality="draft")
        orders = [
            PaintOrder(content, ((PRESETS[number], 1.0),), options, tmp_path / f"sheet-{number}.png")
            for number in range(cells)
        ]
        titles = tuple(PRESETS[number].title() for number in range(cells))
        return SheetOrder(tuple(orders), titles, tmp_path / "sheet.jpg")

    return make


def files(order: SheetOrder) -> set[str]:
    return {file.name for file in order.output.parent.iterdir()} - {"photo.jpg"}


def test_a_sheet_from_beginning_to_end(painter: StyleExecutor, order: Callable[..., SheetOrder]) -> None:
    wanted, glimpses = order(3), list[Glimpse]()
    painting = painter.paint_sheet(wanted, glimpses.append, lambda: False).result()
    assert not painting.stopped
    assert (painting.width, painting.height) == (64, 48)
    assert painting.seconds > 0
    cells = {cell.output.name for cell in wanted.cells}
    assert files(wanted) == {"sheet.jpg", *cells}, "which are there until the sheet is safe"
    fractions = [glimpse.fraction for glimpse in glimpses]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert any(glimpse.picture for glimpse in glimpses), "it is shown as it grows"


def test_the_time_that_is_told_is_that_of_the_cells_left(
    order: Callable[..., SheetOrder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first look on: ten cells of ten seconds each, of which two were there before."""
    wanted, now, told = order(10), [0.0], list[Glimpse]()
    monkeypatch.setattr("bot.painting.glimpses.time", SimpleNamespace(monotonic=lambda: now[0]))
    for cell in wanted.cells[:2]:
        Image.new("RGB", (64, 48)).save(cell.output)
    looker = SheetLooker(wanted, told.append)
    for number in range(2, 10):
        for share in (0.01, 0.5, 0.9):
            now[0] = 10 * (number - 2 + share)
            looker.within_cell(Glimpse(share, 10 * (1 - share), None))
        Image.new("RGB", (64, 48)).save(wanted.cells[number].output)
        now[0] = 10.0 * (number - 1)
        looker.after_cell()
    assert [each.remaining for each in told] == pytest.approx([100 * (1 - each.fraction) for each in told])


def test_a_stopped_sheet_is_gone_on_with(painter: StyleExecutor, order: Callable[..., SheetOrder]) -> None:
    wanted = order(3)

    def one_is_painted() -> bool:
        return wanted.cells[0].output.is_file()

    painting = painter.paint_sheet(wanted, lambda _: None, one_is_painted).result()
    assert painting.stopped
    assert files(wanted) == {"sheet.jpg", "sheet-0.png"}, "what there is can be shown, and is kept"
    before = wanted.cells[0].output.stat().st_mtime_ns
    fractions = []

    def look(glimpse: Glimpse) -> None:
        fractions.append(glimpse.fraction)
        if wanted.cells[0].output.is_file():
            assert wanted.cells[0].output.stat().st_mtime_ns == before, "nothing is painted twice"

    painting = painter.paint_sheet(wanted, look, lambda: False).result()
    assert not painting.stopped
    assert min(fractions) >= 1 / 3


def test_where_every_cell_is_there_the_sheet_is_made_of_them(
    painter: StyleExecutor, order: Callable[..., SheetOrder]
) -> None:
    """The bot was killed just then."""
    wanted = order(2)
    painter.paint_sheet(wanted, lambda _: None, lambda: False).result()
    before = wanted.output.read_bytes()
    wanted.output.unlink()
    painting = painter.paint_sheet(wanted, lambda _: None, lambda: False).result()
    assert wanted.output.read_bytes() == before
    assert not painting.stopped
    assert painting.seconds == 0, "which tells no speed"


def test_half_a_cell_is_not_kept(painter: StyleExecutor, order: Callable[..., SheetOrder]) -> None:
    asked = iter([False, True, True])
    wanted = order(2)
    painting = painter.paint_sheet(wanted, lambda _: None, lambda: next(asked)).result()
    assert painting.stopped
    assert files(wanted) == {"sheet.jpg"}


def test_half_a_cell_never_counts_as_painted(order: Callable[..., SheetOrder]) -> None:
    """Not even where the bot is killed before it is deleted."""
    wanted, seen = order(2), list[int]()

    def stop_and_look(cell: PaintOrder, *_: object) -> Painting:
        Image.new("RGB", (64, 48)).save(cell.output)
        seen.append(len(painted(wanted.cells)))
        return Painting(cell.output, 64, 48, 1.0, stopped=True)

    assert paint_sheet(wanted, lambda _: None, lambda: False, stop_and_look).stopped
    assert seen == [0]
    assert files(wanted) == {"sheet.jpg"}


@pytest.mark.parametrize(
    ("cells", "width", "height"),
    [(21, 1280, 960), (21, 960, 1280), (21, 4000, 200), (1, 100, 300), (40, 500, 500)],
)
def test_a_sheet_can_be_sent_as_a_photo(
    order: Callable[..., SheetOrder], cells: int, width: int, height: int
) -> None:
    wanted = order(1, width, height)
    many = replace(wanted, cells=wanted.cells * cells, titles=("Title",) * cells)
    sheet = compose(many)
    assert sum(sheet.size) <= 10_000
    assert 0.25 < sheet.width / sheet.height < 4


def test_what_is_not_painted_yet_is_pale(order: Callable[..., SheetOrder]) -> None:
    wanted = order(2)
    Image.new("RGB", (64, 48), "black").save(wanted.cells[0].output)
    sheet = compose(wanted).convert("L")
    left = sheet.crop((8, 24, 60, 48)).getextrema()
    right = sheet.crop((76, 24, 128, 48)).getextrema()
    assert left == (0, 0)
    assert isinstance(right[0], int)
    assert right[0] > 150
