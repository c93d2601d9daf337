import pytest
import torch
import torch.nn.functional as F

from styler.encoder import CONVOLUTIONS, Encoder
from styler.network import convolutions, winograd
from styler.network.bands import Band
from styler.network.winograd import Winograd


@pytest.mark.parametrize("strip", [1, winograd.STRIP])
@pytest.mark.parametrize("padding", [(1, 1), (2, 1), (2, 2)])
@pytest.mark.parametrize(
    "shape", [(1, 3, 12, 16), (2, 5, 13, 19), (1, 4, 1, 1), (3, 2, 7, 30), (1, 3, 24, 5)]
)
def test_the_same_as_a_plain_convolution(shape, padding, strip, monkeypatch) -> None:
    monkeypatch.setattr(winograd, "STRIP", strip)
    torch.manual_seed(1)
    x = torch.randn(shape).contiguous(memory_format=torch.channels_last)
    weight, bias = torch.randn(6, shape[1], 3, 3), torch.randn(6)
    before = x.clone()
    lifted = Winograd.lifted(weight)
    found = lifted(x, bias, padding)
    torch.testing.assert_close(found, F.conv2d(x, weight, bias, padding=padding), rtol=1e-4, atol=1e-4)
    turned = F.conv2d(found, weight.flip(2, 3).transpose(0, 1), padding=padding)
    torch.testing.assert_close(lifted.turned()(found, None, padding), turned, rtol=1e-4, atol=1e-3)
    assert torch.equal(x, before)


@pytest.mark.parametrize("strip", [1, winograd.STRIP])
@pytest.mark.parametrize("padding", [(1, 1), (2, 1)])
@pytest.mark.parametrize("shape", [(1, 64, 12, 16), (2, 32, 13, 19), (1, 64, 2, 1)])
def test_in_bfloat16_nearly_the_same(shape, padding, strip, monkeypatch) -> None:
    """Each plane is rounded to two digits and a half, and some are larger than what becomes of them."""
    monkeypatch.setattr(winograd, "STRIP", strip)
    torch.manual_seed(1)
    x = torch.randn(shape).bfloat16().contiguous(memory_format=torch.channels_last)
    weight, bias = torch.randn(48, shape[1], 3, 3).bfloat16(), torch.randn(48).bfloat16()
    before = x.clone()
    lifted = Winograd.lifted(weight)
    found = lifted(x, bias, padding)
    plain = F.conv2d(x.double(), weight.double(), bias.double(), padding=padding)
    assert (found - plain).norm() < 0.03 * plain.norm()
    back = lifted.turned()(found, None, padding)
    turned = F.conv2d(found.double(), weight.double().flip(2, 3).transpose(0, 1), padding=padding)
    assert (back - turned).norm() < 0.03 * turned.norm()
    assert found.dtype == back.dtype == torch.bfloat16
    assert torch.equal(x, before)


@pytest.mark.parametrize("order", [winograd.ORDER, winograd.TURNED_ORDER])
def test_as_matrices_the_sums_are_the_same_sums(order) -> None:
    torch.manual_seed(3)
    x = torch.randn(2, 5, 9, 14).contiguous(memory_format=torch.channels_last)
    by_sums = Winograd(torch.randn(36, 5, 7), order)
    by_products = Winograd(by_sums._kernel, order)
    by_products._matrices = winograd._matrices(order, torch.float32)
    expected = by_sums(x, None, (1, 1))
    close = 1e-5 * expected.abs().max().item()
    torch.testing.assert_close(by_products(x, None, (1, 1)), expected, rtol=0, atol=close)


def test_a_place_alone_becomes_the_kernel() -> None:
    """By hand: a single 1 among zeros gives the kernel turned about."""
    x = torch.zeros(1, 1, 5, 5)
    x[0, 0, 2, 2] = 1
    kernel = torch.arange(9.0).view(1, 1, 3, 3)
    found = Winograd.lifted(kernel)(x, None, (1, 1))[0, 0]
    torch.testing.assert_close(found[1:4, 1:4], torch.arange(8.0, -1, -1).view(3, 3), atol=1e-4, rtol=0)


@pytest.fixture
def encoders(weights, monkeypatch) -> list[Encoder]:
    """Without and with it."""
    found = []
    for pays in (False, True):
        monkeypatch.setattr(convolutions, "winograd_pays", lambda _, pays=pays: pays)
        found.append(Encoder(weights, torch.device("cpu"), torch.float32))
    return found


@pytest.mark.parametrize("size", [(33, 50), (64, 64)])
def test_the_encoder_sees_and_goes_back_the_same(encoders, size) -> None:
    torch.manual_seed(2)
    pixels = 60 * torch.randn(1, 3, *size)
    seen, gradients = [], []
    for encoder in encoders:
        maps: dict[str, torch.Tensor] = {}

        def look(name: str, _band: Band, x: torch.Tensor, maps=maps) -> None:
            maps[name] = x.clone()

        passages = encoder.forward(pixels, "relu5_1", look)
        gradients.append(encoder.backward(passages, lambda _name, _band, x, gradient: gradient.add_(x)))
        seen.append(maps)
    assert len(seen[0]) == len(CONVOLUTIONS)
    for name, plain in seen[0].items():
        torch.testing.assert_close(seen[1][name], plain, rtol=1e-3, atol=1e-4 * plain.max().item())
    most = gradients[0].abs().max().item()
    torch.testing.assert_close(gradients[1], gradients[0], rtol=1e-2, atol=1e-3 * most)


def test_only_wide_convolutions_are_lifted(encoders) -> None:
    def lifted(encoder: Encoder) -> list[str]:
        prepared = encoder._convolutions._weights
        return [name for name in CONVOLUTIONS if isinstance(prepared[name], Winograd)]

    assert lifted(encoders[0]) == []
    assert lifted(encoders[1]) == list(CONVOLUTIONS[3:])
