"""What is painted: photos with their styles, regions and faces, and what these ask for at one scale."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from styler.color import luminance, match_colors, match_luminance, transfer_luminance
from styler.encoder import Economy, Encoder, Maps, from_pixels, to_pixels
from styler.faces import Face, face_emphasis, face_mask
from styler.images import resize, to_image, to_tensor
from styler.masks import Region, coverage, fit_mask, lay_over
from styler.options import DEFAULT_STRENGTH, ColorsBy, StyleOptions
from styler.painting.goals import (
    STYLE_LAYERS,
    ContentGoal,
    StyleGoal,
    by_layer,
    calm_emphasis,
    content_targets,
    style_targets,
)
from styler.painting.objective import LossWeights, Objective
from styler.painting.salience import looked_at, salience, salient_emphasis
from styler.pyramid import Scale
from styler.sources import Style

TV_WEIGHT = 0.1

# A style picture is enlarged no further than this for a large painting: of more there would be nothing to see
# but blur, while strokes finer than at the scales before are what a print shows from near. Small style
# pictures are enlarged up to `SMALL_SIDE` even so, or their strokes would be too fine from the beginning.
MOST_ENLARGED = 1.5  # times its own sides
SMALL_SIDE = 512  # of a square of the same area


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

    def recolored(self, width: int, height: int, device: torch.device) -> Tensor:
        """The same in the colours of its styles: a part of the way where the strength is below the middle."""
        pixels = self.pixels(width, height, device)
        photo = from_pixels(pixels)
        recolored = torch.zeros_like(photo)
        for region in self.regions:
            mask = 1.0 if region.mask is None else fit_mask(region.mask, height, width).to(device)
            for style in region.styles:
                example = from_pixels(_style_pixels(style, pixels, self.options))
                recolored += mask * style.share * match_colors(photo, example)
        covered = coverage(self.regions)
        if covered is not None:
            recolored += (1 - fit_mask(covered, height, width).to(device)) * photo
        strength = self.options.strength if self.options.style_weight else 0.0
        assert strength is not None
        return to_pixels(torch.lerp(photo, recolored, min(1.0, strength / DEFAULT_STRENGTH)))

    def faces_at(self, width: int, height: int) -> list[Face]:
        """The faces in a copy of the photo, or in a map of it, that is `width` by `height`."""
        return [face.scaled(width / self.photo.width, height / self.photo.height) for face in self.faces]

    def finished(self, pixels: Tensor) -> Image.Image:
        """The painting that (1, 3, H, W) pixels make, in the photo's colours or within it if so wished."""
        picture = from_pixels(pixels)
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
    options = subjects[0].options  # what does not differ between subjects is read from here
    if not options.faces:
        return None
    photo = subjects[0].photo
    size = looked_at(*photo.size, options.size or max(photo.size))
    return salience(encoder, torch.cat([each.pixels(*size, encoder.device) for each in subjects]))


def objective_of(
    subjects: Sequence[Subject],
    content_weights: Tensor,
    scale: Scale,
    encoder: Encoder,
    economy: Economy,
    standing_out: Tensor | None,
) -> Objective:
    """What the subjects' pictures are optimised for at this scale; all have as many regions.

    content_weights: (N,), how firmly each photo is held. standing_out: see `standing_out_in`.
    """
    contents = torch.cat([each.pixels(scale.width, scale.height, encoder.device) for each in subjects])
    styles = [
        _style_goal(regions, subjects, contents, encoder, economy)
        for regions in zip(*(each.regions for each in subjects), strict=True)
    ]
    content = _content_goal(subjects, contents, encoder, economy, standing_out)
    options = subjects[0].options  # what does not differ between subjects is read from here
    weights = LossWeights(options.style_weight, content_weights, TV_WEIGHT * options.tv_weight)
    return Objective(encoder, styles, content, weights, economy)


def _style_goal(
    regions: Sequence[Region],
    subjects: Sequence[Subject],
    contents: Tensor,
    encoder: Encoder,
    economy: Economy,
) -> StyleGoal:
    """The goal of one region of each subject."""
    grams = [
        style_targets(
            encoder,
            [
                (_style_pixels(style, contents[index : index + 1], subject.options), style.share)
                for style in region.styles
            ],
            economy,
        )
        for index, (region, subject) in enumerate(zip(regions, subjects, strict=True))
    ]
    together = {layer: torch.cat([each[layer] for each in grams]) for layer in STYLE_LAYERS}
    masks = [region.mask for region in regions if region.mask is not None]
    if not masks:
        return StyleGoal(together)
    assert len(masks) == len(regions)
    return StyleGoal(together, by_layer(torch.cat(masks), STYLE_LAYERS, contents))


def _content_goal(
    subjects: Sequence[Subject],
    contents: Tensor,
    encoder: Encoder,
    economy: Economy,
    standing_out: Tensor | None,
) -> ContentGoal:
    """The photos' maps; calm places, faces and what stands out count more.

    The last two are those of the photos in their styles' colours: held to its own, a face would stay a photo.
    """
    maps = content_targets(encoder, contents, economy)
    emphasis = {layer: calm_emphasis(found) for layer, found in maps.items()}
    if standing_out is not None:
        _hold_faces(subjects, contents, encoder, economy, maps, emphasis, standing_out)
    return ContentGoal(maps, emphasis)


def _hold_faces(
    subjects: Sequence[Subject],
    contents: Tensor,
    encoder: Encoder,
    economy: Economy,
    maps: Maps,
    emphasis: Maps,
    standing_out: Tensor,
) -> None:
    """Adds what is wanted of faces and what stands out to the content's maps and their emphasis, in place."""
    height, width = contents.shape[2:]
    recolored = torch.cat([each.recolored(width, height, contents.device) for each in subjects])
    recolored_maps = content_targets(encoder, recolored, economy)
    for layer, found in maps.items():
        height, width = found.shape[2:]
        salient = fit_mask(standing_out, height, width)
        faces = [each.faces_at(width, height) for each in subjects]
        counts = [face_emphasis(found[index : index + 1], each) for index, each in enumerate(faces)]
        emphasis[layer] = torch.stack([emphasis[layer], salient_emphasis(salient), torch.cat(counts)]).amax(0)
        masks = torch.cat([face_mask(width, height, each) for each in faces])
        found.lerp_(recolored_maps[layer], torch.maximum(salient, masks.to(salient)).to(found.dtype))


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
    return options.keep_colors and options.colors_by is ColorsBy.LUMINANCE


def _to_pixels(image: Image.Image, width: int, height: int, device: torch.device) -> Tensor:
    return to_pixels(to_tensor(resize(image, (width, height))).to(device))
