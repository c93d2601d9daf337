import pytest
import torch

from styler.encoder import CHANNELS, Encoder, from_pixels, to_pixels
from styler.network import convolutions
from styler.painting.goals import CONTENT_LAYERS, STYLE_LAYERS


def test_feature_maps_have_their_channels_and_sizes(encoder, random_pixels) -> None:
    maps = encoder(random_pixels(48, 65), [*STYLE_LAYERS, *CONTENT_LAYERS])
    assert set(maps) == {*STYLE_LAYERS, *CONTENT_LAYERS}
    for layer, features in maps.items():
        shrink = 2 ** (int(layer[4]) - 1)
        assert features.shape == (1, CHANNELS[layer[4]], 48 // shrink, -(-65 // shrink))
        assert features.min() >= 0


def test_a_flat_picture_has_no_border(encoder) -> None:
    """Zero padding at the first convolution would draw one."""
    features = encoder(torch.full((1, 3, 32, 32), 80.0), ["relu1_1"])["relu1_1"]
    torch.testing.assert_close(
        features, features[..., 15:16, 15:16].expand_as(features), rtol=1e-4, atol=1e-3
    )


def test_a_moved_picture_moves_its_features(encoder, random_pixels) -> None:
    picture = random_pixels(40, 40)
    there = encoder(picture, ["relu2_1"])["relu2_1"]
    moved = encoder(picture.roll(4, dims=3), ["relu2_1"])["relu2_1"]
    torch.testing.assert_close(moved[..., 6:-6], there.roll(2, dims=3)[..., 6:-6], rtol=1e-3, atol=1e-2)


def test_the_fast_precision_agrees_with_float32(encoder, fast_encoder, random_pixels) -> None:
    layers = [*STYLE_LAYERS, *CONTENT_LAYERS]
    exact, fast = encoder(random_pixels(), layers), fast_encoder(random_pixels(), layers)
    for layer in layers:
        error = (fast[layer].float() - exact[layer]).norm() / exact[layer].norm()
        assert error < 0.02, layer


def test_pixels_and_pictures_are_two_ways_to_say_one_thing() -> None:
    picture = torch.rand(1, 3, 5, 7, generator=torch.Generator().manual_seed(2))
    pixels = to_pixels(picture)
    torch.testing.assert_close(from_pixels(pixels), picture)
    assert to_pixels(torch.ones(1, 3, 1, 1))[0, 0].item() == pytest.approx(255 - 123.68)


def test_the_narrowest_picture_still_has_every_layer(encoder, random_pixels) -> None:
    assert encoder(random_pixels(3, 60), ["relu5_1"])["relu5_1"].shape == (1, 512, 1, 4)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_weights_are_laid_out_for_no_size_without_a_matrix_unit(weights, precision, monkeypatch) -> None:
    """Laying them out again at every map of another size would take longer than to convolve."""
    monkeypatch.setattr(convolutions, "has_amx", lambda: False)
    monkeypatch.setattr(convolutions, "winograd_pays", lambda _: False)
    ready = Encoder(weights, torch.device("cpu"), precision)._convolutions
    for weight in (*ready._weights.values(), *ready._turned.values()):
        assert isinstance(weight, torch.Tensor) and weight.layout == torch.strided
