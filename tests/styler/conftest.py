"""The real encoder, loaded once, and small pictures with something to see in them."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from styler import pyramid
from styler.device import best_precision
from styler.encoder import Encoder
from styler.network import convolutions
from styler.network.convolutions import Weights
from styler.transfer import load_encoder
from styler.weights import load_weights

CPU = torch.device("cpu")
LOW = 64  # pixels: of the first scale, where a test wants several


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """In float32, its convolutions plainly made: exact, whatever the machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolutions, "winograd_pays", lambda _: False)
        return Encoder(load_weights("embedded"), CPU, torch.float32)


@pytest.fixture
def low_pyramid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paintings of 96 px have two scales already."""
    monkeypatch.setattr(pyramid, "FIRST_SIDE", LOW)


@pytest.fixture(scope="session")
def fast_encoder() -> Encoder:
    """In the precision that this machine would paint in, or bfloat16 where that is float32."""
    fast = best_precision(CPU)
    return load_encoder("embedded", CPU, fast if fast != torch.float32 else torch.bfloat16)


@pytest.fixture(scope="session")
def weights() -> Weights:
    return load_weights("embedded")


@pytest.fixture(scope="session")
def photo() -> Image.Image:
    """120 x 80: a sky, a hill, and a dark figure with a light face."""
    picture = Image.new("RGB", (120, 80), (150, 190, 230))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((-40, 45, 160, 140), fill=(70, 130, 60))
    draw.rectangle((50, 30, 70, 75), fill=(40, 30, 60))
    draw.ellipse((51, 12, 69, 34), fill=(230, 190, 160))
    draw.point([(57, 21), (63, 21)], fill=(10, 10, 10))
    return picture


@pytest.fixture(scope="session")
def style() -> Image.Image:
    """96 x 96: orange and blue waves."""
    y, x = np.mgrid[0:96, 0:96].astype(np.float32)
    wave = 0.5 + 0.5 * np.sin((x + 9 * np.sin(y / 7)) / 3)
    orange, blue = np.array([240.0, 140, 30]), np.array([30.0, 40, 120])
    return Image.fromarray((wave[..., None] * orange + (1 - wave[..., None]) * blue).astype(np.uint8))


@pytest.fixture(scope="session")
def random_pixels() -> Callable[..., torch.Tensor]:
    """Pixels as the encoder takes them: (N, 3, H, W) float32, around 0 in grey levels."""

    def make(height: int = 48, width: int = 64, seed: int = 1, pictures: int = 1) -> torch.Tensor:
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(pictures, 3, height, width, generator=generator) * 50

    return make
