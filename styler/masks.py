"""Which style paints where: the masks, made to agree with the photo and with each other.

After Gatys et al., "Controlling Perceptual Factors in Neural Style Transfer" (CVPR 2017), section 4: each
region of the painting has Gram matrices of its own, and styles of its own that these should be like.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from PIL import Image, ImageFilter
from torch import Tensor

from styler.errors import OptionsError
from styler.images import resize
from styler.sources import Style

MAX_MISMATCH = 1.3  # how many times wider, for its height, a mask may be than the photo, or narrower
LEAST_AREA = 1e-3  # of the picture: a region of less has no texture that could be like a style's
FEATHER = 0.004  # of the long side: the radius over which the painting goes over into the photo


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the picture, and the styles that are blended in it."""

    styles: tuple[Style, ...]  # their shares sum to 1
    mask: Tensor | None  # (1, 1, H, W) float32 in [0, 1]; None: the whole picture

    @property
    def area(self) -> float:
        """Its share of the picture, 0 to 1."""
        return 1.0 if self.mask is None else self.mask.mean().item()


def plan_regions(styles: Sequence[Style], width: int, height: int) -> tuple[Region, ...]:
    """One region for each style with a mask, and one for all the others where no mask is white.

    The masks come out at `width` by `height`, and where several overlap they share the place by their
    styles' shares, so that together they are never more than 1. Without any mask the one region is the
    whole picture. Raises OptionsError for a mask of quite other proportions than the photo's, or when the
    masks leave the other styles no place.
    """
    masked = [style for style in styles if style.mask is not None]
    others = [style for style in styles if style.mask is None]
    if not masked:
        return (Region(_blended(others), None),)
    wishes = torch.cat([_fitted(style, width, height) for style in masked])
    reach = wishes.sum(0).clamp_max(1)
    weighted = wishes * torch.tensor([style.share for style in masked]).view(-1, 1, 1, 1)
    total = weighted.sum(0)
    parts = weighted / torch.where(total > 0, total, 1) * reach  # not 0 / 0 where no mask is
    regions = [Region(_blended([style]), part[None]) for style, part in zip(masked, parts, strict=True)]
    if others:
        regions.append(Region(_blended(others), (1 - reach)[None]))
    for region in regions:
        if region.area < LEAST_AREA:
            names = " and ".join(style.name for style in region.styles)
            raise OptionsError(f"the masks leave next to no place for {names}")
    return tuple(regions)


def coverage(regions: Sequence[Region]) -> Tensor | None:
    """How much of each place is painted, (1, 1, H, W) float32 in [0, 1]; None: all of it everywhere."""
    masks = [region.mask for region in regions if region.mask is not None]
    covered = torch.stack(masks).sum(0) if masks else None
    return None if covered is None or covered.min() > 0.999 else covered


def fit_mask(mask: Tensor, height: int, width: int) -> Tensor:
    """(N, 1, H, W) -> (N, 1, height, width): what lies in each place, averaged where there are fewer."""
    if mask.shape[2:] == (height, width):
        return mask
    if height <= mask.shape[2] and width <= mask.shape[3]:
        return F.interpolate(mask, (height, width), mode="area")
    return F.interpolate(mask, (height, width), mode="bilinear", align_corners=False)


def lay_over(photo: Image.Image, painting: Image.Image, covered: Tensor) -> Image.Image:
    """The painting where `covered` is 1 and the photo where it is 0, going over softly.

    The photo is brought to the painting's size. covered: (1, 1, H, W) float32 in [0, 1], any size.
    """
    width, height = painting.size
    levels = fit_mask(covered, height, width)[0, 0].mul(255).round().to(torch.uint8)
    mask = Image.fromarray(levels.numpy()).filter(ImageFilter.GaussianBlur(FEATHER * max(width, height)))
    return Image.composite(painting, resize(photo, painting.size), mask)


def _fitted(style: Style, width: int, height: int) -> Tensor:
    """The mask of a style as (1, 1, height, width) in [0, 1]. Raises OptionsError."""
    assert style.mask is not None
    mismatch = (style.mask.width / style.mask.height) / (width / height)
    if not 1 / MAX_MISMATCH <= mismatch <= MAX_MISMATCH:
        sizes = f"{style.mask.width} x {style.mask.height}, the painting {width} x {height}"
        raise OptionsError(f"the mask of {style.name} has other proportions than the photo: it is {sizes}")
    mask = resize(style.mask, (width, height))
    return torch.frombuffer(bytearray(mask.tobytes()), dtype=torch.uint8).view(1, 1, height, width) / 255


def _blended(styles: Sequence[Style]) -> tuple[Style, ...]:
    total = sum(style.share for style in styles)
    return tuple(replace(style, share=style.share / total) for style in styles)
