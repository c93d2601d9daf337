"""The sizes a picture is painted at, small to large, and how many steps each gets: plain integers.

The small scales lay out the large forms of the style, the last one its texture: coarse-to-fine synthesis as
in Gatys et al., "Controlling Perceptual Factors in Neural Style Transfer" (CVPR 2017), section 6. Starting
below 256 pixels eats faces; a single scale keeps the layout but has only local texture.
"""

import math
from dataclasses import dataclass

from styler.options import Quality

FIRST_SIDE = 256  # of a square picture; others start at the same area


@dataclass(frozen=True, slots=True)
class Scale:
    """One size of the picture in pixels, and its share of the steps."""

    width: int
    height: int
    steps: int

    @property
    def cost(self) -> int:
        """Proportional to the time that this scale takes."""
        return self.steps * self.width * self.height


# Steps at the first scale. Larger scales get as many fewer as they have more pixels, so that each takes the
# same time, but never fewer than `MIN_STEPS`.
STEPS = {Quality.DRAFT: 18, Quality.STANDARD: 48, Quality.BEST: 200}
MIN_STEPS = {Quality.DRAFT: 6, Quality.STANDARD: 28, Quality.BEST: 100}


def plan_pyramid(width: int, height: int, quality: Quality, steps: int | None = None) -> tuple[Scale, ...]:
    """The scales of a picture of `width` x `height`, in order; the last one has exactly this size.

    The sides double from scale to scale, or grow a little less, spread evenly. With `steps` given, that many
    in all are shared out as the quality would have shared its own.
    """
    factors = _factors(math.sqrt(width * height))
    sizes = [(max(1, round(width * factor)), max(1, round(height * factor))) for factor in factors]
    first_area = sizes[0][0] * sizes[0][1]
    wished = [max(MIN_STEPS[quality], STEPS[quality] * first_area / (w * h)) for w, h in sizes]
    counts = [round(count) for count in wished] if steps is None else _share_out(steps, wished)
    return tuple(Scale(*size, count) for size, count in zip(sizes, counts, strict=True) if count)


def _factors(side: float) -> list[float]:
    """How large each scale is beside the last, ascending; the last has the area of a square of `side`."""
    doublings = max(0, math.ceil(math.log2(side / FIRST_SIDE) - 0.1))
    ratio = (side / FIRST_SIDE) ** (1 / doublings) if doublings else 1.0
    return [ratio**-k for k in range(doublings, -1, -1)]


def _share_out(steps: int, wished: list[float]) -> list[int]:
    """`steps` whole ones in proportion to `wished`; the last scale always gets one at least."""
    counts = [int(steps * share / sum(wished)) for share in wished]
    counts[0] += steps - sum(counts)
    if counts[-1] == 0:
        counts[0] -= 1
        counts[-1] += 1
    return counts
