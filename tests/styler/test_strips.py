import pytest
import torch

from styler.encoder import REACH
from styler.strips import COARSEST, HALO, LEAST_ROWS, cut


def pixels(height: int, width: int, pictures: int = 1) -> torch.Tensor:
    return torch.zeros(pictures, 3, height, width)


def test_a_picture_that_fits_is_left_whole() -> None:
    (strip,) = cut(pixels(300, 200), 300 * 200)
    assert strip.of(pixels(300, 200)).shape == (1, 3, 300, 200)
    assert len(cut(pixels(300, 200), None)) == 1


@pytest.mark.parametrize("height", [100, 640, 641, 1999])
@pytest.mark.parametrize("limit", [1, 100_000, 150_000])
def test_strips_own_each_row_once_and_see_enough_beside_them(height: int, limit: int) -> None:
    strips = cut(pixels(height, 300), limit)
    assert [strip.top for strip in strips[1:]] == [strip.bottom for strip in strips[:-1]]
    assert (strips[0].top, strips[-1].bottom) == (0, height)
    for strip in strips:
        assert strip.top % COARSEST == strip.first % COARSEST == 0
        assert strip.first == 0 or strip.top - strip.first >= REACH
        assert strip.last == height or strip.last - strip.bottom >= REACH
        rows = max(limit // 300, LEAST_ROWS + 2 * HALO)
        assert strip.last - strip.first <= rows or len(strips) == 1


def test_a_batch_counts_all_its_pictures() -> None:
    assert len(cut(pixels(600, 300, pictures=4), 400_000)) > len(cut(pixels(600, 300), 400_000))
