"""Where a painting stands, so that it can be gone on with: after a stop or a crash, or on another device.

What is kept is the picture and what later steps depend on, but not the optimiser's memory of its last steps,
which is ten times as large: it finds its feet again within a few steps.
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from styler.outputs import write_whole
from styler.painting.subjects import Subject
from styler.pyramid import Scale
from styler.version import engine_version

log = logging.getLogger(__name__)

FORMAT = "2"  # of the file, and of what the numbers in it mean


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """A painting after one of its steps. All tensors are float32, on the CPU."""

    painting: str  # which one: see `name_painting`
    scale: int  # 0-based
    step: int  # taken at this scale
    elapsed: float  # seconds of painting so far
    pixels: Tensor  # (N, 3, H, W): the best so far at this scale; about 0..255 less the mean, see `to_pixels`
    content_weights: Tensor  # (N,): how firmly each photo is held
    losses: Tensor  # (N, 4): of the last evaluation

    def save(self, path: str | Path) -> None:
        """Writes the file whole or not at all. Raises OSError, which names it."""
        tensors = {name: getattr(self, name) for name in _TENSORS}
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        metadata = {"format": FORMAT, "numbers": json.dumps(numbers), "digest": _digest(numbers, tensors)}
        try:
            write_whole(Path(path), save(tensors, metadata))
        except OSError as error:  # of a file beside it that nobody knows of
            raise OSError(error.errno, error.strerror, str(path)) from None

    def fits(self, painting: str, pyramid: Sequence[Scale]) -> bool:
        """Whether it is of this painting, and can be of it."""
        if self.painting != painting or not 0 <= self.scale < len(pyramid):
            return False
        scale = pyramid[self.scale]
        return 0 <= self.step <= scale.steps and self.pixels.shape[2:] == (scale.height, scale.width)


_TENSORS = ("pixels", "content_weights", "losses")
_NUMBERS = tuple(field.name for field in fields(Checkpoint) if field.name not in _TENSORS)


def load_checkpoint(path: str | Path) -> Checkpoint | None:
    """What `Checkpoint.save` wrote; None where there is nothing, or nothing that can be trusted."""
    path = Path(path)
    try:
        content = path.read_bytes()
        size = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + size])["__metadata__"]
        numbers: dict[str, Any] = json.loads(metadata["numbers"])
        tensors: dict[str, Any] = load(content)
        if metadata["format"] == FORMAT and metadata["digest"] == _digest(numbers, tensors):
            return Checkpoint(**numbers, **tensors)
        log.info("%s is of another version, or damaged: it is left aside.", path.name)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        log.info("%s cannot be read and is left aside: %s", path.name, error)
    return None


def name_painting(subjects: Sequence[Subject], pyramid: Sequence[Scale]) -> str:
    """A digest of all that decides what is painted; the device does not, nor where the pictures lie."""
    digest = hashlib.sha256(f"{FORMAT} {engine_version()} {pyramid}".encode())
    for subject in subjects:
        digest.update(repr(asdict(replace(subject.options, device="auto"))).encode())
        _add(digest, subject.photo)
        for style in subject.styles:
            digest.update(repr(style.share).encode())
            _add(digest, style.image)
            _add(digest, style.mask)
    return digest.hexdigest()


def on_cpu(tensor: Tensor) -> Tensor:
    """A copy that no later step overwrites. Waits for the device."""
    return tensor.detach().to("cpu", torch.float32, copy=True).contiguous()


def _add(digest: "hashlib._Hash", picture: Image.Image | None) -> None:
    digest.update(b"-" if picture is None else f"{picture.mode} {picture.size}".encode() + picture.tobytes())


def _digest(numbers: dict[str, object], tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256(json.dumps(numbers).encode())
    for name in _TENSORS:
        digest.update(name.encode() + tensors[name].numpy().tobytes())
    return digest.hexdigest()
