"""Faces kept, and styles confined to masks: the whole engine on small pictures, with the real weights."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from styler import OptionsError, StyleOptions, stylize
from styler.encoder import Encoder
from styler.faces import Face, face_emphasis, face_mask, find_faces
from styler.images import open_picture
from styler.masks import plan_regions
from styler.options import DEFAULT_STRENGTH
from styler.painting.goals import calm_emphasis, content_targets
from styler.painting.subjects import AtScale, Subject, _style_pixels
from styler.pyramid import Scale
from styler.sources import Style, open_styles

QUICK = StyleOptions(size=96, steps=8, device="cpu")
PHOTOS = Path(__file__).parents[1] / "photos"
LEFT, RIGHT = (0, 0, 48, 64), (48, 0, 96, 64)


def apart(one: Image.Image, other: Image.Image, box: tuple[int, int, int, int]) -> float:
    """Root mean square in grey levels, within the box."""
    first, second = (np.asarray(each.crop(box), np.float32) for each in (one, other))
    return float(np.sqrt(np.mean((first - second) ** 2)))


def white(box: tuple[int, int, int, int], size: tuple[int, int] = (96, 64)) -> Image.Image:
    mask = Image.new("L", size)
    mask.paste(255, box)
    return mask


@pytest.fixture(scope="module")
def green(style) -> Image.Image:
    """The same waves in green and red instead of orange and blue."""
    red, green, blue = style.split()
    return Image.merge("RGB", (blue, red, green))


def greenness(image: Image.Image, box: tuple[int, int, int, int]) -> float:
    red, green, _ = np.asarray(image.crop(box), np.float32).reshape(-1, 3).mean(0)
    return float(green - red)


def test_where_the_mask_is_black_the_photo_stays(photo, style) -> None:
    result = stylize(photo, style, QUICK, masks=white(LEFT))
    small = photo.resize((96, 64), Image.Resampling.LANCZOS)
    assert apart(result.image, small, (54, 0, 96, 64)) < 1
    assert apart(result.image, small, (0, 0, 42, 64)) > 10
    assert "masks" in result.recipe
    assert "masks" not in stylize(photo, style, replace(QUICK, steps=1)).recipe


def test_each_style_paints_in_its_own_mask(photo, style, green) -> None:
    options = replace(QUICK, steps=12)
    result = stylize(photo, [style, green], options, masks=[white(LEFT), white(RIGHT)])
    turned = stylize(photo, [style, green], options, masks=[white(RIGHT), white(LEFT)])
    assert greenness(result.image, RIGHT) > greenness(turned.image, RIGHT) + 40
    assert greenness(turned.image, LEFT) > greenness(result.image, LEFT) + 40


def test_a_style_without_a_mask_takes_the_rest(photo, style, green) -> None:
    result = stylize(photo, [green, style], replace(QUICK, steps=12), masks=[white(LEFT)])
    assert greenness(result.image, LEFT) > greenness(result.image, RIGHT) + 40
    assert apart(result.image, photo.resize((96, 64)), RIGHT) > 10  # painted, not left as it was


@pytest.fixture
def with_a_face(photo, style) -> Subject:
    """The photo with one large face in it."""
    styles = open_styles(style)
    face = Face((30, 10, 90, 70), ((45, 30), (75, 30), (60, 42), (48, 56), (72, 56)), 0.99)
    regions = plan_regions(styles, *photo.size)
    return Subject(photo, styles, regions, (face,), replace(QUICK, strength=50.0))


def at(subject: Subject, encoder: Encoder) -> AtScale:
    return AtScale([subject], Scale(96, 64, 1), encoder)


def test_what_no_style_paints_has_the_photos_colours(with_a_face, photo, encoder) -> None:
    styles = open_styles(Image.new("RGB", (64, 64), "orange"), white(LEFT))
    half = replace(with_a_face, styles=styles, regions=plan_regions(styles, *photo.size))
    at_scale = at(half, encoder)
    recolored, pixels = at_scale.recolored(), at_scale._photos[0]
    torch.testing.assert_close(recolored[..., 60:], pixels[..., 60:])
    assert (recolored - pixels)[..., :36].abs().mean() > 10


def test_below_the_middle_strength_the_colours_go_a_part_of_the_way(with_a_face, encoder) -> None:
    whole, gentle, styleless = (
        at(replace(with_a_face, options=replace(with_a_face.options, **options)), encoder)
        for options in ({"strength": 100.0}, {"strength": 10.0}, {"style_weight": 0.0})
    )
    photo = whole._photos[0]
    torch.testing.assert_close(
        gentle.recolored(), torch.lerp(photo, whole.recolored(), 10 / DEFAULT_STRENGTH)
    )
    torch.testing.assert_close(styleless.recolored(), photo)


def test_a_face_is_held_in_the_styles_colours_and_the_rest_in_its_own(with_a_face, encoder) -> None:
    at_scale = at(with_a_face, encoder)
    goal = at_scale._content_goal(at_scale._photos[0], torch.zeros(1, 1, 4, 6))
    own = content_targets(encoder, at_scale._photos[0])
    recolored = content_targets(encoder, at_scale.recolored())
    for layer, found in goal.maps.items():
        height, width = found.shape[2:]
        inside = face_mask(width, height, with_a_face.faces_at(width, height))
        torch.testing.assert_close(found, torch.lerp(own[layer], recolored[layer], inside))
        assert inside.max() == 1 and inside.min() == 0


def test_what_is_calm_counts_more_where_nothing_stands_out_too(with_a_face, encoder) -> None:
    at_scale = at(with_a_face, encoder)
    goal = at_scale._content_goal(at_scale._photos[0], torch.zeros(1, 1, 4, 6))
    for layer, found in content_targets(encoder, at_scale._photos[0]).items():
        faces = face_emphasis(found, with_a_face.faces_at(found.shape[3], found.shape[2]))
        calm = calm_emphasis(found)
        torch.testing.assert_close(goal.emphasis[layer], torch.maximum(calm, faces))
        assert (calm > faces).any() and (faces > calm).any()


def test_a_mask_that_is_white_all_over_is_no_mask(photo, style) -> None:
    plainly = stylize(photo, style, QUICK)
    masked = stylize(photo, style, QUICK, masks=[white((0, 0, 96, 64))])
    assert apart(plainly.image, masked.image, (0, 0, 96, 64)) < 6


def test_progress_shows_the_photo_beside_the_painting(photo, style) -> None:
    seen: list[Image.Image] = []
    stylize(photo, style, QUICK, masks=white(LEFT), on_progress=lambda p: seen.append(p.picture()))
    small = photo.resize((96, 64), Image.Resampling.LANCZOS)
    assert max(apart(each, small, (54, 0, 96, 64)) for each in seen) < 1


def test_masks_that_cannot_be_theirs_are_refused(photo, style) -> None:
    with pytest.raises(OptionsError, match="2 masks for 1 style"):
        stylize(photo, style, QUICK, masks=[white(LEFT), white(RIGHT)])
    with pytest.raises(OptionsError, match="proportions"):
        stylize(photo, style, QUICK, masks=Image.new("L", (64, 96), 255))


@pytest.mark.parametrize(
    ("photo_name", "part", "size"),
    [("astronaut", (0, 0, 256, 256), 128), ("mariachi", (38, 30, 512, 254), 192)],
)
def test_faces_are_kept_more_than_what_is_around_them(photo_name, part, size) -> None:
    photo = open_picture(PHOTOS / f"{photo_name}.jpg").crop(part)
    # So gentle that a few steps show what is held and what is not.
    options = StyleOptions(size=size, steps=14, strength=25, device="cpu")
    kept, like_all_else = (
        stylize(photo, "starry-night", replace(options, faces=faces)) for faces in (True, False)
    )
    small = photo.resize(kept.image.size, Image.Resampling.LANCZOS)
    scale = kept.image.width / photo.width
    gains = []
    for face in find_faces(photo):
        box = tuple(round(side) for side in face.scaled(scale, scale).box)
        gains.append(structure(kept.image, small, box) - structure(like_all_else.image, small, box))
    assert min(gains) > 0
    assert np.mean(gains) > 0.03
    assert apart(kept.image, small, (0, 0, *small.size)) > 15  # painted all the same
    assert "no-faces" in like_all_else.recipe
    assert "no-faces" not in kept.recipe


def structure(one: Image.Image, other: Image.Image, box: tuple[int, ...]) -> float:
    """How alike the edges of two pictures are in the box: their correlation."""
    steps = []
    for image in (one, other):
        grey = np.asarray(image.convert("L").crop(box), np.float32)
        steps.append(np.concatenate([np.diff(grey, axis=0).ravel(), np.diff(grey, axis=1).ravel()]))
    return float(np.corrcoef(*steps)[0, 1])


@pytest.mark.parametrize(
    ("side", "painted", "expected"),
    [
        (900, 256, 256),  # made smaller
        (900, 1200, 1200),
        (900, 4096, 1350),  # enlarged, but not until it is only blur
        (100, 512, 512),
        (100, 1024, 512),
    ],
)
def test_a_style_has_the_paintings_area_unless_it_would_blur(side, painted, expected) -> None:
    style = Style("x", Image.new("RGB", (2 * side, side // 2)), 1.0, 50)
    pixels = _style_pixels(style, torch.empty(1, 3, painted, painted), QUICK)
    height, width = pixels.shape[2:]
    assert width == 4 * height
    assert (width * height) ** 0.5 == pytest.approx(expected, rel=0.01)
