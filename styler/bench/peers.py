"""Engines by others, each used where it is installed."""

import warnings
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from PIL import Image

PASTICHE_STEPS = 500  # of the painting to be reached


def pastiche_version() -> str | None:
    """The version that is installed, None where none is."""
    return version("pastiche") if find_spec("pastiche") else None


class PasticheStepper:
    """One painting by pastiche (github.com/dstein64/pastiche), with its own defaults: L-BFGS, one scale."""

    def __init__(self, photo: Path, style: Path, side: int, device: torch.device) -> None:
        """photo, style: files. side: the painting's long side in pixels."""
        from pastiche.pastiche import PasticheArtist

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # it reads pictures in Pillow's old way
            self._artist = PasticheArtist(str(photo), [str(style)], size=side, device=str(device))

    def step(self) -> None:
        self._artist.draw()

    def picture(self) -> Image.Image:
        from pastiche.pastiche import save_image

        with TemporaryDirectory(prefix="styler-") as folder:
            path = Path(folder) / "painting.png"
            save_image(self._artist.pastiche, path)
            with Image.open(path) as picture:
                return picture.convert("RGB")
