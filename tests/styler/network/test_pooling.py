import pytest
import torch
import torch.nn.functional as F

from styler.network.pooling import (
    _keep_where_positive,
    _where_positive,
    max_pool,
    max_pool_backward_,
    relu_backward_,
)


def feature_map(height: int, width: int, dtype: torch.dtype, pictures: int = 1) -> torch.Tensor:
    """Without equal values but zeros, like a map that a relu has left."""
    generator = torch.Generator().manual_seed(height * width)
    values = torch.randperm(pictures * 4 * height * width, generator=generator).float()
    values = (values - len(values) / 3).relu().view(pictures, 4, height, width)
    return values.to(dtype).contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("size", [(8, 6), (7, 6), (6, 7), (5, 5), (1, 4), (3, 1), (1, 1)])
def test_agrees_with_pytorch(size, dtype) -> None:
    x = feature_map(*size, dtype, pictures=2)
    pooled, where = F.max_pool2d(x, 2, 2, ceil_mode=True, return_indices=True)
    assert torch.equal(max_pool(x), pooled)

    gradient = torch.randn(pooled.shape).to(dtype).contiguous(memory_format=torch.channels_last)
    expected = torch.ops.aten.max_pool2d_with_indices_backward(
        gradient, x, [2, 2], [2, 2], [0, 0], [1, 1], True, where
    )
    found = max_pool_backward_(gradient, x.clone())
    # Where a whole window is zero the relu before it stops the gradient anyway; bfloat16 makes values equal.
    if dtype == torch.float32:
        assert torch.equal(found[x > 0], expected[x > 0])
    torch.testing.assert_close(
        F.avg_pool2d(found, 2, 2, ceil_mode=True), F.avg_pool2d(expected, 2, 2, ceil_mode=True)
    )


def test_every_gradient_arrives_once() -> None:
    x = torch.zeros(1, 2, 6, 7, dtype=torch.bfloat16).contiguous(memory_format=torch.channels_last)
    gradient = torch.arange(1.0, 25).view(1, 2, 3, 4).bfloat16().contiguous(memory_format=torch.channels_last)
    assert max_pool_backward_(gradient, x).float().sum() == gradient.float().sum()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_a_relu_stops_the_gradient_where_it_made_zero(dtype) -> None:
    x = feature_map(6, 7, dtype)
    gradient = torch.randn(x.shape).to(dtype).contiguous(memory_format=torch.channels_last)
    expected = gradient * (x > 0)
    assert relu_backward_(gradient, x) is gradient
    assert torch.equal(gradient, expected)
    assert 0 < (gradient != 0).sum() < gradient.numel()


def test_the_way_of_a_mac_makes_the_same() -> None:
    values, x = torch.randint(-100, 100, (2, 500), dtype=torch.int16)
    found = torch.empty_like(values)
    _keep_where_positive(values, x, out=found)
    assert torch.equal(_where_positive(values, x), found)
    assert found.any()
