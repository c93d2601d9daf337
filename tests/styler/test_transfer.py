"""The whole engine on small pictures, with the real weights."""

import io
import os
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image

from styler import (
    ColorsBy,
    OptionsError,
    PictureError,
    PresetError,
    Progress,
    Quality,
    StyleOptions,
    find_preset,
    sources,
    stylize,
    stylize_batch,
)
from styler.encoder import Economy
from styler.errors import OutOfMemory
from styler.optimize import minimize
from styler.painting.objective import Losses
from styler.painting.results import recipe
from styler.pyramid import Scale, plan_pyramid
from styler.sources import Style, open_styles
from styler.transfer import open_content
from tests.styler.pictures import corners, encoded, exif_behind_the_pixels

QUICK = StyleOptions(size=96, steps=8, device="cpu")


def distance(one: Image.Image, other: Image.Image) -> float:
    """Root mean square, in grey levels."""
    difference = np.asarray(one, np.float32) - np.asarray(other.resize(one.size), np.float32)
    return float(np.sqrt(np.mean(difference**2)))


def likeness(one: Image.Image, other: Image.Image) -> float:
    """The correlation of light and dark, whatever the colours."""
    greys = [np.asarray(each.convert("L").resize(one.size), np.float32).ravel() for each in (one, other)]
    return float(np.corrcoef(*greys)[0, 1])


def test_paints_and_tells_how(photo, style) -> None:
    result = stylize(photo, style, QUICK)
    assert result.image.size == (96, 64)
    assert result.image.mode == "RGB"
    assert (result.steps, result.stopped, result.device) == (8, False, "cpu")
    assert result.options == replace(QUICK, strength=50.0)
    assert result.elapsed > 0
    assert distance(result.image, photo) > 10


def test_the_loss_falls_far(photo, style) -> None:
    seen: list[float] = []
    stylize(photo, style, replace(QUICK, steps=20), on_progress=lambda p: seen.append(p.losses.total))
    assert min(seen[-3:]) < 0.5 * seen[0]


@pytest.mark.parametrize("size", [(120, 80), (80, 120), (97, 33), (300, 16), (16, 320), (64, 64)])
def test_the_proportions_of_the_photo_are_kept(size, style) -> None:
    photo = Image.effect_noise(size, 60).convert("RGB")
    painted = stylize(photo, style, replace(QUICK, steps=2, quality=Quality.DRAFT)).image
    assert max(painted.size) == 96
    for ours, theirs in zip(painted.size, size, strict=True):
        assert abs(ours - theirs * 96 / max(size)) <= 0.5


def test_several_scales_end_at_the_size_asked_for(photo, style, low_pyramid) -> None:
    seen: list[Progress] = []
    options = StyleOptions(size=120, steps=4, device="cpu")
    result = stylize(photo, style, options, on_progress=seen.append)
    assert result.image.size == (120, 80)
    assert [each.scale for each in seen] == [1, 1, 1, 2]
    assert [(each.width, each.height) for each in seen][::3] == [(78, 52), (120, 80)]
    assert [each.last_of_scale for each in seen] == [False, False, True, True]


def test_progress_is_truthful(photo, style) -> None:
    seen: list[Progress] = []
    pictures: list[Image.Image] = []

    def watch(progress: Progress) -> None:
        seen.append(progress)
        pictures.append(progress.picture())

    result = stylize(photo, style, QUICK, on_progress=watch)
    assert [each.step for each in seen] == list(range(1, 9))
    assert {each.steps for each in seen} == {8}
    assert all(before.fraction < after.fraction for before, after in pairwise(seen))
    assert seen[-1].fraction == 1
    assert seen[-1].remaining == 0
    assert seen[-1].elapsed <= result.elapsed
    assert pictures[0].size == (96, 64)
    assert likeness(pictures[0], photo) > 0.85  # it starts from the photo, in the style's colours
    assert distance(pictures[-1], pictures[0]) > 5


def test_strength_is_monotone(photo, style) -> None:
    painted = [
        stylize(photo, style, replace(QUICK, steps=12, strength=strength)).image for strength in (0, 50, 100)
    ]
    mild, middle, wild = (distance(each, photo) for each in painted)
    assert mild < middle < wild


def test_each_weight_does_what_it_says(photo, style) -> None:
    options = replace(QUICK, steps=10)
    plain = stylize(photo, style, options).losses
    faithful = stylize(photo, style, replace(options, content_weight=20)).losses
    assert faithful.content / 20 < plain.content
    smooth = stylize(photo, style, replace(options, tv_weight=100)).losses
    assert smooth.tv / 100 < plain.tv
    nothing_to_do = stylize(photo, style, replace(options, style_weight=0, tv_weight=0))
    assert nothing_to_do.losses.total < 0.1 * plain.total
    assert distance(nothing_to_do.image, photo) < 12


def test_stops_within_one_step_and_returns_the_best_so_far(photo, style, low_pyramid) -> None:
    seen: list[Progress] = []
    options = StyleOptions(size=120, steps=40, device="cpu")
    result = stylize(
        photo, style, options, on_progress=seen.append, should_stop=lambda: bool(seen) and seen[-1].step >= 3
    )
    assert result.stopped
    assert result.steps == len(seen) == 3
    assert result.image.size == (120, 80)  # the full size, although it stopped at a smaller scale


def test_a_stop_that_comes_with_the_last_step_stops_nothing(photo, style) -> None:
    seen: list[Progress] = []
    options = StyleOptions(size=64, steps=4, device="cpu")
    result = stylize(
        photo, style, options, on_progress=seen.append, should_stop=lambda: seen[-1].step == seen[-1].steps
    )
    assert not result.stopped
    assert result.checkpoint is None
    assert result.steps == 4


def test_equal_seeds_paint_equal_pictures(photo, style) -> None:
    first, second = stylize(photo, style, QUICK), stylize(photo, style, QUICK)
    assert distance(first.image, second.image) < 1
    other = stylize(photo, style, replace(QUICK, seed=7))
    assert distance(first.image, other.image) > 0


def test_keep_colors_keeps_them_in_every_way(photo, style) -> None:
    options = replace(QUICK, steps=8)
    plain = stylize(photo, style, options).image
    kept = {
        way: stylize(photo, style, replace(options, keep_colors=True, colors_by=way)).image
        for way in ColorsBy
    }

    def chroma(image: Image.Image) -> np.ndarray:
        return np.asarray(image.resize(photo.size).convert("YCbCr"), np.float32)[..., 1:]

    def away(image: Image.Image) -> np.ndarray:
        return np.abs(chroma(image) - chroma(photo)).mean((0, 1))

    # One keeps where each colour is, the other only which there are.
    for way, most in {ColorsBy.LUMINANCE: 0.2, ColorsBy.MATCHED: 0.5}.items():
        assert (away(kept[way]) < most * away(plain)).all()
        assert distance(kept[way], photo) > 8  # painted all the same
    assert distance(kept[ColorsBy.LUMINANCE], kept[ColorsBy.MATCHED]) > 1


def test_a_blend_of_two_styles_is_neither(photo, style) -> None:
    other = Image.effect_noise((64, 64), 120).convert("RGB")
    blend = stylize(photo, [(style, 3), (other, 1)], QUICK)
    assert blend.styles == ("picture", "picture")
    for alone in (style, other):
        assert distance(stylize(photo, alone, QUICK).image, blend.image) > 3


def test_presets_by_name_and_their_own_strength(photo) -> None:
    result = stylize(photo, "Starry Night", replace(QUICK, steps=2))
    assert result.styles == ("starry-night",)
    from styler import find_preset

    assert result.options.strength == find_preset("starry-night").strength


@pytest.mark.parametrize(
    "weighed", [{"ink": 2, "ducks": 1}, [("ink", 2), "ducks"], (("ink", 2), ("ducks", 1))]
)
def test_ways_to_give_weights(weighed) -> None:
    assert [(style.name, round(style.share, 2)) for style in open_styles(weighed)] == [
        ("ink", 0.67),
        ("ducks", 0.33),
    ]


def test_a_share_too_small_to_be_told_from_none_counts_for_nothing(photo) -> None:
    """It would be divided by where the style has a mask."""
    white = Image.new("L", photo.size, "white")
    options = StyleOptions(size=64, steps=1, device="cpu")
    painted = stylize(photo, [("ink", 1e-300), ("mosaic", 1e100)], options, masks=[white, white])
    assert painted.styles == ("mosaic",)


def test_a_weight_beyond_all_floats_is_refused() -> None:
    with pytest.raises(OptionsError, match="nor endless"):
        open_styles([("ink", 10**400), ("mosaic", 1)])


def test_one_style_may_have_a_weight_and_two_are_two() -> None:
    for weight in (2, 2.0, np.float32(2), Fraction(2)):
        assert [(style.name, style.share) for style in open_styles(("ink", weight))] == [("ink", 1)]
    assert [style.name for style in open_styles(("ink", "ducks"))] == ["ink", "ducks"]


@pytest.mark.parametrize("odd", [5, ["ink", 2], [("ink", "2")], [("ink", 1, 2)], [None], {"ink": None}])
def test_what_is_no_style_is_refused(odd) -> None:
    with pytest.raises(OptionsError, match="a style is a file, a picture, a preset or its name"):
        open_styles(odd)


def test_a_presets_name_may_have_a_dot_in_it() -> None:
    (turner,) = open_styles("J. M. W. Turner")
    assert turner.name == find_preset("turner").name


@pytest.mark.parametrize("odd", [None, io.BytesIO(b"picture"), np.zeros((32, 32, 3)), 5])
def test_what_is_no_picture_is_refused(photo, odd) -> None:
    with pytest.raises(PictureError, match=r"a picture is .*, not (NoneType|BytesIO|ndarray|int)$"):
        stylize(odd, "ink", QUICK)
    if odd is not None:  # for no mask
        with pytest.raises(PictureError, match=r"a picture is .*, not (BytesIO|ndarray|int)$"):
            stylize(photo, "ink", QUICK, masks=[odd])


def test_no_mask_may_be_none(style) -> None:
    (opened,) = open_styles(style, None)
    assert opened.mask is None


def test_no_photos_at_all_are_refused() -> None:
    with pytest.raises(OptionsError, match="at least one photo"):
        stylize_batch([])


def test_a_recipe_is_one_line_whatever_a_style_is_called(style) -> None:
    odd = Style(os.fsdecode(b"two\nlines caf\xe9"), style, 1, 50)
    line = recipe((odd,), StyleOptions(strength=50), style)
    assert "style=two?lines caf? strength=50" in line
    assert line.isprintable()


def test_a_recipe_tells_what_experts_have_changed_and_nothing_that_is_as_usual(style) -> None:
    styles, usual = (Style("ink", style, 1, 50),), StyleOptions(strength=50, size=96)
    planned = sum(scale.steps for scale in plan_pyramid(96, 96, usual.quality))
    assert recipe(styles, replace(usual, steps=planned), style).endswith(" seed=0")
    changed = replace(usual, steps=7, style_weight=2, tv_weight=0.5, weights="/home/me/vgg 19.pth")
    ending = " seed=0 steps=7 style-weight=2 tv-weight=0.5 weights=vgg 19.pth"
    assert recipe(styles, changed, style).endswith(ending)


def test_the_saved_file_carries_the_recipe_and_nothing_else(photo, style, tmp_path) -> None:
    result = stylize(photo, style, replace(QUICK, steps=2, keep_colors=True, seed=3))
    for name in ("out.jpg", "out.png"):
        result.save(tmp_path / name)
        with Image.open(tmp_path / name) as saved:
            saved.load()
            comment = saved.info.get("comment") or saved.info["Comment"]
            comment = comment.decode() if isinstance(comment, bytes) else comment
            assert comment == result.recipe
            assert not saved.getexif()
            assert saved.size == result.image.size
    for part in ("style=picture", "strength=50", "size=96x64", "quality=standard", "seed=3", "keep-colors"):
        assert part in result.recipe


def test_bad_input_is_refused_with_its_own_error(photo, style, tmp_path) -> None:
    with pytest.raises(PictureError, match="no file"):
        stylize(tmp_path / "nowhere.jpg", style, QUICK)
    with pytest.raises(PictureError):
        stylize(Image.new("RGB", (400, 10)), style, QUICK)
    with pytest.raises(PresetError, match="starry"):
        stylize(photo, "stary-nigt", QUICK)
    with pytest.raises(OptionsError, match="at least one style"):
        stylize(photo, [], QUICK)
    with pytest.raises(OptionsError, match="negative"):
        stylize(photo, [(style, -1)], QUICK)


def test_an_error_in_the_callback_comes_out_as_it_is(photo, style) -> None:
    def fail(progress: Progress) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        stylize(photo, style, QUICK, on_progress=fail)


def test_the_total_is_the_sum_of_the_parts() -> None:
    assert Losses(1, 2, 3, 4).total == 10


def test_a_batch_paints_each_as_if_alone(photo, style) -> None:
    other = photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    options = replace(QUICK, strength=40)
    together = stylize_batch([(photo, style), (other, photo)], options)
    for result, (content, painted_in) in zip(together, [(photo, style), (other, photo)], strict=True):
        alone = stylize(content, painted_in, options)
        difference = np.abs(np.asarray(result.image, float) - np.asarray(alone.image, float)).mean()
        # Sums in another order give other last digits, and steps carry them on.
        assert difference < 3
        assert result.losses.total == pytest.approx(alone.losses.total, rel=0.05)


def test_the_painting_of_a_large_photo_has_the_size_of_its_own_proportions(photo, style, tmp_path) -> None:
    """Though it is opened smaller, and looked at for faces at another size."""
    photo.resize((240, 400)).save(tmp_path / "tall.jpg")
    assert stylize(tmp_path / "tall.jpg", style, replace(QUICK, size=64, steps=1)).image.size == (38, 64)


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_of_pictures_far_larger_than_the_painting_no_more_is_kept_than_it_can_use(
    format, tmp_path, monkeypatch
) -> None:
    """Or a few files of some kilobytes would take gigabytes for as long as something is painted."""
    monkeypatch.setattr(sources, "NEVER_BELOW", 200)
    large = tmp_path / f"large.{format.lower()}"
    Image.new("RGB", (1600, 400), "red").save(large)
    [style] = open_styles(large, size=100)
    assert style.image.size == (400, 100), "of the area that is used, and so many times its side"
    [style] = open_styles(large, size=200)
    assert style.image.size == (600, 150)
    assert max(open_content(large, 100).size) <= 450


@pytest.mark.parametrize("size", [64, 512, 4096])
def test_ordinary_pictures_are_painted_from_as_they_are(size, tmp_path) -> None:
    ordinary = tmp_path / "ordinary.png"
    picture = corners(1280, 960)
    picture.save(ordinary)
    [style] = open_styles(ordinary, size=size)
    assert style.image.tobytes() == picture.tobytes()
    assert open_content(ordinary, size).tobytes() == picture.tobytes()


def test_a_style_that_was_made_smaller_looks_the_same_in_the_painting(photo, style, monkeypatch) -> None:
    """For what is painted there is more than enough of it."""
    large, options = style.resize((900, 600)), StyleOptions(size=64, steps=3, device="cpu")
    whole = stylize(photo, large, options)
    monkeypatch.setattr(sources, "NEVER_BELOW", 0)
    [kept] = open_styles(large, size=64)
    assert kept.image.size == (118, 79)
    assert distance(stylize(photo, large, options).image, whole.image) < 4


def test_a_photo_that_says_only_at_its_end_which_way_is_up_is_not_squashed(style) -> None:
    content = exif_behind_the_pixels(corners(96, 48))
    assert stylize(content, style, replace(QUICK, size=64, steps=1)).image.size == (64, 32)
    upright = encoded(corners(97, 96), "JPEG")
    assert stylize(upright, style, replace(QUICK, size=64, steps=1)).image.size == (64, 63)


def test_a_batch_must_have_one_size(photo, style) -> None:
    with pytest.raises(OptionsError, match="same size"):
        stylize_batch([(photo, style), (photo.crop((0, 0, 60, 80)), style)], QUICK)


def test_what_memory_does_not_suffice_for_comes_out_smaller(photo, style, low_pyramid, monkeypatch) -> None:
    from styler.painting import course

    def short(device, precision, pixels, attempt):
        if pixels > 75 * 75:
            raise OutOfMemory("cpu")
        return attempt(Economy())

    monkeypatch.setattr(course, "within_memory", short)
    result = stylize(photo.resize((150, 100)), style, replace(QUICK, size=150))
    assert result.reduced
    assert max(result.image.size) < 150
    assert result.image.width / result.image.height == pytest.approx(1.5, rel=0.02)


def test_steps_that_memory_has_undone_are_not_counted(photo, style, low_pyramid, monkeypatch) -> None:
    """On a GPU the fourth step is recorded, for which there may be no room."""
    from styler.painting import course, memory

    monkeypatch.setattr(memory, "_shortages", {})
    steps = []

    def descend(objective, pixels, count, after_step):
        painted = minimize(pixels, objective.evaluate, count, after_step)
        if pixels.shape[3] == 96:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return painted

    def watch(progress) -> None:
        if progress.width < 96:
            steps.append((progress.step, progress.losses))

    monkeypatch.setattr(course, "descend", descend)
    result = stylize(photo, style, QUICK, on_progress=watch)
    assert result.reduced
    assert (result.steps, result.losses) == steps[-1]


@pytest.mark.parametrize("room_after", [1, None])
def test_enlarging_that_there_is_no_room_for_costs_the_larger_scale_alone(
    photo, style, low_pyramid, monkeypatch, room_after
) -> None:
    short_of_memory(monkeypatch, room_after)
    result = stylize(photo, style, QUICK)
    assert result.reduced == (room_after is None)
    assert result.image.size == ((78, 52) if result.reduced else (96, 64))


@pytest.mark.parametrize("room_after", [1, None])
def test_a_painting_that_was_stopped_stays_small_where_there_is_no_room(
    photo, style, low_pyramid, monkeypatch, room_after
) -> None:
    short_of_memory(monkeypatch, room_after)
    result = stylize(photo, style, QUICK, should_stop=lambda: True)
    assert result.stopped
    assert result.checkpoint is not None
    assert result.reduced == (room_after is None)
    assert max(result.image.size) == (78 if result.reduced else 96)


def short_of_memory(monkeypatch: pytest.MonkeyPatch, room_after: int | None) -> None:
    """Has enlarging a painting fail, so many times or always."""
    from styler.painting import course

    real, failures = course._resize_pixels, []

    def resize_pixels(pixels: torch.Tensor, scale: Scale) -> torch.Tensor:
        if pixels.shape[3] < scale.width and len(failures) != room_after:
            failures.append(scale)
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(pixels, scale)

    monkeypatch.setattr(course, "_resize_pixels", resize_pixels)


@pytest.mark.parametrize("where", ["open_content", "find_faces", "load_encoder"])
def test_memory_that_lacks_before_the_first_step_is_told_too(photo, style, where, monkeypatch) -> None:
    from styler import transfer

    def short(*_: object) -> None:
        raise RuntimeError("could not create a primitive")

    monkeypatch.setattr(transfer, where, short)
    with pytest.raises(OutOfMemory, match="ask for a smaller size"):
        stylize(photo, style, QUICK)
