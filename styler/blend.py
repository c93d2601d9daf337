"""A finished painting shown otherwise: less of it over the photo, or in the photo's colours.

Pillow alone does it, in a fraction of a second and without torch: nothing is painted again.
"""

from PIL import Image, ImageStat

from styler.images import resize

LIGHT_MATCH = 0.7  # how far the painting's light is drawn towards the photo's, when it takes on its colours
LIGHT_GAIN = (0.6, 1.6)  # and how much its contrast may change by that


def blend(
    painting: Image.Image, photo: Image.Image, strength: float = 100, *, keep_colors: bool = False
) -> Image.Image:
    """`strength` percent of the painting over the photo, RGB, of the painting's size.

    The painting follows the photo's outlines, so a plain mix of the two looks like thinner paint.
    keep_colors: see `with_colors_of`. The photo is resized to fit. Raises ValueError for a strength outside
    0..100.
    """
    if not 0 <= strength <= 100:
        raise ValueError(f"strength must be between 0 and 100, not {strength}")
    if strength == 100 and not keep_colors:
        return painting.copy()
    photo = resize(photo, painting.size)
    shown = with_colors_of(photo, painting) if keep_colors else painting
    return Image.blend(photo, shown, strength / 100)


def with_colors_of(photo: Image.Image, painting: Image.Image) -> Image.Image:
    """The painting's light and dark with the photo's colours, as `styler.color.transfer_luminance` does it.

    Both RGB, of one size. The mean and spread of the light are drawn towards the photo's: colours look
    right only at about the light they had. The painting itself needs no such step when it was painted with
    `keep_colors`.
    """
    light = painting.convert("YCbCr").getchannel(0)
    photo_light, *colors = photo.convert("YCbCr").split()
    seen, wanted = ImageStat.Stat(light), ImageStat.Stat(photo_light)
    low, high = LIGHT_GAIN
    gain = 1 + LIGHT_MATCH * (min(high, max(low, wanted.stddev[0] / max(seen.stddev[0], 1))) - 1)
    middle = seen.mean[0]
    target = middle + LIGHT_MATCH * (wanted.mean[0] - middle)
    # One value for each of the 256 levels; Pillow clamps none of them itself.
    levels = [min(255, max(0, round((level - middle) * gain + target))) for level in range(256)]
    return Image.merge("YCbCr", (light.point(levels), *colors)).convert("RGB")
