"""Cases worked out by hand."""

import pytest
import torch

from styler import losses


def maps(*channels: list[list[float]]) -> torch.Tensor:
    return torch.tensor([channels])


def test_gram_matrix_is_the_mean_product_of_channels() -> None:
    features = maps([[1, 2], [3, 4]], [[1, 0], [0, -1]])
    expected = torch.tensor([[30 / 4, -3 / 4], [-3 / 4, 2 / 4]])
    torch.testing.assert_close(losses.gram_matrix(features)[0], expected)


def test_gram_matrix_forgets_where_things_are() -> None:
    features = torch.randn(1, 8, 10, 12, generator=torch.Generator().manual_seed(3))
    shuffled = features.flatten(2)[..., torch.randperm(120)].view(1, 8, 12, 10)
    torch.testing.assert_close(losses.gram_matrix(features), losses.gram_matrix(shuffled))


@pytest.mark.parametrize("pictures", [1, 2])
@pytest.mark.parametrize("places", [50, 64, 3 * 64 + 17])
def test_low_precision_sums_agree_with_float32(
    places: int, pictures: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(losses, "GRAM_CHUNK", 64)
    features = torch.randn(pictures, 16, places, 1, generator=torch.Generator().manual_seed(5)).relu()
    features = features.bfloat16().contiguous(memory_format=torch.channels_last)
    exact = torch.einsum("nchw,ndhw->ncd", features.float(), features.float())
    torch.testing.assert_close(losses.sum_of_products(features), exact, rtol=0.01, atol=0.01 * places)


def test_relative_distance_ignores_the_scale_of_both() -> None:
    found, target = torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 4.0]])
    assert losses.relative_distance(found, target).item() == pytest.approx(25 / 16)
    assert losses.relative_distance(1000 * found, 1000 * target).item() == pytest.approx(25 / 16)
    assert losses.relative_distance(target, target).item() == 0
    assert losses.relative_distance(2 * target, target).item() == pytest.approx(1)
    assert losses.relative_distance(torch.zeros(1, 2), target).item() == pytest.approx(1)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_squares_are_summed_in_parts(layout: torch.memory_format, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(losses, "SQUARES_PART", 10)
    x = torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(7)).contiguous(memory_format=layout)
    torch.testing.assert_close(losses.squared_size(x), x.square().sum((1, 2, 3)))


def test_style_loss_sums_over_layers() -> None:
    found = {"a": torch.eye(2)[None], "b": torch.zeros(1, 2, 2)}
    targets = {"a": 2 * torch.eye(2)[None], "b": torch.ones(1, 2, 2)}
    assert losses.style_loss(found, targets).item() == pytest.approx(1 / 4 + 1)


def test_content_loss_weighs_its_layers_and_places() -> None:
    found = {"fine": maps([[1.0]]), "coarse": maps([[0.0]])}
    targets = {"fine": maps([[2.0]]), "coarse": maps([[3.0]])}
    shares, alike = {"fine": 2.0, "coarse": 0.5}, dict.fromkeys(found, torch.ones(1, 1, 1, 1))
    assert losses.content_loss(found, targets, shares, alike).item() == pytest.approx(2 / 4 + 1 / 2)
    double = {**alike, "fine": maps([[2.0]])}
    assert losses.content_loss(found, targets, shares, double).item() == pytest.approx(4 / 4 + 1 / 2)


def test_total_variation_of_a_checkerboard_is_two() -> None:
    board = (torch.arange(8)[:, None] + torch.arange(8)[None]) % 2
    assert losses.total_variation(board[None, None].float().expand(1, 3, 8, 8)).item() == 2
    assert losses.total_variation(torch.full((1, 3, 8, 8), 0.3)).item() == 0


def test_gamut_loss_counts_only_what_lies_outside() -> None:
    assert losses.gamut_loss(maps([[0.0, 0.5, 1.0]])).item() == 0
    assert losses.gamut_loss(maps([[-0.2, 0.5, 1.4]])).item() == pytest.approx((0.04 + 0.16) / 3)
