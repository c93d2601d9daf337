import pytest
import torch

from styler.network.bands import LEAST_ROWS, Band, cut


def test_what_fits_is_left_whole() -> None:
    (band,) = cut(300, 300)
    assert band == Band(0, 300, 300)
    assert band.is_whole


@pytest.mark.parametrize("height", [1, 7, 100, 641, 1999])
@pytest.mark.parametrize("most", [0, 9, 64, 1000])
def test_bands_own_each_row_once(height: int, most: int) -> None:
    bands = cut(height, most)
    assert [band.top for band in bands[1:]] == [band.bottom for band in bands[:-1]]
    assert (bands[0].top, bands[-1].bottom) == (0, height)
    for band in bands:
        assert band.top % 2 == 0, "a window of the pooling lies in one band"
        assert 0 < band.rows <= max(most + 1, LEAST_ROWS)


@pytest.mark.parametrize("height", [1, 7, 100, 641])
def test_pooled_bands_own_each_pooled_row_once(height: int) -> None:
    pooled = [band.pooled for band in cut(height, 9)]
    assert [band.top for band in pooled[1:]] == [band.bottom for band in pooled[:-1]]
    assert (pooled[0].top, pooled[-1].bottom, pooled[-1].height) == (0, -(-height // 2), -(-height // 2))


def test_a_band_is_no_wider_than_the_map() -> None:
    band = Band(4, 8, 10)
    assert band.widened(1) == Band(3, 9, 10)
    assert band.widened(9) == Band(0, 10, 10)


def test_its_rows_are_a_view() -> None:
    x = torch.arange(10.0).view(1, 1, 10, 1)
    band = Band(4, 6, 10)
    assert band.of(x).flatten().tolist() == [4, 5]
    wider = band.widened(2)
    assert band.of(wider.of(x), wider).flatten().tolist() == [4, 5]
    assert band.of(x).untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
