"""Cases worked out by hand, and pictures whose figures must be what they are."""

import numpy as np
import pytest
import torch
from PIL import Image

from styler.bench import measures
from styler.bench.measures import Measures, Yardstick
from styler.weights import load_weights

SIDE = 64


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    """64 x 64: a light disc on a dark slope."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    grey = np.where((x - 30) ** 2 + (y - 26) ** 2 < 200, 220, 40 + x)
    return Image.fromarray(np.stack([grey, grey * 0.8, 255 - grey], 2).astype(np.uint8))


@pytest.fixture(scope="module")
def stripes() -> Image.Image:
    """64 x 64: slanting stripes of three colours."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    colours = np.array([[230, 120, 20], [20, 60, 160], [240, 230, 200]], np.uint8)
    return Image.fromarray(colours[(x + 2 * y) // 9 % 3])


@pytest.fixture(scope="module")
def yardstick(scene: Image.Image, stripes: Image.Image) -> Yardstick:
    return Yardstick(scene, stripes, load_weights("embedded"), torch.device("cpu"))


def test_the_photo_itself_keeps_all_and_has_no_style(yardstick: Yardstick, scene: Image.Image) -> None:
    found = yardstick.measure(scene, SIDE)
    assert found.content == 0
    assert found.edge == pytest.approx(1)
    assert found.style > 0.3
    assert found.swd > 0.2


def test_the_style_itself_is_at_no_distance_from_it(yardstick: Yardstick, stripes: Image.Image) -> None:
    found = yardstick.measure(stripes, SIDE)
    assert found.style == pytest.approx(0, abs=1e-9)
    assert found.swd == pytest.approx(0, abs=1e-6)
    assert found.content > 0.3
    assert found.edge < 0.5


def test_larger_paintings_are_brought_to_its_size(yardstick: Yardstick, scene: Image.Image) -> None:
    large = scene.resize((256, 256), Image.Resampling.BICUBIC)
    assert yardstick.measure(large, SIDE).content < 0.05
    near = scene.resize((SIDE + measures.NEAR_ENOUGH,) * 2, Image.Resampling.BICUBIC)
    assert yardstick.measure(near, SIDE).content == 0  # measured as it is


def test_sliced_wasserstein_of_a_shift_is_the_shift_in_spreads() -> None:
    target = torch.randn(1, 1000, generator=torch.Generator().manual_seed(2))
    shifted = target + 3 * target.std()
    assert measures.sliced_wasserstein(shifted, target) == pytest.approx(3, rel=1e-4)
    assert measures.sliced_wasserstein(target[:, torch.randperm(1000)], target) == pytest.approx(0, abs=1e-6)


def test_sliced_wasserstein_compares_different_counts() -> None:
    target = torch.linspace(0, 1, 400)[None]
    assert measures.sliced_wasserstein(torch.linspace(0, 1, 1600)[None], target) < 0.01


def test_edges_are_where_the_picture_changes() -> None:
    half = Image.new("L", (32, 32), 0)
    half.paste(255, (16, 0, 32, 32))
    found = measures.edges(half).view(14, 14)  # half the size, less the border of the filter
    assert found[:, :5].abs().max() == 0
    assert found[:, 9:].abs().max() == 0
    # Sobel's filter sees 4 times the step, in two neighbouring columns; three are averaged.
    assert found[7, 6].item() == pytest.approx(4 * 255 * 2 / 3)


def test_correlation() -> None:
    one = torch.tensor([1.0, 2, 3])
    assert measures.correlation(one, 2 * one + 5) == pytest.approx(1)
    assert measures.correlation(one, -one) == pytest.approx(-1)


@pytest.mark.parametrize(
    ("changes", "reached"),
    [
        ({}, True),
        ({"tv": 9.0}, True),
        ({"style": 0.11}, False),
        ({"swd": 0.21}, False),
        ({"content": 0.31}, False),
        ({"edge": 0.39}, False),
        ({"edge": 0.9, "style": 0.0}, True),
    ],
)
def test_all_four_have_to_be_reached(changes: dict[str, float], reached: bool) -> None:
    figures = {"style": 0.1, "swd": 0.2, "content": 0.3, "edge": 0.4, "tv": 0.5}
    assert Measures(**{**figures, **changes}).reaches(Measures(**figures)) is reached
