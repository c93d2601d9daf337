"""The face detector: three small networks, each looking closer at what the one before let pass.

Zhang et al., "Joint Face Detection and Alignment using Multi-task Cascaded Convolutional Networks" (2016).
The weights come inside the `mtcnn` package (MIT), of which only they are used, never its code: that wants
TensorFlow. Two deviations from it: candidates are cut out with Pillow, which averages where it shrinks, and a
candidate that sticks out of the picture sees its border repeated as plain grey.
"""

import io
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from torch import Tensor

from styler.carried import carried_bytes
from styler.images import to_tensor

WEIGHTS_SHA256 = {
    "pnet": "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5",
    "rnet": "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee",
    "onet": "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3",
}

# For N faces, float32, in pixels: boxes (N, 4) as left, top, right, bottom; landmarks (N, 5, 2) as x, y of
# both eyes, the nose and both corners of the mouth; and how sure the detector is of each (N,).
Found: TypeAlias = tuple[Tensor, Tensor, Tensor]

CELL, STRIDE = 12, 2  # pixels: what the first network sees at each place, and how far apart its places lie
SHRINK = 0.709  # from one size of the picture to the next: half the area
MOST = 600  # boxes looked at further: crowds have fewer; leaves and bricks, thousands that come to nothing
GREY = (127, 127, 127)  # nothing, to the networks

# How sure each network must be, and how much two boxes may overlap before the less sure one goes.
PROPOSED, REFINED, FINAL = 0.6, 0.7, 0.85
OVERLAP_IN_SIZE, OVERLAP, OVERLAP_FINAL = 0.5, 0.7, 0.5


class Detector:
    """Finds the faces in a picture; on the CPU, where so little work is soonest done."""

    def __init__(self) -> None:
        self._proposer = _Network("pnet", pools=(2,), heads=2)
        self._refiner = _Network("rnet", pools=(3, 3), heads=2)
        self._final = _Network("onet", pools=(3, 3, 2), heads=3)

    @torch.inference_mode()
    def __call__(self, picture: Image.Image, smallest: float) -> Found:
        """The faces in an RGB picture, the surest first, in its pixels; boxes may stick out of it.

        smallest: the width in pixels of the smallest face worth finding.
        """
        boxes = self._propose(picture, smallest)
        if len(boxes):
            shifts, scores = self._refiner(_cut(picture, boxes, 24))
            sure = scores > REFINED
            boxes, scores = _shift(boxes, shifts)[sure], scores[sure]
            boxes = _square(boxes[apart(boxes, scores, OVERLAP)])
        if not len(boxes):
            return boxes, torch.empty(0, 5, 2), torch.empty(0)
        shifts, places, scores = self._final(_cut(picture, boxes, 48))
        sides = boxes[:, 2:] - boxes[:, :2]
        # The network gives all five x, then all five y, as shares of the box.
        landmarks = places.view(-1, 2, 5).transpose(1, 2) * sides[:, None] + boxes[:, None, :2]
        sure = scores > FINAL
        boxes, landmarks, scores = _shift(boxes, shifts)[sure], landmarks[sure], scores[sure]
        kept = apart(boxes, scores, OVERLAP_FINAL, of_smaller=True)
        return boxes[kept], landmarks[kept], scores[kept]

    def _propose(self, picture: Image.Image, smallest: float) -> Tensor:
        """The squares, (N, 4), that may hold a face, among all places in all sizes."""
        boxes, scores = [torch.empty(0, 4)], [torch.empty(0)]
        scale = CELL / smallest
        while min(picture.size) * scale >= CELL:
            found, sureness = self._propose_at(picture, scale)
            kept = apart(found, sureness, OVERLAP_IN_SIZE)
            boxes.append(found[kept])
            scores.append(sureness[kept])
            scale *= SHRINK
        every, sureness = torch.cat(boxes), torch.cat(scores)
        return _square(every[apart(every, sureness, OVERLAP)])

    def _propose_at(self, picture: Image.Image, scale: float) -> tuple[Tensor, Tensor]:
        """The boxes (N, 4), in pixels of `picture`, that may hold a face of CELL pixels at `scale`."""
        size = round(picture.width * scale), round(picture.height * scale)
        shifts, scores = self._proposer(_to_input(picture.resize(size, Image.Resampling.BOX))[None])
        down, across = (scores[0] > PROPOSED).nonzero(as_tuple=True)
        corners = torch.stack([across, down], 1) * STRIDE
        boxes = torch.cat([corners, corners + CELL], 1) + shifts[0, :, down, across].T * CELL
        real = torch.tensor(picture.size) / torch.tensor(size)
        return boxes * real.repeat(2), scores[0, down, across]


class _Network:
    """One of the three: convolutions with PReLU, pooling after the first ones, then heads side by side."""

    def __init__(self, name: str, pools: Sequence[int], heads: int) -> None:
        """pools: the sides of the windows, one for each convolution that pooling follows."""
        weights = _load(name)
        body, ends = weights[: -2 * heads], weights[-2 * heads :]
        self._body = [(body[k], body[k + 1], body[k + 2]) for k in range(0, len(body), 3)]
        self._heads = [(ends[k], ends[k + 1]) for k in range(0, len(ends), 2)]
        self._pools = dict(enumerate(pools))

    def __call__(self, x: Tensor) -> tuple[Tensor, ...]:
        """(N, 3, H, W) as `_to_input` gives it -> what each head says, (N, its channels) or (N, its channels,
        places down, places across); the last one, without channels, how sure it is of a face.
        """
        x = x.contiguous(memory_format=torch.channels_last)  # pools an order of magnitude faster on a CPU
        for place, (weight, bias, slope) in enumerate(self._body):
            x = F.prelu(_apply(x, weight, bias), slope)
            if place in self._pools:
                x = F.max_pool2d(x, self._pools[place], 2, ceil_mode=True)
        *others, kinds = (_apply(x, weight, bias) for weight, bias in self._heads)
        return *others, kinds.softmax(1)[:, 1]


def _apply(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    if weight.dim() == 4:
        return F.conv2d(x, weight, bias)
    # Trained on maps whose places lie column by column, channels last.
    return F.linear(x.permute(0, 3, 2, 1).flatten(1) if x.dim() == 4 else x, weight, bias)


@lru_cache(maxsize=1)
def load_detector() -> Detector:
    """The detector, kept. Raises WeightsError when its weights are missing or damaged."""
    return Detector()


def _load(name: str) -> list[Tensor]:
    """The weights of one network, turned to torch's layout: (out, in, H, W) or (out, in), and vectors."""
    import joblib

    file, digest = f"assets/weights/{name}.lz4", WEIGHTS_SHA256[name]
    # Joblib's files are pickles, which can run code: only the very bytes that were checked are opened.
    content = carried_bytes("mtcnn", file, digest, what="the face detector's weights")
    arrays = (torch.from_numpy(array) for array in joblib.load(io.BytesIO(content)))
    return [_to_torch(array) for array in arrays]


def _to_torch(array: Tensor) -> Tensor:
    match array.dim():
        case 4:
            return array.permute(3, 2, 0, 1).contiguous()
        case 2:
            return array.t().contiguous()
        case _:
            return array.flatten()


def _to_input(picture: Image.Image) -> Tensor:
    """RGB -> (3, H, W) float32, about -1 to 1, as the networks were trained."""
    return (to_tensor(picture)[0] * 255 - 127.5) / 128


def _cut(picture: Image.Image, boxes: Tensor, side: int) -> Tensor:
    """What lies in each of `boxes` (N, 4), as the networks' input (N, 3, side, side)."""
    sticks_out = torch.cat([-boxes[:, :2], boxes[:, 2:] - torch.tensor(picture.size)]).max()
    margin = max(0, math.ceil(sticks_out))
    room = ImageOps.expand(picture, margin, GREY)
    return torch.stack(
        [
            _to_input(room.resize((side, side), Image.Resampling.BILINEAR, box=(*place,), reducing_gap=2.0))
            for place in (boxes + margin).tolist()
        ]
    )


def _shift(boxes: Tensor, shifts: Tensor) -> Tensor:
    """Moves each side of each box (N, 4) by a share of the box's own width or height."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return boxes + shifts * sides.repeat(1, 2)


def _square(boxes: Tensor) -> Tensor:
    """The squares around the boxes (N, 4), with the same centres."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True) / 2
    return torch.cat([centres - half, centres + half], 1)


def apart(boxes: Tensor, scores: Tensor, overlap: float, *, of_smaller: bool = False) -> Tensor:
    """The places of the surest boxes (N, 4), surest first, of which no two overlap by more than `overlap`.

    That is their common area as a share of both areas together, or of the smaller one.
    """
    order = scores.argsort(descending=True)[:MOST]
    too_near = (_overlaps(boxes[order], of_smaller=of_smaller) > overlap).numpy()
    stays = np.ones(len(order), dtype=bool)
    for place in range(len(order)):
        if stays[place]:
            stays[place + 1 :] &= ~too_near[place, place + 1 :]
    return order[torch.from_numpy(stays)]


def _overlaps(boxes: Tensor, *, of_smaller: bool) -> Tensor:
    """(N, 4) -> (N, N)"""
    low, high = boxes[:, :2], boxes[:, 2:]
    common = (torch.minimum(high[:, None], high) - torch.maximum(low[:, None], low)).clamp(min=0).prod(2)
    area = (high - low).prod(1)
    return common / (torch.minimum(area[:, None], area) if of_smaller else area[:, None] + area - common)
