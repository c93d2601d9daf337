"""The algorithm of PyTorch's tutorial "Neural Transfer Using PyTorch", which most projects of this kind are.

Our own writing of it, after its description: VGG19's first five convolutions give the style (mean squared
error of Gram matrices, divided by their size), the fourth one the content (mean squared error), both before
they are rectified; the weights are 1e6 and 1; torch's L-BFGS moves the picture, which starts as the photo and
is clamped to [0, 1] before each evaluation.

Its weights are torchvision's. With the Oxford weights, whose features are some hundred times larger, each
layer is divided by its mean on the photo first: otherwise content would count for nothing.
"""

import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import mse_loss

from styler.bench.plain import PlainEncoder
from styler.bench.setup import Setup
from styler.encoder import to_pixels
from styler.images import to_image, to_tensor
from styler.weights import load_weights

STYLE_LAYERS = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")
CONTENT_LAYER = "conv2_2"
STYLE_WEIGHT, CONTENT_WEIGHT = 1e6, 1.0


class TutorialStepper:
    """One painting by the tutorial's algorithm, in float32."""

    def __init__(self, photo: Image.Image, style: Image.Image, weights: str, device: torch.device) -> None:
        """photo, style: RGB, of equal area. weights: as in StyleOptions."""
        self._encoder = PlainEncoder(load_weights(weights), device)
        start = to_tensor(photo).to(device)
        with torch.no_grad():
            content = self._encoder(to_pixels(start), STYLE_LAYERS)
            painted = self._encoder(to_pixels(to_tensor(style).to(device)), STYLE_LAYERS)
        as_published = weights == "torchvision"
        self._divisors = {
            layer: 1.0 if as_published else found.relu().mean().item() for layer, found in content.items()
        }
        self._content = content[CONTENT_LAYER] / self._divisors[CONTENT_LAYER]
        self._grams = {layer: gram(found / self._divisors[layer]) for layer, found in painted.items()}
        self._picture = start.requires_grad_()
        # One evaluation a call; the state is kept from call to call, so this is the same algorithm as twenty.
        self._optimizer: torch.optim.Optimizer = torch.optim.LBFGS([self._picture], max_iter=1)

    def step(self) -> None:
        self._optimizer.step(self.evaluate)

    def evaluate(self) -> float:
        """The loss; its gradient is left with the picture."""
        with torch.no_grad():
            self._picture.clamp_(0, 1)
        self._picture.grad = None
        found = self._encoder(to_pixels(self._picture), STYLE_LAYERS)
        scaled = {layer: each / self._divisors[layer] for layer, each in found.items()}
        style = torch.stack(
            [mse_loss(gram(scaled[layer]), self._grams[layer]) for layer in STYLE_LAYERS]
        ).sum()
        content = mse_loss(scaled[CONTENT_LAYER], self._content)
        loss = STYLE_WEIGHT * style + CONTENT_WEIGHT * content
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.item()

    def picture(self) -> Image.Image:
        return to_image(self._picture)


def tutorial_of(setup: Setup, side: int) -> TutorialStepper:
    """Its painting of the setup's pictures, `side` pixels long."""
    photo = setup.photo_at(side)
    style = setup.style_at(photo.width * photo.height)
    return TutorialStepper(photo, style, setup.weights, setup.device)


def gram(features: Tensor) -> Tensor:
    """(1, C, h, w) -> (C, C): the sum of the products of channels over C h w, as the tutorial has it."""
    flat = features.flatten(2)[0]
    return flat @ flat.t() / features.numel()
