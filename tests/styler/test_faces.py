"""The real detector on real faces; the map that it ends in, on faces placed by hand."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageOps

from styler import carried, faces, load_presets, mtcnn
from styler.errors import WeightsError
from styler.faces import SKIN, Face, face_emphasis, face_mask, feature_mask, find_faces
from styler.images import open_picture

PHOTOS = Path(__file__).parent / "photos"


def face(left: float, top: float, right: float, bottom: float) -> Face:
    """Seen from the front, as the detector would tell it."""
    places = ((0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.33, 0.8), (0.67, 0.8))
    width, height = right - left, bottom - top
    landmarks = tuple((left + across * width, top + down * height) for across, down in places)
    return Face((left, top, right, bottom), landmarks, 1.0)


@pytest.fixture(scope="module")
def astronaut() -> Image.Image:
    return open_picture(PHOTOS / "astronaut.jpg")


@pytest.fixture(scope="module")
def band() -> Image.Image:
    return open_picture(PHOTOS / "mariachi.jpg")


def test_a_face_is_found_where_it_is(astronaut) -> None:
    (found,) = find_faces(astronaut)
    assert found.box == pytest.approx((91, 32, 135, 86), abs=7)
    assert found.confidence > 0.95
    left_eye, right_eye, nose, left_of_mouth, right_of_mouth = found.landmarks
    assert left_eye == pytest.approx((103, 51), abs=3)
    assert right_eye == pytest.approx((124, 50), abs=3)
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_eye[1] < nose[1] < left_of_mouth[1]
    assert left_of_mouth[0] < right_of_mouth[0]


def test_small_faces_in_a_group_are_found(band) -> None:
    found = find_faces(band)
    assert len(found) == 5
    assert min(right - left for left, _, right, _ in (each.box for each in found)) < 32


def middles(found: Sequence[Face]) -> list[tuple[float, float]]:
    return sorted(
        ((left + right) / 2, (top + bottom) / 2) for left, top, right, bottom in (f.box for f in found)
    )


def test_they_are_found_in_a_mirror(band) -> None:
    seen = [(band.width - x, y) for x, y in middles(find_faces(ImageOps.mirror(band)))]
    assert len(seen) == 5
    for there, here in zip(sorted(seen), middles(find_faces(band)), strict=True):
        assert there == pytest.approx(here, abs=5)


def test_a_large_photo_is_looked_at_in_small_and_told_in_large(band) -> None:
    large = middles(find_faces(band.resize((2048, 1360))))
    for x, y in middles(find_faces(band)):
        assert any((4 * x, 4 * y) == pytest.approx(each, abs=40) for each in large)


@pytest.mark.parametrize(
    ("size", "painted", "copy"),
    [((3000, 1500), 4096, (1280, 640)), ((3000, 1500), 200, (300, 150)), ((400, 200), 4096, (400, 200))],
)
def test_faces_too_small_for_the_painting_are_not_looked_for(size, painted, copy, monkeypatch) -> None:
    looked_at = []
    monkeypatch.setattr(faces, "_faces_in", lambda size, rgb: looked_at.append(size) or ())
    assert find_faces(Image.new("RGB", size), painted) == ()
    assert looked_at == [copy]


@pytest.mark.parametrize("name", ["starry-night", "great-wave", "ducks", "mosaic", "pointillism", "bouquet"])
def test_none_are_seen_where_there_are_none(name) -> None:
    assert find_faces(open_picture(load_presets()[name].path)) == ()


@pytest.mark.parametrize("size", [(16, 16), (16, 300), (2000, 100)])
def test_odd_sizes_are_no_trouble(size) -> None:
    assert find_faces(Image.new("RGB", size, (180, 120, 90))) == ()


def test_overlapping_boxes_leave_the_surest() -> None:
    boxes = torch.tensor([[0.0, 0, 10, 10], [20, 0, 30, 10], [1, 0, 11, 10], [22, 2, 26, 6]])
    scores = torch.tensor([0.7, 0.8, 0.9, 0.6])
    assert mtcnn.apart(boxes, scores, 0.5).tolist() == [2, 1, 3]  # the last lies in another, but is small
    assert mtcnn.apart(boxes, scores, 0.5, of_smaller=True).tolist() == [2, 1]


def test_damaged_weights_are_never_opened(monkeypatch) -> None:
    monkeypatch.setitem(mtcnn.WEIGHTS_SHA256, "rnet", "0" * 64)
    with pytest.raises(WeightsError, match="damaged"):
        mtcnn.Detector()


def test_a_missing_package_is_named(monkeypatch) -> None:
    monkeypatch.setattr(carried.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WeightsError, match="pip install mtcnn"):
        mtcnn.Detector()


def test_a_mask_is_black_without_faces() -> None:
    assert torch.equal(face_mask(40, 30, []), torch.zeros(1, 1, 30, 40))


def test_a_mask_is_white_inside_and_black_outside() -> None:
    mask = face_mask(200, 160, [face(60, 40, 100, 90)])
    assert mask.shape == (1, 1, 160, 200)
    assert mask[0, 0, 65, 80] == 1  # the middle
    assert mask[0, 0, 50, 80] == 1  # the brow
    assert mask[0, 0, 65, 115] == 0
    assert 0 <= mask.min() <= mask.max() <= 1
    steps = torch.cat([mask.diff(dim=2).flatten(), mask.diff(dim=3).flatten()])
    assert steps.abs().max() < 0.15  # smooth: no pasted patch


def test_a_mask_of_two_is_the_greater_not_their_sum() -> None:
    one, two = face(20, 20, 40, 45), face(30, 20, 50, 45)
    each = [face_mask(80, 80, [only]) for only in (one, two)]
    torch.testing.assert_close(face_mask(80, 80, [one, two]), torch.maximum(*each))


def test_features_are_eyes_nose_and_mouth() -> None:
    portrait = face(60, 40, 160, 160)
    mask = feature_mask(220, 200, portrait)[0, 0]
    for x, y in portrait.landmarks[:3]:  # eyes and nose
        assert mask[round(y), round(x)] == 1
    assert mask[136, 110] == 1  # the middle of the mouth
    for x, y in ((110, 50), (72, 115), (148, 115), (110, 155)):  # brow, cheeks, chin
        assert mask[y, x] == 0
    assert mask.diff(dim=0).abs().max() < 0.3


def test_features_of_a_face_from_the_side_are_no_smaller() -> None:
    aside = Face((60, 40, 160, 160), ((80, 88), (84, 88), (75, 112), (80, 136), (84, 136)), 1.0)
    assert feature_mask(220, 200, aside).sum() > 0.3 * feature_mask(220, 200, face(60, 40, 160, 160)).sum()


def lit(height: int, width: int, face_level: float) -> torch.Tensor:
    """A map of ones, with another level within 12..24 across and 10..26 down."""
    features = torch.ones(1, 3, height, width)
    features[:, :, 10:26, 12:24] = face_level
    return features


def test_emphasis_is_flat_without_faces() -> None:
    assert torch.equal(face_emphasis(lit(30, 40, 5), []), torch.ones(1, 1, 30, 40))


@pytest.mark.parametrize(("level", "expected"), [(1, 4), (10**0.5, 0.58), (0.1, 8)])
def test_a_face_is_measured_against_itself(level, expected) -> None:
    """Of the same energy as all else: the peak. Of ten times as much: never below 1. Of none: twice it."""
    emphasis = face_emphasis(lit(40, 60, level), [face(13, 11, 23, 25)], peak=4)
    assert emphasis.shape == (1, 1, 40, 60)
    assert emphasis[0, 0, 16, 16].item() == pytest.approx(max(1, expected), rel=0.05)  # an eye
    assert emphasis[0, 0, 35, 50] == 1
    assert emphasis.min() == 1


def test_cheeks_and_brow_are_held_less_than_eyes_and_mouth() -> None:
    portrait = face(60, 40, 160, 160)
    emphasis = face_emphasis(torch.ones(1, 3, 200, 220), [portrait], peak=5)[0, 0]
    left_eye = emphasis[88, 90].item()
    cheek, brow = emphasis[115, 80].item(), emphasis[55, 110].item()
    assert left_eye == pytest.approx(5, rel=0.01)
    for skin in (cheek, brow):
        assert skin == pytest.approx(1 + 4 * SKIN, rel=0.1)


def test_a_face_scales_with_its_picture() -> None:
    small = Face((10, 20, 30, 50), ((12, 25),), 0.9)
    assert small.scaled(2, 3) == Face((20, 60, 60, 150), ((24, 75),), 0.9)
