from collections.abc import Callable
from functools import cache

import pytest
import torch

from styler.encoder import Economy
from styler.losses import gram_matrix
from styler.painting.goals import (
    CALM,
    CONTENT_LAYERS,
    STYLE_LAYERS,
    ContentGoal,
    StyleGoal,
    by_layer,
    calm_emphasis,
    content_goal,
    content_targets,
    style_targets,
)
from styler.painting.objective import Losses, LossWeights, Objective, read_losses
from tests.styler import plain

WEIGHTS = LossWeights(1, 0.2, 0.1)


def objective(encoder, content, style, weights=WEIGHTS, economy=None) -> Objective:
    return Objective(
        encoder,
        [StyleGoal(style_targets(encoder, [(style, 1.0)], economy))],
        content_goal(encoder, content, economy),
        weights,
        economy,
    )


def random_places(height: int, width: int, seed: int, pictures: int = 1) -> torch.Tensor:
    """(N, 1, H, W) in [0, 1], smooth at the scale of a few pixels."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(pictures, 1, -(-height // 8), -(-width // 8), generator=generator)
    return torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear")


def in_regions(encoder, content, styles, masks, emphasis, economy=None) -> Objective:
    """A style in each of the masks (None: in all of the picture), and the content emphasised."""
    regions = [None if mask is None else by_layer(mask, STYLE_LAYERS, content) for mask in masks]
    goals = [
        StyleGoal(style_targets(encoder, [(style, 1.0)], economy), region)
        for style, region in zip(styles, regions, strict=True)
    ]
    maps = content_targets(encoder, content, economy)
    keep = ContentGoal(maps, by_layer(emphasis, CONTENT_LAYERS, content))
    return Objective(encoder, goals, keep, WEIGHTS, economy)


def losses_at(goal: Objective, pixels: torch.Tensor) -> Losses:
    return read_losses(goal.evaluate(pixels)[0])[0]


@pytest.mark.parametrize("size", [(48, 64), (67, 41), (130, 33), (3, 60)])
def test_agrees_with_autograd(encoder, weights, random_pixels, size) -> None:
    pixels, content, style = (random_pixels(*size, seed=seed, pictures=2) for seed in (1, 2, 3))
    grams = {
        layer: gram_matrix(found) for layer, found in plain.features(weights, style, STYLE_LAYERS).items()
    }
    targets = plain.features(weights, content, CONTENT_LAYERS)
    emphasis = {layer: calm_emphasis(found) for layer, found in targets.items()}
    goals = [StyleGoal(grams)], ContentGoal(targets, emphasis)
    expected, expected_gradient = plain.evaluate(weights, pixels, *goals, WEIGHTS)

    found, gradient = objective(encoder, content, style).evaluate(pixels)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)
    assert (gradient - expected_gradient).norm() < 1e-3 * expected_gradient.norm()


@pytest.mark.parametrize("size", [(48, 64), (67, 41), (3, 60)])
def test_agrees_with_autograd_in_regions_and_with_emphasis(encoder, weights, random_pixels, size) -> None:
    pixels, content, *styles = (random_pixels(*size, seed=seed, pictures=2) for seed in (1, 2, 3, 4))
    masks = [random_places(*size, seed=seed, pictures=2) for seed in (5, 6)]
    emphasis = 1 + 4 * random_places(*size, seed=7, pictures=2)
    goals = [
        StyleGoal(
            {layer: gram_matrix(x) for layer, x in plain.features(weights, style, STYLE_LAYERS).items()},
            by_layer(mask, STYLE_LAYERS, pixels),
        )
        for style, mask in zip(styles, masks, strict=True)
    ]
    maps = plain.features(weights, content, CONTENT_LAYERS)
    keep = ContentGoal(maps, by_layer(emphasis, CONTENT_LAYERS, pixels))
    expected, expected_gradient = plain.evaluate(weights, pixels, goals, keep, WEIGHTS)

    found, gradient = in_regions(encoder, content, styles, masks, emphasis).evaluate(pixels)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)
    assert (gradient - expected_gradient).norm() < 1e-3 * expected_gradient.norm()


def test_the_gradient_in_regions_is_that_of_the_loss(encoder, random_pixels) -> None:
    pixels, content, *styles = (random_pixels(seed=seed) for seed in (1, 2, 3, 4))
    masks = [random_places(48, 64, seed) for seed in (5, 6)]
    goal = in_regions(encoder, content, styles, masks, 1 + 9 * random_places(48, 64, 7))
    _, gradient = goal.evaluate(pixels)
    along = gradient / gradient.norm()
    before, after = losses_at(goal, pixels - 2 * along), losses_at(goal, pixels + 2 * along)
    assert (after.total - before.total) / 4 == pytest.approx(gradient.norm().item(), rel=0.02)


def test_a_mask_of_white_makes_no_difference(encoder, random_pixels) -> None:
    pixels, content, style = (random_pixels(seed=seed) for seed in (1, 2, 3))
    white = torch.ones(1, 1, 48, 64)
    plainly, gradient = in_regions(encoder, content, [style], [None], white).evaluate(pixels)
    masked, masked_gradient = in_regions(encoder, content, [style], [white], white).evaluate(pixels)
    torch.testing.assert_close(masked, plainly, rtol=1e-5, atol=1e-7)
    assert (masked_gradient - gradient).norm() < 1e-4 * gradient.norm()


def test_a_style_pulls_only_within_its_mask(encoder, random_pixels) -> None:
    """And a little beyond: as far as the encoder sees."""
    pixels, style = random_pixels(64, 256, seed=1), random_pixels(64, 256, seed=2)
    left = torch.zeros(1, 1, 64, 256)
    left[..., :96] = 1
    goals = [StyleGoal(style_targets(encoder, [(style, 1.0)]), by_layer(left, STYLE_LAYERS, pixels))]
    only_style = LossWeights(1, 0, 0)
    keep = content_goal(encoder, pixels)
    _, gradient = Objective(encoder, goals, keep, only_style).evaluate(pixels)
    _, without = Objective(encoder, [], keep, only_style).evaluate(pixels)
    reach = 70  # pixels on each side of a place of relu5_1 that it can see
    pull = (gradient - without).abs().amax((0, 1, 2))
    assert pull[:96].min() > 0
    assert pull[96 + reach :].max() == 0


@pytest.fixture(scope="module")
def whole(encoder, random_pixels) -> Callable[[tuple[int, int]], tuple[torch.Tensor, torch.Tensor]]:
    """The losses and the gradient without any economy, of two pictures of a size."""

    @cache
    def evaluated(size: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
        pixels, content, style = (random_pixels(*size, seed=seed, pictures=2) for seed in (1, 2, 3))
        return objective(encoder, content, style).evaluate(pixels)

    return evaluated


ECONOMIES = [Economy(1), Economy(5), Economy(0, 1), Economy(1, 40_000), Economy(3, 1), Economy(5, 60_000)]


@pytest.mark.parametrize("economy", ECONOMIES)
@pytest.mark.parametrize("size", [(333, 24), (256, 32), (67, 31), (3, 60)])
def test_economy_makes_no_difference(encoder, random_pixels, whole, size, economy) -> None:
    """1: bands of the fewest rows that there may be."""
    pixels, content, style = (random_pixels(*size, seed=seed, pictures=2) for seed in (1, 2, 3))
    losses, gradient = whole(size)
    found, found_gradient = objective(encoder, content, style, economy=economy).evaluate(pixels)
    torch.testing.assert_close(found, losses, rtol=1e-5, atol=1e-7)
    assert (found_gradient - gradient).norm() < 1e-4 * gradient.norm()


@pytest.mark.parametrize("economy", [Economy(2, 1), Economy(5, 60_000)])
@pytest.mark.parametrize("size", [(333, 24), (67, 31)])
def test_economy_makes_no_difference_in_regions(encoder, random_pixels, size, economy) -> None:
    pixels, content, *styles = (random_pixels(*size, seed=seed) for seed in (1, 2, 3, 4))
    masks = [random_places(*size, seed) for seed in (5, 6)]
    asked = encoder, content, styles, masks, 1 + 4 * random_places(*size, 7)
    whole, gradient = in_regions(*asked).evaluate(pixels)
    found, found_gradient = in_regions(*asked, economy=economy).evaluate(pixels)
    torch.testing.assert_close(found, whole, rtol=1e-5, atol=1e-7)
    assert (found_gradient - gradient).norm() < 1e-4 * gradient.norm()


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


def test_calm_places_count_more_within_bounds() -> None:
    features = torch.ones(1, 4, 6, 8)
    features[..., :4] = 0.01  # a sky
    emphasis = calm_emphasis(features)
    assert emphasis.shape == (1, 1, 6, 8)
    assert emphasis[..., :4].eq(CALM).all()
    assert emphasis[..., 4:].eq(1).all()
    assert calm_emphasis(torch.zeros(2, 4, 3, 3)).isfinite().all()
