"""Figures for a painting, beside its photo and its style. No one of them is beauty: look at the picture too.

They are the painting's own, not an engine's losses: full precision, plain VGG19, and for `swd` layers that no
engine here optimises.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from styler.bench.plain import PlainEncoder
from styler.encoder import to_pixels
from styler.images import to_tensor
from styler.losses import gram_matrix, relative_distance, total_variation
from styler.network.convolutions import Weights

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
HELD_OUT_LAYERS = ("relu2_2", "relu3_3", "relu4_3")
CONTENT_LAYER = "relu4_2"

SIDE = 512  # pixels, the long side at which paintings are measured
NEAR_ENOUGH = 32  # pixels more that are left alone: resizing would blur for nothing
PROJECTIONS, QUANTILES = 24, 2048


@dataclass(frozen=True, slots=True)
class Measures:
    """Of one painting."""

    style: float  # distance of the Gram matrices to the style's: lower is closer
    swd: float  # sliced Wasserstein distance to the style's features at held-out layers: lower is closer
    content: float  # distance of relu4_2 to the photo's: lower is closer
    edge: float  # correlation of the edges with the photo's: higher is closer
    tv: float  # mean absolute difference of neighbours: lower is smoother

    def reaches(self, other: "Measures") -> bool:
        """Whether this painting is at least as close to style and photo, by all four figures."""
        closer = self.style <= other.style and self.swd <= other.swd and self.content <= other.content
        return closer and self.edge >= other.edge


class Yardstick:
    """Measures paintings of one photo in one style."""

    def __init__(
        self, photo: Image.Image, style: Image.Image, weights: Weights, device: torch.device
    ) -> None:
        """photo, style: RGB. weights: the Oxford ones, for figures that compare with others'."""
        self._photo, self._style = photo, style
        self._encoder = PlainEncoder(weights, device)
        self._device = device
        self._targets: dict[tuple[int, int], tuple[dict[str, Tensor], Tensor]] = {}

    def measure(self, painting: Image.Image, side: int = SIDE) -> Measures:
        """The figures at a long side of `side` pixels, to which larger paintings are brought."""
        if max(painting.size) > side + NEAR_ENOUGH:
            scale = side / max(painting.size)
            size = round(painting.width * scale), round(painting.height * scale)
            painting = painting.resize(size, Image.Resampling.BICUBIC)
        style, content = self._targets_at(painting.size)
        found = self._features(painting, {*style, CONTENT_LAYER})
        grams = [
            relative_distance(gram_matrix(found[layer]), gram_matrix(style[layer])) for layer in STYLE_LAYERS
        ]
        distances = [
            sliced_wasserstein(found[layer].flatten(2)[0], style[layer].flatten(2)[0])
            for layer in HELD_OUT_LAYERS
        ]
        return Measures(
            style=torch.cat(grams).mean().item(),
            swd=sum(distances) / len(distances),
            content=relative_distance(found[CONTENT_LAYER], content).item(),
            edge=correlation(edges(painting), edges(self._photo_at(painting.size))),
            tv=total_variation(to_tensor(painting)).item(),
        )

    def _targets_at(self, size: tuple[int, int]) -> tuple[dict[str, Tensor], Tensor]:
        """The style's features and the photo's content for paintings of this size; kept."""
        if size not in self._targets:
            scale = math.sqrt(size[0] * size[1] / (self._style.width * self._style.height))
            style_size = tuple(max(1, round(side * scale)) for side in self._style.size)
            style = self._style.resize((style_size[0], style_size[1]), Image.Resampling.BICUBIC)
            features = self._features(style, {*STYLE_LAYERS, *HELD_OUT_LAYERS})
            content = self._features(self._photo_at(size), {CONTENT_LAYER})[CONTENT_LAYER]
            self._targets[size] = features, content
        return self._targets[size]

    def _photo_at(self, size: tuple[int, int]) -> Image.Image:
        return self._photo.resize(size, Image.Resampling.BICUBIC)

    @torch.no_grad()
    def _features(self, picture: Image.Image, layers: set[str]) -> dict[str, Tensor]:
        pixels = to_pixels(to_tensor(picture).to(self._device))
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):  # full precision on a GPU too
            return self._encoder(pixels, layers)


def sliced_wasserstein(found: Tensor, target: Tensor) -> float:
    """(C, N) and (C, M) -> the mean distance of the sorted projections on fixed random directions.

    In units of the target's own spread along each direction. After Rabin et al., "Wasserstein Barycenter and
    Its Application to Texture Mixing" (2011).
    """
    generator = torch.Generator().manual_seed(1)  # the CPU's, the same for every device
    directions = F.normalize(torch.randn(PROJECTIONS, len(found), generator=generator), dim=1)
    directions = directions.to(found.device)
    ours, theirs = directions @ found, directions @ target
    distance = (_quantiles(ours) - _quantiles(theirs)).abs().mean(1)
    return (distance / theirs.std(dim=1)).mean().item()


def _quantiles(values: Tensor) -> Tensor:
    """(K, N) -> (K, QUANTILES), ascending, interpolated between neighbours."""
    ordered, count = values.sort(dim=1).values, values.shape[1]
    wanted = (torch.arange(QUANTILES, device=values.device) + 0.5) / QUANTILES
    place = (wanted * count - 0.5).clamp(0, count - 1)
    low = place.floor().long()
    return torch.lerp(ordered[:, low], ordered[:, (low + 1).clamp(max=count - 1)], place - low)


def edges(picture: Image.Image) -> Tensor:
    """The strength of the edges in the grey picture at half its size, softened: one row of numbers."""
    grey = F.avg_pool2d(to_tensor(picture.convert("L"))[:, :1] * 255, 2)
    sobel = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])[None, None]
    strength = (F.conv2d(grey, sobel).square() + F.conv2d(grey, sobel.transpose(2, 3)).square()).sqrt()
    return F.avg_pool2d(strength, 3, 1, 1).flatten()


def correlation(one: Tensor, other: Tensor) -> float:
    """Pearson's, -1 to 1."""
    return torch.corrcoef(torch.stack([one.double(), other.double()]))[0, 1].item()
