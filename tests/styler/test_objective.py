import pytest
import torch

from styler.objective import LossWeights, Objective, content_targets, style_targets


def objective(encoder, content, style, weights=None) -> Objective:
    targets = style_targets(encoder, [(style, 1.0)])
    return Objective(encoder, targets, content_targets(encoder, content), weights or LossWeights(1, 0.2, 0.1))


def test_a_picture_is_at_no_distance_from_itself(encoder, random_pixels) -> None:
    pixels = random_pixels()
    losses, _ = objective(encoder, pixels, pixels).evaluate(pixels)
    assert losses.style == pytest.approx(0, abs=1e-6)
    assert losses.content == pytest.approx(0, abs=1e-6)
    assert losses.total == pytest.approx(losses.tv + losses.gamut, abs=1e-6)


def test_the_gradient_is_that_of_the_loss(encoder, random_pixels) -> None:
    """Against a difference quotient, along the gradient itself."""
    pixels, other = random_pixels(seed=1), random_pixels(seed=2)
    goal = objective(encoder, other, random_pixels(seed=3))
    _, gradient = goal.evaluate(pixels)
    along = gradient / gradient.norm()
    before, _ = goal.evaluate(pixels - 2 * along)
    after, _ = goal.evaluate(pixels + 2 * along)
    assert (after.total - before.total) / 4 == pytest.approx(gradient.norm().item(), rel=0.02)


def test_the_fast_precision_agrees_with_float32(encoder, fast_encoder, random_pixels) -> None:
    pixels, content, style = random_pixels(64, 64), random_pixels(64, 64, 2), random_pixels(64, 64, 3)
    exact, exact_gradient = objective(encoder, content, style).evaluate(pixels)
    fast, fast_gradient = objective(fast_encoder, content, style).evaluate(pixels)
    assert fast.style == pytest.approx(exact.style, rel=0.03)
    assert fast.content == pytest.approx(exact.content, rel=0.03)
    cosine = torch.cosine_similarity(exact_gradient.flatten(), fast_gradient.flatten(), dim=0)
    assert cosine > 0.98


def test_weights_scale_their_own_part_only(encoder, random_pixels) -> None:
    pixels, content, style = random_pixels(), random_pixels(seed=2), random_pixels(seed=3)
    one, _ = objective(encoder, content, style, LossWeights(1, 1, 1)).evaluate(pixels)
    two, _ = objective(encoder, content, style, LossWeights(2, 3, 5)).evaluate(pixels)
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
