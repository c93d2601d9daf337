import pytest
import torch
from PIL import Image

from styler import StyleOptions, stylize
from styler.painting import subjects
from styler.painting.rim import without_rim


def test_the_outermost_rows_and_columns_mirror_the_next() -> None:
    picture = torch.arange(7.0) + 10 * torch.arange(6.0).view(-1, 1)
    found = without_rim(picture.expand(2, 3, 6, 7))
    columns = torch.tensor([3.0, 2, 2, 3, 4, 4, 3])
    rows = torch.tensor([3.0, 2, 2, 3, 3, 2]).view(-1, 1)
    assert torch.equal(found, (columns + 10 * rows).expand(2, 3, 6, 7))


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 3), (5, 4)])
def test_a_picture_of_hardly_any_rows_keeps_its_size(size) -> None:
    assert without_rim(torch.rand(1, 3, *size)).shape == (1, 3, *size)


def test_a_painting_has_no_dark_frame(monkeypatch) -> None:
    painted: list[torch.Tensor] = []

    def seen(pixels: torch.Tensor) -> torch.Tensor:
        painted.append(pixels)
        return without_rim(pixels)

    monkeypatch.setattr(subjects, "without_rim", seen)
    sky = Image.new("RGB", (128, 128), (150, 190, 230))
    stylize(sky, "stained-glass", StyleOptions(size=128, steps=12))
    (pixels,) = painted
    assert lightness_of_the_border(pixels) < -5, "so the network left it"
    assert abs(lightness_of_the_border(without_rim(pixels))) < 3


def lightness_of_the_border(pixels: torch.Tensor) -> float:
    """Of the outermost two rows on each side, less that of the four beside them; grey levels."""
    sides = [torch.rot90(pixels.mean(1)[0], turn) for turn in range(4)]
    return sum((side[:2].mean() - side[2:6].mean()).item() for side in sides) / len(sides)
