"""Where the faces in a photo are, and how much more the photo counts there: a painted face stays a person."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from PIL import Image, ImageOps
from torch import Tensor

from styler.formats.decoding import Box
from styler.images import fit_within, resize
from styler.losses import energy
from styler.mtcnn import Found, apart, load_detector

SMALLEST = 20  # pixels: the width of the smallest face in the copy that is looked at
# That copy's long side at most: in pixels, and in those of the painting, where smaller faces cannot be kept.
LOOKED_AT, OF_PAINTING = 1280, 1.5
MOST_OVERLAP = 0.5  # of two faces, as a share of the smaller one

PEAK = 5.0  # how many times more the content counts at eyes, nose and mouth than away from faces
SKIN = 0.5  # the share of that which is left on cheeks and brow: they are to be painted

# The half axes of the ellipse that holds a face from hair-line to chin, in widths and heights of its box; and
# of those around its features, in distances between the eyes.
FACE = 0.60, 0.62
EYE, NOSE, MOUTH = (0.45, 0.35), (0.25, 0.25), (0.6, 0.32)
# How far out, from the centre to its edge, an ellipse is wholly itself, and where it is no more.
FULL, GONE = 0.6, 1.2


@dataclass(frozen=True, slots=True)
class Face:
    """A face in a picture, all in the picture's pixels; the box may stick out of it."""

    box: Box
    landmarks: tuple[tuple[float, float], ...]  # x, y of five: both eyes, the nose, both corners of the mouth
    confidence: float  # 0 to 1

    def scaled(self, across: float, down: float) -> "Face":
        """The same face in a picture `across` times as wide and `down` times as high."""
        left, top, right, bottom = self.box
        box = left * across, top * down, right * across, bottom * down
        return Face(box, tuple((x * across, y * down) for x, y in self.landmarks), self.confidence)


def looked_at(painted: int) -> int:
    """The long side of a photo that is enough to find its faces, where the painting's is `painted` pixels."""
    return min(LOOKED_AT, round(OF_PAINTING * painted))


def find_faces(image: Image.Image, painted: int = LOOKED_AT) -> tuple[Face, ...]:
    """The faces in an RGB picture, the surest first: those wider than about a sixtieth of its long side.

    painted: the long side of the painting that they are found for, in pixels; in it they will be at least 13
    wide. Raises WeightsError when the detector's weights are missing or damaged.
    """
    copy = resize(image.convert("RGB"), fit_within(*image.size, min(looked_at(painted), max(image.size))))
    found = _faces_in(copy.size, copy.tobytes())
    return tuple(face.scaled(image.width / copy.width, image.height / copy.height) for face in found)


@lru_cache(maxsize=1)  # a sheet paints the same photo again and again
def _faces_in(size: tuple[int, int], rgb: bytes) -> tuple[Face, ...]:
    """Looked at as they are and in a mirror, because some faces are only seen one way round."""
    copy = Image.frombytes("RGB", size, rgb)
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
    return tuple(
        Face((left, top, right, bottom), tuple((x, y) for x, y in places), score)
        for (left, top, right, bottom), places, score in zip(
            boxes[kept].tolist(), landmarks[kept].tolist(), scores[kept].tolist(), strict=True
        )
    )


def face_mask(width: int, height: int, faces: Sequence[Face]) -> Tensor:
    """Where the faces are in a picture, (1, 1, height, width) float32, on the CPU: 1 inside, 0 far from them.

    faces: in the pixels of a picture of this very size. Between 1 and 0 it falls smoothly.
    """
    inside = torch.zeros(height, width)
    for face in faces:
        left, top, right, bottom = face.box
        middle = (left + right) / 2, (top + bottom) / 2
        half = FACE[0] * (right - left), FACE[1] * (bottom - top)
        inside = torch.maximum(inside, _ellipse(width, height, middle, half))
    return inside.view(1, 1, height, width)


def feature_mask(width: int, height: int, face: Face) -> Tensor:
    """The same of what makes a face somebody's: eyes, nose and mouth."""
    left_eye, right_eye, nose, *corners = face.landmarks
    mouth = (corners[0][0] + corners[1][0]) / 2, (corners[0][1] + corners[1][1]) / 2
    # Seen from the side the eyes are near each other, but no smaller.
    unit = max(math.dist(left_eye, right_eye), 0.3 * (face.box[2] - face.box[0]))
    inside = torch.zeros(height, width)
    for place, (across, down) in ((left_eye, EYE), (right_eye, EYE), (nose, NOSE), (mouth, MOUTH)):
        inside = torch.maximum(inside, _ellipse(width, height, place, (across * unit, down * unit)))
    return inside.view(1, 1, height, width)


def face_emphasis(features: Tensor, faces: Sequence[Face], peak: float = PEAK) -> Tensor:
    """How much more each place of a photo's map counts, (1, 1, h, w) float32; 1 away from faces, never less.

    features: (1, C, h, w). faces: in the places of this map. Eyes, nose and mouth count `peak` times, the
    rest of a face less. It is measured against its own features and not those of the whole photo: else a
    bright face before a dark wall would stay a photo, and one in a crowd would be lost.
    """
    height, width = features.shape[2:]
    found = energy(features)
    emphasis = torch.ones_like(found)
    for face in faces:
        inside = face_mask(width, height, [face]).to(found.device)
        held = inside * feature_mask(width, height, face).clamp_min(SKIN).to(found.device)
        own = (found * inside).sum() / inside.sum().clamp_min(1e-6)
        factor = (peak * found.mean() / own.clamp_min(1e-6)).clamp(1, 2 * peak)
        emphasis = torch.maximum(emphasis, 1 + (factor - 1) * held)
    return emphasis


def _ellipse(width: int, height: int, middle: tuple[float, float], half: tuple[float, float]) -> Tensor:
    """1 within, 0 outside, (height, width); half: its half axes."""
    x = (torch.arange(width) + 0.5).view(1, -1)
    y = (torch.arange(height) + 0.5).view(-1, 1)
    out = (((x - middle[0]) / half[0]).square() + ((y - middle[1]) / half[1]).square()).sqrt()
    return smoothstep(GONE, FULL, out)


def smoothstep(none: float, whole: float, values: Tensor) -> Tensor:
    """0 at `none` and beyond it, 1 at `whole`; in between, an S without an edge at either end."""
    way = ((values - none) / (whole - none)).clamp(0, 1)
    return way.square() * (3 - 2 * way)


def _mirrored(found: Found, width: int) -> Found:
    boxes, landmarks, scores = found
    left, top, right, bottom = boxes.unbind(1)
    x, y = landmarks[:, [1, 0, 2, 4, 3]].unbind(2)  # the other eye, and the other corner of the mouth
    return torch.stack([width - right, top, width - left, bottom], 1), torch.stack([width - x, y], 2), scores
