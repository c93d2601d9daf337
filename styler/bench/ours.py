"""Our own objective for the benchmark: by the engine, by plain autograd, and under torch's own optimisers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from styler.bench.plain import PlainEncoder
from styler.bench.setup import Setup
from styler.encoder import from_pixels, to_pixels
from styler.images import to_image, to_tensor
from styler.losses import content_loss, gamut_loss, gram_matrix, style_loss, total_variation
from styler.optimize import HISTORY
from styler.options import DEFAULT_STRENGTH
from styler.painting.balance import content_weight
from styler.painting.goals import (
    CONTENT_LAYERS,
    STYLE_LAYERS,
    ContentGoal,
    StyleGoal,
    calm_emphasis,
    content_goal,
    style_targets,
)
from styler.painting.objective import GAMUT_WEIGHT, LossWeights, Objective
from styler.painting.subjects import TV_WEIGHT
from styler.replay import repeater
from styler.transfer import load_encoder
from styler.weights import load_weights

# The middle of the strength's range.
WEIGHTS = LossWeights(1.0, content_weight(DEFAULT_STRENGTH), TV_WEIGHT)

LossAndGradient = Callable[[Tensor], tuple[Tensor, Tensor]]
"""Pixels (1, 3, H, W) float32 -> the loss, a scalar on the device, and its gradient."""


@dataclass(frozen=True, slots=True)
class Task:
    """A photo and a style at one size, as the encoder takes them: (1, 3, H, W) float32."""

    photo: Tensor
    style: Tensor


def task_at(setup: Setup, side: int) -> Task:
    """The pictures with the photo `side` pixels long, on the device."""
    photo = setup.photo_at(side)

    def pixels(picture: Image.Image) -> Tensor:
        return to_pixels(to_tensor(picture).to(setup.device))

    return Task(pixels(photo), pixels(setup.style_at(photo.width * photo.height)))


def by_the_engine(setup: Setup, task: Task, dtype: torch.dtype) -> LossAndGradient:
    """As the engine computes it."""
    objective = _objective(setup, task, dtype)

    def evaluate(pixels: Tensor) -> tuple[Tensor, Tensor]:
        parts, gradient = objective.evaluate(pixels)
        return parts.sum(), gradient

    return evaluate


def evaluation(setup: Setup, task: Task, dtype: torch.dtype) -> Callable[[], Tensor]:
    """One evaluation at the photo, as the engine repeats it: on a GPU, replayed."""
    objective = _objective(setup, task, dtype)
    repeat = repeater(setup.device)
    return lambda: repeat(lambda: objective.evaluate(task.photo)[0])


def _objective(setup: Setup, task: Task, dtype: torch.dtype) -> Objective:
    encoder = load_encoder(setup.weights, setup.device, dtype)
    style = StyleGoal(style_targets(encoder, [(task.style, 1.0)]))
    return Objective(encoder, [style], content_goal(encoder, task.photo), WEIGHTS)


def by_autograd(setup: Setup, task: Task, dtype: torch.dtype) -> LossAndGradient:
    """The same loss written down plainly, its gradient by autograd."""
    encoder = PlainEncoder(load_weights(setup.weights), setup.device, dtype, as_styler=True)
    with torch.no_grad():
        grams = {layer: gram_matrix(found) for layer, found in encoder(task.style, STYLE_LAYERS).items()}
        photo = encoder(task.photo, list(CONTENT_LAYERS))
    content = ContentGoal(photo, {layer: calm_emphasis(found) for layer, found in photo.items()})

    def evaluate(pixels: Tensor) -> tuple[Tensor, Tensor]:
        pixels = pixels.detach().requires_grad_()
        maps = encoder(pixels, {*STYLE_LAYERS, *CONTENT_LAYERS})
        loss = _plain_loss(pixels, maps, grams, content)
        (gradient,) = torch.autograd.grad(loss, pixels)
        return loss.detach(), gradient

    return evaluate


def _plain_loss(
    pixels: Tensor, maps: Mapping[str, Tensor], grams: Mapping[str, Tensor], content: ContentGoal
) -> Tensor:
    picture = from_pixels(pixels)
    style = style_loss({layer: gram_matrix(maps[layer]) for layer in grams}, grams)
    kept = content_loss(maps, content.maps, CONTENT_LAYERS, content.emphasis)
    smooth = TV_WEIGHT * total_variation(picture) + GAMUT_WEIGHT * gamut_loss(picture)
    return (WEIGHTS.style * style + WEIGHTS.content * kept + smooth).sum()


class TorchStepper:
    """Our objective under one of torch's optimisers, at one size, from the photo."""

    def __init__(self, evaluate: LossAndGradient, start: Tensor, optimizer: str) -> None:
        """optimizer: "L-BFGS", as torch has it but for its history, which is ours; or "Adam"."""
        self._evaluate = evaluate
        self._pixels = start.clone().requires_grad_()
        self._optimizer: torch.optim.Optimizer
        if optimizer == "L-BFGS":
            self._optimizer = torch.optim.LBFGS([self._pixels], max_iter=1, history_size=HISTORY)
        else:
            self._optimizer = torch.optim.Adam([self._pixels], lr=5.0)  # grey levels

    def step(self) -> None:
        self._optimizer.step(self._closure)

    def _closure(self) -> float:
        loss, self._pixels.grad = self._evaluate(self._pixels.detach())
        return loss.item()

    def picture(self) -> Image.Image:
        return to_image(from_pixels(self._pixels))
