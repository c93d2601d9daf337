"""Where the faces in a photo are, and how much more the photo counts there: a painted face stays a person."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image, ImageOps
from torch import Tensor

from styler.decoding import Box
from styler.images import fit_within, resize
from styler.losses import energy
from styler.mtcnn import Found, apart, load_detector

# Pixels: the long side of the copy that is looked at, at most, and the width of the smallest face in it.
LOOKED_AT, SMALLEST = 1280, 20
MOST_OVERLAP = 0.5  # of two faces, as a share of the smaller one

PEAK = 5.0  # how many times more the content counts in a face than elsewhere

# The half axes of the ellipse that holds a face from hair-line to chin, in widths and heights of its box; and
# how far out, from the centre to that ellipse, it is all face, and where it is face no more.
HALF_WIDTH, HALF_HEIGHT = 0.60, 0.62
FULL, GONE = 0.6, 1.2


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture, all in the picture's pixels; the box may stick out of it."""

    box: Box
    landmarks: tuple[tuple[float, float], ...]  # x, y: both eyes, the nose, both corners of the mouth
    confidence: float  # 0 to 1

    def scaled(self, across: float, down: float) -> "Face":
        """The same face in a picture `across` times as wide and `down` times as high."""
        left, top, right, bottom = self.box
        box = left * across, top * down, right * across, bottom * down
        return Face(box, tuple((x * across, y * down) for x, y in self.landmarks), self.confidence)


def find_faces(image: Image.Image) -> tuple[Face, ...]:
    """The faces in an RGB picture, the surest first: those wider than about a sixtieth of its long side.

    It is looked at as it is and in a mirror, because some faces are only seen one way round.
    Raises WeightsError when the detector's weights are missing or damaged.
    """
    size = fit_within(*image.size, min(LOOKED_AT, max(image.size)))
    copy = resize(image.convert("RGB"), size)
    detector = load_detector()
    boxes, landmarks, scores = (
        torch.cat(pair)
        for pair in zip(
            detector(copy, SMALLEST),
            _mirrored(detector(ImageOps.mirror(copy), SMALLEST), copy.width),
            strict=True,
        )
    )
    kept = apart(boxes, scores, MOST_OVERLAP, of_smaller=True)
    found = (
        Face((left, top, right, bottom), tuple((x, y) for x, y in places), score)
        for (left, top, right, bottom), places, score in zip(
            boxes[kept].tolist(), landmarks[kept].tolist(), scores[kept].tolist(), strict=True
        )
    )
    return tuple(face.scaled(image.width / size[0], image.height / size[1]) for face in found)


def face_mask(width: int, height: int, faces: Sequence[Face]) -> Tensor:
    """Where the faces are in a picture, (1, 1, height, width) float32, on the CPU: 1 inside, 0 far from them.

    faces: in the pixels of a picture of this very size. Between 1 and 0 it falls smoothly.
    """
    y = (torch.arange(height) + 0.5).view(-1, 1)
    x = (torch.arange(width) + 0.5).view(1, -1)
    inside = torch.zeros(height, width)
    for face in faces:
        left, top, right, bottom = face.box
        across = (x - (left + right) / 2) / (HALF_WIDTH * (right - left))
        down = (y - (top + bottom) / 2) / (HALF_HEIGHT * (bottom - top))
        fall = ((GONE - (across.square() + down.square()).sqrt()) / (GONE - FULL)).clamp(0, 1)
        inside = torch.maximum(inside, fall.square() * (3 - 2 * fall))  # without an edge at either end
    return inside.view(1, 1, height, width)


def face_emphasis(features: Tensor, faces: Sequence[Face], peak: float = PEAK) -> Tensor:
    """How much more each place of a photo's map counts, (1, 1, h, w) float32; 1 away from faces, never less.

    features: (1, C, h, w). faces: in the places of this map. A face counts `peak` times, measured against its
    own features and not those of the whole photo: else a bright face before a dark wall would stay a photo,
    and one in a crowd would be lost.
    """
    height, width = features.shape[2:]
    found = energy(features)
    emphasis = torch.ones_like(found)
    for face in faces:
        inside = face_mask(width, height, [face]).to(found.device)
        own = (found * inside).sum() / inside.sum().clamp_min(1e-6)
        factor = (peak * found.mean() / own.clamp_min(1e-6)).clamp(1, 2 * peak)
        emphasis = torch.maximum(emphasis, 1 + (factor - 1) * inside)
    return emphasis


def _mirrored(found: Found, width: int) -> Found:
    boxes, landmarks, scores = found
    left, top, right, bottom = boxes.unbind(1)
    x, y = landmarks[:, [1, 0, 2, 4, 3]].unbind(2)  # the other eye, and the other corner of the mouth
    return torch.stack([width - right, top, width - left, bottom], 1), torch.stack([width - x, y], 2), scores
