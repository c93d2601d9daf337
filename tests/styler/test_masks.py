"""Masks: opened, made to agree with each other and with the photo, laid over it (painted: test_subjects)."""

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from styler.errors import OptionsError, PictureError
from styler.masks import Region, coverage, fit_mask, lay_over, plan_regions
from styler.sources import Style, check_styles, open_mask, open_styles

LEFT, RIGHT = slice(0, 30), slice(30, 60)


def half(side: slice, level: int = 255) -> Image.Image:
    """60 x 40, that side of it white."""
    pixels = np.zeros((40, 60), np.uint8)
    pixels[:, side] = level
    return Image.fromarray(pixels)


def styled(name: str, mask: Image.Image | None, share: float = 0.5) -> Style:
    return Style(name, Image.new("RGB", (32, 32)), share, 50, mask)


def levels(region: Region) -> list[float]:
    """In the middle of the left half, and of the right one."""
    assert region.mask is not None
    return [round(region.mask[0, 0, 20, x].item(), 3) for x in (15, 45)]


# Opening


def test_a_mask_is_how_bright_its_picture_is(style) -> None:
    grey = Image.new("RGB", (60, 40), (128, 128, 128))
    (opened,) = open_styles(style, grey)
    assert opened.mask is not None
    assert (opened.mask.mode, opened.mask.size, opened.mask.getpixel((3, 3))) == ("L", (60, 40), 128)


def test_what_is_transparent_is_black() -> None:
    mask = Image.new("RGBA", (60, 40), (255, 255, 255, 0))
    mask.paste((255, 255, 255, 255), (0, 0, 30, 40))
    assert np.array_equal(open_mask(mask), half(LEFT))


def test_a_mask_is_turned_as_its_orientation_says(tmp_path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    half(LEFT).save(tmp_path / "mask.png", exif=exif)
    turned = open_mask(tmp_path / "mask.png")
    assert turned.size == (40, 60)
    assert turned.getpixel((20, 10)) == 255
    assert turned.getpixel((20, 50)) == 0


def test_masks_go_with_their_styles_in_order(style) -> None:
    first, second, third = open_styles([style, (style, 3), style], [half(LEFT), None])
    assert first.mask is not None
    assert second.mask is third.mask is None
    _, kept = open_styles([style, (style, 0), style], [half(LEFT), half(RIGHT), half(RIGHT, 99)])
    assert kept.mask is not None
    assert kept.mask.getextrema() == (0, 99)  # that of the style without weight went with it


def test_bytes_are_one_picture_and_not_a_row_of_numbers() -> None:
    content = io.BytesIO()
    half(LEFT).convert("RGB").save(content, "PNG")
    (opened,) = open_styles(content.getvalue(), content.getvalue())
    assert opened.name == "picture"
    assert opened.mask is not None and opened.mask.getextrema() == (0, 255)
    check_styles(content.getvalue(), content.getvalue())


@pytest.mark.parametrize("ask", [open_styles, check_styles])
def test_more_masks_than_styles_are_refused(style, ask) -> None:
    with pytest.raises(OptionsError, match="2 masks for 1 style"):
        ask(style, [half(LEFT), half(RIGHT)])


def test_a_mask_that_is_no_picture_is_told_from_its_header(style, tmp_path) -> None:
    (tmp_path / "mask.png").write_text("no picture")
    for ask in (open_styles, check_styles):
        with pytest.raises(PictureError, match=r"mask\.png"):
            ask(style, str(tmp_path / "mask.png"))


def test_a_black_mask_is_refused_by_name(tmp_path) -> None:
    Image.new("L", (60, 40)).save(tmp_path / "nothing.png")
    with pytest.raises(OptionsError, match=r"nothing\.png is black"):
        open_mask(tmp_path / "nothing.png")


def test_sixteen_bits_are_not_clipped() -> None:
    deep = Image.fromarray(np.full((40, 60), 32768, np.uint16))
    buffer = io.BytesIO()
    deep.save(buffer, "PNG")
    assert open_mask(Image.open(buffer)).getpixel((0, 0)) == pytest.approx(128, abs=1)


def test_a_mask_of_ones_is_refused_instead_of_painting_nothing(tmp_path) -> None:
    half(LEFT, 1).save(tmp_path / "labels.png")
    with pytest.raises(OptionsError, match=r"labels\.png is next to black: its brightest value is 1 of 255"):
        open_mask(tmp_path / "labels.png")
    assert open_mask(half(LEFT, 32)).getextrema() == (0, 32)


# Regions


def test_without_masks_one_region_is_the_whole_picture() -> None:
    (region,) = plan_regions([styled("a", None), styled("b", None)], 60, 40)
    assert region.mask is None
    assert region.area == 1
    assert [style.name for style in region.styles] == ["a", "b"]
    assert coverage([region]) is None


def test_one_mask_leaves_the_photo_where_it_is_black() -> None:
    (region,) = plan_regions([styled("a", half(LEFT), 1)], 60, 40)
    assert levels(region) == [1, 0]
    assert region.area == pytest.approx(0.5)
    covered = coverage([region])
    assert covered is not None
    assert torch.equal(covered, region.mask)


@pytest.mark.parametrize(("level", "is_all"), [(0.7, False), (0.99, False), (0.9999, True)])
def test_what_is_covered_but_for_rounding_is_covered_wholly(level: float, is_all: bool) -> None:
    regions = [Region((), torch.full((1, 1, 4, 6), share * level)) for share in (0.25, 0.75)]
    assert (coverage(regions) is None) == is_all


def test_styles_without_a_mask_take_what_is_left() -> None:
    styles = [styled("b", None, 0.1), styled("a", half(LEFT, 51), 0.6), styled("c", None, 0.3)]
    own, rest = plan_regions(styles, 60, 40)
    assert levels(own) == [0.2, 0]
    assert levels(rest) == [0.8, 1]
    assert [(style.name, pytest.approx(style.share)) for style in rest.styles] == [("b", 0.25), ("c", 0.75)]
    assert coverage([own, rest]) is None


def test_where_masks_overlap_they_share_the_place_by_weight() -> None:
    everywhere = Image.new("L", (60, 40), 255)
    first, second = plan_regions([styled("a", everywhere, 0.75), styled("b", half(RIGHT), 0.25)], 60, 40)
    assert levels(first) == [1, 0.75]
    assert levels(second) == [0, 0.25]


def test_a_style_of_next_to_no_weight_paints_alone_where_no_other_is() -> None:
    shares = 1 - 1e-8, 1e-8
    first, second = plan_regions(
        [styled("a", half(LEFT), shares[0]), styled("b", half(RIGHT), shares[1])], 60, 40
    )
    assert levels(first) == [1, 0]
    assert levels(second) == [0, 1]


def test_masks_that_go_over_into_each_other_leave_no_gap() -> None:
    ramp = Image.linear_gradient("L").rotate(90).resize((60, 40))
    regions = plan_regions([styled("a", ramp, 1), styled("b", ImageOps.invert(ramp), 3)], 60, 40)
    assert coverage(regions) is None
    assert regions[0].mask is not None
    assert regions[0].mask.max() > 0.9
    assert regions[0].mask.min() < 0.1


def test_masks_are_brought_to_the_pictures_size() -> None:
    (region,) = plan_regions([styled("a", half(LEFT), 1)], 240, 150)
    assert region.mask is not None
    assert region.mask.shape == (1, 1, 150, 240)
    assert region.mask[0, 0, 75, 50] == 1
    assert region.mask[0, 0, 75, 190] == 0


def test_other_proportions_are_refused() -> None:
    with pytest.raises(OptionsError, match="60 x 40, the painting 40 x 60"):
        plan_regions([styled("a", half(LEFT))], 40, 60)


def test_a_region_without_room_is_refused() -> None:
    everywhere = Image.new("L", (60, 40), 255)
    with pytest.raises(OptionsError, match="no place for b"):
        plan_regions([styled("a", everywhere), styled("b", None)], 60, 40)


# Fitting and laying over


def test_fitting_averages_what_lies_in_each_place() -> None:
    mask = torch.tensor([[1.0, 0, 0, 0], [1, 1, 0, 0]]).view(1, 1, 2, 4)
    assert fit_mask(mask, 1, 2).flatten().tolist() == [0.75, 0]
    assert fit_mask(mask, 1, 1).item() == 3 / 8  # and not only what lies in the middle of it
    assert fit_mask(mask, 2, 4) is mask
    grown = fit_mask(mask, 4, 8)
    assert grown.shape == (1, 1, 4, 8)
    assert 0 <= grown.min() <= grown.max() <= 1


@pytest.mark.parametrize("fineness", [1, 10])
def test_the_painting_lies_over_the_photo_with_a_soft_edge(fineness: int) -> None:
    photo, painting = Image.new("RGB", (30, 20), "black"), Image.new("RGB", (600, 400), "white")
    covered = torch.zeros(1, 1, 40 * fineness, 60 * fineness)
    covered[..., : 30 * fineness] = 1
    laid = np.asarray(lay_over(photo, painting, covered).convert("L")).astype(int)
    assert laid.shape == (400, 600)
    assert (laid[:, :270] == 255).all()
    assert (laid[:, 330:] == 0).all()
    assert np.abs(np.diff(laid, axis=1)).max() < 60
