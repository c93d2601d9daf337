import pytest
import torch

from styler.losses import gram_matrix
from styler.objective import (
    CONTENT_LAYERS,
    STYLE_LAYERS,
    Losses,
    LossWeights,
    Objective,
    content_targets,
    read_losses,
    style_targets,
)
from tests.styler import plain

WEIGHTS = LossWeights(1, 0.2, 0.1)


def objective(encoder, content, style, weights=WEIGHTS, strip_pixels=None) -> Objective:
    return Objective(
        encoder,
        style_targets(encoder, [(style, 1.0)], strip_pixels),
        content_targets(encoder, content, strip_pixels),
        weights,
        strip_pixels,
    )


def losses_at(goal: Objective, pixels: torch.Tensor) -> Losses:
    return read_losses(goal.evaluate(pixels)[0])[0]


@pytest.mark.parametrize("size", [(48, 64), (67, 41), (130, 33), (3, 60)])
def test_agrees_with_autograd(encoder, weights, random_pixels, size) -> None:
    pixels, content, style = (random_pixels(*size, seed=seed, pictures=2) for seed in (1, 2, 3))
    grams = {
        layer: gram_matrix(found) for layer, found in plain.features(weights, style, STYLE_LAYERS).items()
    }
    targets = plain.features(weights, content, CONTENT_LAYERS)
    expected, expected_gradient = plain.evaluate(weights, pixels, grams, targets, WEIGHTS)

    found, gradient = objective(encoder, content, style).evaluate(pixels)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)
    assert (gradient - expected_gradient).norm() < 1e-3 * expected_gradient.norm()


@pytest.mark.parametrize("size", [(333, 40), (256, 48), (200, 31)])
def test_strips_make_no_difference(encoder, random_pixels, size) -> None:
    """So small a limit that every strip has only its least rows."""
    pixels, content, style = (random_pixels(*size, seed=seed) for seed in (1, 2, 3))
    whole, gradient = objective(encoder, content, style).evaluate(pixels)
    in_strips, gradient_in_strips = objective(encoder, content, style, strip_pixels=1).evaluate(pixels)
    torch.testing.assert_close(in_strips, whole, rtol=1e-5, atol=1e-7)
    assert (gradient_in_strips - gradient).norm() < 1e-4 * gradient.norm()


def test_a_batch_makes_no_difference(encoder, random_pixels) -> None:
    pixels, content, style = (random_pixels(40, 48, seed=seed, pictures=3) for seed in (1, 2, 3))
    alphas = torch.tensor([0.1, 0.5, 2.0])
    together = objective(encoder, content, style, LossWeights(1, alphas, 0.1)).evaluate(pixels)
    for index in range(3):
        one = slice(index, index + 1)
        weights = LossWeights(1, alphas[index].item(), 0.1)
        alone = objective(encoder, content[one], style[one], weights).evaluate(pixels[one])
        torch.testing.assert_close(together[0][one], alone[0], rtol=1e-4, atol=1e-6)
        assert (together[1][one] - alone[1]).norm() < 1e-3 * alone[1].norm()


def test_a_picture_is_at_no_distance_from_itself(encoder, random_pixels) -> None:
    pixels = random_pixels()
    losses = losses_at(objective(encoder, pixels, pixels), pixels)
    assert losses.style == pytest.approx(0, abs=1e-6)
    assert losses.content == pytest.approx(0, abs=1e-6)
    assert losses.total == pytest.approx(losses.tv + losses.gamut, abs=1e-6)


def test_the_gradient_is_that_of_the_loss(encoder, random_pixels) -> None:
    """Against a difference quotient, along the gradient itself."""
    pixels, other = random_pixels(seed=1), random_pixels(seed=2)
    goal = objective(encoder, other, random_pixels(seed=3))
    _, gradient = goal.evaluate(pixels)
    along = gradient / gradient.norm()
    before, after = losses_at(goal, pixels - 2 * along), losses_at(goal, pixels + 2 * along)
    assert (after.total - before.total) / 4 == pytest.approx(gradient.norm().item(), rel=0.02)


def test_the_fast_precision_agrees_with_float32(encoder, fast_encoder, random_pixels) -> None:
    pixels, content, style = random_pixels(64, 64), random_pixels(64, 64, 2), random_pixels(64, 64, 3)
    exact, exact_gradient = objective(encoder, content, style).evaluate(pixels)
    fast, fast_gradient = objective(fast_encoder, content, style).evaluate(pixels)
    torch.testing.assert_close(fast[:, :2], exact[:, :2], rtol=0.03, atol=0)
    cosine = torch.cosine_similarity(exact_gradient.flatten(), fast_gradient.flatten(), dim=0)
    assert cosine > 0.98


def test_weights_scale_their_own_part_only(encoder, random_pixels) -> None:
    pixels, content, style = random_pixels(), random_pixels(seed=2), random_pixels(seed=3)
    one = losses_at(objective(encoder, content, style, LossWeights(1, 1, 1)), pixels)
    two = losses_at(objective(encoder, content, style, LossWeights(2, 3, 5)), pixels)
    assert two.style == pytest.approx(2 * one.style, rel=1e-4)
    assert two.content == pytest.approx(3 * one.content, rel=1e-4)
    assert two.tv == pytest.approx(5 * one.tv, rel=1e-4)
    assert two.gamut == pytest.approx(one.gamut, rel=1e-4)


def test_a_blend_lies_between_its_styles(encoder, random_pixels) -> None:
    first, second = random_pixels(seed=5), random_pixels(seed=6) / 4
    a, b = style_targets(encoder, [(first, 1.0)]), style_targets(encoder, [(second, 1.0)])
    blend = style_targets(encoder, [(first, 0.25), (second, 0.75)])
    for layer, gram in blend.items():
        torch.testing.assert_close(gram, 0.25 * a[layer] + 0.75 * b[layer], rtol=1e-4, atol=1e-2)
