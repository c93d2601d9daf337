"""What stands out in a photo, and that it is held: a dog's head, with the real weights."""

from pathlib import Path

import pytest
import torch

from styler import StyleOptions, find_preset
from styler.encoder import Encoder, to_pixels
from styler.faces import Face
from styler.images import fit_within, open_picture, resize, to_tensor
from styler.masks import fit_mask, plan_regions
from styler.painting.goals import CONTENT_LAYERS, ContentGoal
from styler.painting.salience import BESIDE_FACES, LOOKED_AT, PEAK, looked_at, salience, salient_emphasis
from styler.painting.subjects import AtScale, Subject, standing_out_in
from styler.pyramid import Scale
from styler.sources import open_styles

DOG = Path(__file__).parents[1] / "photos" / "dog.jpg"  # 384 x 288
HEAD = (280, 8, 345, 130)


@pytest.mark.parametrize("side", [384, 256])
def test_an_animals_head_stands_out(encoder: Encoder, side: int) -> None:
    dog = open_picture(DOG)
    found = salience(encoder, to_pixels(to_tensor(resize(dog, fit_within(*dog.size, side)))))
    assert found.min() >= 0 and found.max() <= 1
    places = fit_mask(found, dog.height, dog.width)[0, 0]
    left, top, right, bottom = HEAD
    head = places[top:bottom, left:right]
    elsewhere = (places.sum() - head.sum()) / (places.numel() - head.numel())
    assert head.mean() > 0.4
    assert elsewhere < 0.1


def test_where_nothing_is_nothing_stands_out(encoder: Encoder) -> None:
    found = salience(encoder, torch.zeros(2, 3, 96, 128))
    assert found.shape == (2, 1, 6, 8)
    assert found[..., 1:-1, 1:-1].mean() < 0.1


def test_what_stands_out_counts_more() -> None:
    standing_out = torch.tensor([0.0, 0.5, 1.0]).view(1, 1, 1, 3)
    assert salient_emphasis(standing_out).flatten().tolist() == [1, (1 + PEAK) / 2, PEAK]


@pytest.mark.parametrize(
    ("painted", "expected"), [(2048, (LOOKED_AT, LOOKED_AT // 2)), (256, (384, 192)), (64, (96, 48))]
)
def test_a_copy_as_large_as_is_of_use_is_looked_at(painted: int, expected: tuple[int, int]) -> None:
    assert looked_at(1000, 500, painted) == expected


def test_the_head_is_held_in_the_styles_colours_unless_all_is_to_be_painted_alike(encoder: Encoder) -> None:
    dog, great_wave = open_picture(DOG), find_preset("great-wave")
    styles = open_styles(great_wave)
    regions = plan_regions(styles, *dog.size)

    def goal(*, faces: bool) -> ContentGoal:
        options = StyleOptions(size=dog.width, strength=50, faces=faces)
        subject = Subject(dog, styles, regions, (), options)
        at_scale = AtScale([subject], Scale(*dog.size, 1), encoder)
        return at_scale._content_goal(torch.cat(at_scale._photos), standing_out_in([subject], encoder))

    held, alike = goal(faces=True), goal(faces=False)
    for layer in CONTENT_LAYERS:
        counts = fit_mask(held.emphasis[layer] / alike.emphasis[layer], dog.height, dog.width)[0, 0]
        moved = fit_mask(apart(held.maps[layer], alike.maps[layer]), dog.height, dog.width)[0, 0]
        for found, least in ((counts, 1.8), (moved, 2.5 * moved.mean())):
            left, top, right, bottom = HEAD
            assert found[top:bottom, left:right].mean() > least
        assert counts.median() == 1
        assert moved.median() == 0


def test_beside_faces_it_is_held_less_each_picture_by_itself(encoder: Encoder) -> None:
    dog = open_picture(DOG)
    styles = open_styles(find_preset("great-wave"))
    regions, options = plan_regions(styles, *dog.size), StyleOptions(size=dog.width, strength=50)
    face = Face((20, 20, 60, 60), ((30, 30), (50, 30), (40, 40), (32, 50), (48, 50)), 0.99)
    alone, beside = (Subject(dog, styles, regions, faces, options) for faces in ((), (face,)))
    found = standing_out_in([alone, beside], encoder)
    assert found is not None
    assert found[0].max() > 0.9
    torch.testing.assert_close(found[1], BESIDE_FACES * found[0])


def apart(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """(1, C, h, w) twice -> (1, 1, h, w)."""
    return (one - other).square().sum(1, keepdim=True)
