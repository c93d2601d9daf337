import pytest
import torch

from styler.options import DEFAULT_STRENGTH
from styler.painting.balance import (
    LEAST_FACTOR,
    MILDEST,
    USUAL_DISTANCE,
    WILDEST,
    balanced,
    content_weight,
)


def test_strength_falls_by_equal_factors() -> None:
    assert content_weight(0) == MILDEST
    assert content_weight(100) == pytest.approx(WILDEST)
    steps = [content_weight(strength) / content_weight(strength + 25) for strength in (0, 25, 50, 75)]
    assert steps == pytest.approx([steps[0]] * 4)


def test_a_pair_at_odds_is_held_less_firmly_within_bounds() -> None:
    middle = content_weight(DEFAULT_STRENGTH)
    weights = torch.full((4,), middle)
    distances = USUAL_DISTANCE * torch.tensor([0.5, 1.0, 1.5, 100.0])
    factors = (balanced(weights, distances) / middle).tolist()
    assert factors == pytest.approx([1, 1, 1 / 1.5, LEAST_FACTOR])


def test_what_is_usual_grows_as_the_weight_falls() -> None:
    weights = torch.tensor([content_weight(50), content_weight(90)])
    mild, wild = (balanced(weights, torch.full((2,), 1.5 * USUAL_DISTANCE)) / weights).tolist()
    assert mild < wild


def test_no_weight_stays_none() -> None:
    assert balanced(torch.zeros(1), torch.zeros(1)).item() == 0
