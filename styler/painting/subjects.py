"""What is painted: photos with their styles, regions and faces, and what these ask for at one scale."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from styler.color import luminance, match_colors, match_luminance, recolor, transfer_luminance
from styler.encoder import Economy, Encoder, from_pixels, to_pixels
from styler.faces import Face, face_emphasis, face_mask
from styler.images import resize, to_image, to_tensor
from styler.masks import Region, coverage, fit_mask, lay_over
from styler.options import DEFAULT_COLORS_BY, DEFAULT_STRENGTH, ColorsBy, StyleOptions
from styler.painting.goals import (
    STYLE_LAYERS,
    ContentGoal,
    StyleGoal,
    by_layer,
    content_goal,
    content_targets,
    style_targets,
)
from styler.painting.objective import LossWeights, Objective
from styler.painting.rim import without_rim
from styler.painting.salience import BESIDE_FACES, looked_at, salience, salient_emphasis
from styler.pyramid import Scale
from styler.sources import Style

TV_WEIGHT = 0.1

# A style picture is enlarged no further than this for a large painting: of more there would be nothing to see
# but blur, while strokes finer than at the scales before are what a print shows from near. Small style
# pictures are enlarged up to `SMALL_SIDE` even so, or their strokes would be too fine from the beginning.
MOST_ENLARGED = 1.5  # times its own sides
SMALL_SIDE = 512  # of a square of the same area


Example = tuple[Tensor, float]
"""The pixels of a style picture, (1, 3, h, w), and its share."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One photo, what paints it where, and the options as used for it."""

    photo: Image.Image
    styles: tuple[Style, ...]  # as asked for
    regions: tuple[Region, ...]  # where these paint
    faces: tuple[Face, ...]  # in the photo's pixels; none where they are to be painted like all else
    options: StyleOptions

    def pixels(self, width: int, height: int, device: torch.device) -> Tensor:
        """The photo at that size, (1, 3, height, width), as the encoder takes it.

        It is grey where light and dark alone are painted.
        """
        pixels = _to_pixels(self.photo, width, height, device)
        return to_pixels(luminance(from_pixels(pixels))) if _light_alone(self.options) else pixels

    def examples(self, photo: Tensor) -> list[list[Example]]:
        """The style pictures of each region, for `pixels` of some size."""
        return [
            [(_style_pixels(style, photo, self.options), style.share) for style in region.styles]
            for region in self.regions
        ]

    def recolored(self, photo: Tensor, examples: Sequence[Sequence[Example]]) -> Tensor:
        """The photo, `pixels` of some size, in the colours of its styles.

        A part of the way only where the strength is below the middle. examples: those for that photo.
        """
        height, width = photo.shape[2:]
        picture = from_pixels(photo)
        recolored = torch.zeros_like(picture)
        for region, styles in zip(self.regions, examples, strict=True):
            mask = 1.0 if region.mask is None else fit_mask(region.mask, height, width).to(photo.device)
            for pixels, share in styles:
                recolored += mask * share * recolor(picture, from_pixels(pixels))
        covered = coverage(self.regions)
        if covered is not None:
            recolored += (1 - fit_mask(covered, height, width).to(photo.device)) * picture
        strength = self.options.strength if self.options.style_weight else 0.0
        assert strength is not None
        return to_pixels(torch.lerp(picture, recolored, min(1.0, strength / DEFAULT_STRENGTH)))

    def faces_at(self, width: int, height: int) -> list[Face]:
        """The faces in a copy of the photo, or in a map of it, that is `width` by `height`."""
        return [face.scaled(width / self.photo.width, height / self.photo.height) for face in self.faces]

    def finished(self, pixels: Tensor) -> Image.Image:
        """The painting that (1, 3, H, W) pixels make, in the photo's colours or within it if so wished."""
        picture = from_pixels(without_rim(pixels))
        if _light_alone(self.options):
            photo = _to_pixels(self.photo, picture.shape[3], picture.shape[2], pixels.device)
            picture = transfer_luminance(picture, from_pixels(photo))
        covered = coverage(self.regions)
        painting = to_image(picture)
        return painting if covered is None else lay_over(self.photo, painting, covered)


def standing_out_in(subjects: Sequence[Subject], encoder: Encoder) -> Tensor | None:
    """How much each place of the photos stands out, (N, 1, h, w) in [0, 1], at no scale in particular.

    None where faces and the like are to be painted like all else.
    """
    photo, options = subjects[0].photo, subjects[0].options
    if not options.faces:
        return None
    size = looked_at(*photo.size, options.size or max(photo.size))
    found = salience(encoder, torch.cat([each.pixels(*size, encoder.device) for each in subjects]))
    shares = torch.tensor([BESIDE_FACES if each.faces else 1.0 for each in subjects], device=found.device)
    return found * shares.view(-1, 1, 1, 1)


class AtScale:
    """The subjects as they are at one scale, and what their pictures are to become there."""

    def __init__(
        self, subjects: Sequence[Subject], scale: Scale, encoder: Encoder, economy: Economy | None = None
    ) -> None:
        """subjects: with as many regions each; their options differ in nothing but the strength."""
        self._subjects = subjects
        self._options = subjects[0].options
        self._encoder = encoder
        self._economy = economy
        self._photos = [each.pixels(scale.width, scale.height, encoder.device) for each in subjects]
        self._examples = [
            each.examples(photo) for each, photo in zip(subjects, self._photos, strict=True)
        ]  # by subject and region

    def recolored(self) -> Tensor:
        """The photos in the colours of their styles, (N, 3, H, W)."""
        each = zip(self._subjects, self._photos, self._examples, strict=True)
        return torch.cat([subject.recolored(photo, examples) for subject, photo, examples in each])

    def objective(self, content_weights: Tensor, standing_out: Tensor | None) -> Objective:
        """content_weights: (N,), how firmly each photo is held. standing_out: see `standing_out_in`."""
        contents = torch.cat(self._photos)
        styles = [self._style_goal(number, contents) for number in range(len(self._subjects[0].regions))]
        content = self._content_goal(contents, standing_out)
        options = self._options
        weights = LossWeights(options.style_weight, content_weights, TV_WEIGHT * options.tv_weight)
        return Objective(self._encoder, styles, content, weights, self._economy)

    def _style_goal(self, number: int, contents: Tensor) -> StyleGoal:
        """That of one region of each subject."""
        grams = [style_targets(self._encoder, each[number], self._economy) for each in self._examples]
        together = {layer: torch.cat([each[layer] for each in grams]) for layer in STYLE_LAYERS}
        regions = [each.regions[number] for each in self._subjects]
        masks = [region.mask for region in regions if region.mask is not None]
        if not masks:
            return StyleGoal(together)
        assert len(masks) == len(regions)
        return StyleGoal(together, by_layer(torch.cat(masks), STYLE_LAYERS, contents))

    def _content_goal(self, contents: Tensor, standing_out: Tensor | None) -> ContentGoal:
        """The photos' maps; calm places, faces and what stands out count more."""
        goal = content_goal(self._encoder, contents, self._economy)
        if standing_out is None:
            return goal
        recolored = content_targets(self._encoder, self.recolored(), self._economy)
        for layer, found in goal.maps.items():
            counts, held = self._held(found, standing_out)
            goal.emphasis[layer] = torch.maximum(goal.emphasis[layer], counts)
            # In the styles' colours: held to its own, a face would stay a photo.
            found.lerp_(recolored[layer], held.to(found.dtype))
        return goal

    def _held(self, found: Tensor, standing_out: Tensor) -> tuple[Tensor, Tensor]:
        """How much more faces and what stands out count in the photos' map, and where they are.

        (N, C, h, w) -> (N, 1, h, w) from 1, and in [0, 1].
        """
        height, width = found.shape[2:]
        salient = fit_mask(standing_out, height, width)
        faces = [each.faces_at(width, height) for each in self._subjects]
        counts = [face_emphasis(found[index : index + 1], each) for index, each in enumerate(faces)]
        masks = torch.cat([face_mask(width, height, each) for each in faces])
        return (
            torch.maximum(salient_emphasis(salient), torch.cat(counts)),
            torch.maximum(salient, masks.to(salient)),
        )


def _style_pixels(style: Style, content: Tensor, options: StyleOptions) -> Tensor:
    """The style at the content's area, so that its brushwork has the same size in every photo."""
    height, width = content.shape[2:]
    own = math.sqrt(style.image.width * style.image.height)
    factor = min(math.sqrt(width * height), max(MOST_ENLARGED * own, SMALL_SIDE)) / own
    size = max(1, round(style.image.width * factor)), max(1, round(style.image.height * factor))
    pixels = _to_pixels(style.image, *size, content.device)
    if options.keep_colors:
        match = match_luminance if _light_alone(options) else match_colors
        pixels = to_pixels(match(from_pixels(pixels), from_pixels(content)))
    return pixels


def _light_alone(options: StyleOptions) -> bool:
    return options.keep_colors and (options.colors_by or DEFAULT_COLORS_BY) is ColorsBy.LUMINANCE


def _to_pixels(image: Image.Image, width: int, height: int, device: torch.device) -> Tensor:
    return to_pixels(to_tensor(resize(image, (width, height)), device))
