from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from styler.options import MAX_SIZE, MAX_STEPS, Quality
from styler.pyramid import FIRST_SIDE, plan_pyramid

sides = st.integers(16, MAX_SIZE)
qualities = st.sampled_from(list(Quality))


@given(sides, sides, qualities)
def test_ends_at_the_size_asked_for_and_never_more_than_doubles(width, height, quality) -> None:
    pyramid = plan_pyramid(width, height, quality)
    assert (pyramid[-1].width, pyramid[-1].height) == (width, height)
    areas = [scale.width * scale.height for scale in pyramid]
    assert areas == sorted(set(areas))
    assert areas[0] <= 1.2 * FIRST_SIDE**2
    assert all(after <= 4.8 * before for before, after in pairwise(areas))
    assert all(scale.steps >= 1 for scale in pyramid)


@given(sides, sides, qualities, st.integers(1, MAX_STEPS))
def test_steps_given_are_the_steps_taken(width, height, quality, steps) -> None:
    pyramid = plan_pyramid(width, height, quality, steps)
    assert sum(scale.steps for scale in pyramid) == steps
    assert (pyramid[-1].width, pyramid[-1].height) == (width, height)


def test_scales_of_usual_sizes() -> None:
    def long_sides(size: int) -> list[int]:
        return [scale.width for scale in plan_pyramid(size, size, Quality.STANDARD)]

    assert long_sides(200) == [200]
    assert long_sides(256) == [256]
    assert long_sides(512) == [256, 512]
    assert long_sides(768) == [256, 443, 768]
    assert long_sides(1024) == [256, 512, 1024]


def test_a_picture_that_is_not_square_starts_at_the_same_area() -> None:
    first = plan_pyramid(1024, 576, Quality.STANDARD)[0]
    assert (first.width, first.height) == (341, 192)


@pytest.mark.parametrize("size", [256, 512, 1024])
def test_a_better_quality_takes_more_steps_at_every_scale(size) -> None:
    draft, standard, best = (plan_pyramid(size, size, quality) for quality in Quality)
    for one, two, three in zip(draft, standard, best, strict=True):
        assert one.steps < two.steps < three.steps
