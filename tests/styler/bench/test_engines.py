"""What is timed: each engine does what it says, and the plain writing of our loss is the engine's own."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from styler.bench.ours import TorchStepper, by_autograd, by_the_engine, task_at
from styler.bench.peers import PasticheStepper
from styler.bench.plain import PlainEncoder, convolution_work
from styler.bench.setup import PHOTO, STYLE, Setup
from styler.bench.stepper import paint
from styler.bench.tutorial import TutorialStepper, gram
from styler.encoder import Encoder
from styler.weights import load_weights

CPU = torch.device("cpu")
SETUP = Setup(photo=PHOTO, style=STYLE, device=CPU)
LAYERS = ("relu1_1", "relu2_2", "relu3_1", "relu4_3", "relu5_1")


def difference(one: Image.Image, other: Image.Image) -> float:
    pixels = [torch.frombuffer(bytearray(each.tobytes()), dtype=torch.uint8).float() for each in (one, other)]
    return (pixels[0] - pixels[1]).abs().mean().item()


def test_the_plain_encoder_sees_what_the_engines_does(encoder: Encoder, random_pixels) -> None:
    pixels = random_pixels(45, 64)
    expected = encoder(pixels, LAYERS)
    found = PlainEncoder(load_weights("embedded"), CPU, as_styler=True)(pixels, LAYERS)
    for layer in LAYERS:
        torch.testing.assert_close(found[layer], expected[layer], rtol=1e-3, atol=1e-2)


def test_as_published_it_pads_with_zeros_and_rounds_down(random_pixels) -> None:
    pixels, weights = random_pixels(45, 64), load_weights("embedded")
    found = PlainEncoder(weights, CPU)(pixels, ("conv1_1", "relu1_1", "relu2_1"))
    assert found["relu2_1"].shape == (1, 128, 22, 32)
    first = weights["conv1_1"]
    expected = F.conv2d(pixels, first.weight, first.bias, padding=1)
    torch.testing.assert_close(found["conv1_1"], expected)
    torch.testing.assert_close(found["relu1_1"], expected.clamp_min(0))


@pytest.mark.parametrize("seed", [3, 4])
def test_our_loss_by_autograd_is_the_engines(random_pixels, seed: int) -> None:
    task = task_at(SETUP, 72)
    pixels = task.photo + 0.5 * random_pixels(*task.photo.shape[2:], seed=seed)
    loss, gradient = by_the_engine(SETUP, task, torch.float32)(pixels)
    plain_loss, plain_gradient = by_autograd(SETUP, task, torch.float32)(pixels)
    assert plain_loss.item() == pytest.approx(loss.item(), rel=1e-3)
    torch.testing.assert_close(plain_gradient, gradient, rtol=1e-2, atol=1e-2 * gradient.abs().max().item())
    assert torch.cosine_similarity(plain_gradient.flatten(), gradient.flatten(), 0) > 0.9999


@pytest.mark.parametrize("optimizer", ["L-BFGS", "Adam"])
def test_torchs_optimisers_lower_our_loss(optimizer: str) -> None:
    task = task_at(SETUP, 64)
    evaluate = by_the_engine(SETUP, task, torch.float32)
    seen: list[float] = []

    def watched(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        loss, gradient = evaluate(pixels)
        seen.append(loss.item())
        return loss, gradient

    stepper = TorchStepper(watched, task.photo, optimizer)
    painted = paint(stepper, CPU, steps=12)
    assert painted.steps == len(seen) == 12  # a step is one evaluation
    assert min(seen) < 0.8 * seen[0]
    assert painted.picture.size == (64, 64)


def test_time_ends_a_painting_too() -> None:
    class Waiting:
        steps = 0

        def step(self) -> None:
            self.steps += 1

        def picture(self) -> Image.Image:
            return Image.new("RGB", (1, 1))

    stepper = Waiting()
    painted = paint(stepper, CPU, seconds=0.02)
    assert painted.steps == stepper.steps > 1
    assert painted.seconds >= 0.02


def test_the_tutorial_starts_from_the_photo_and_lowers_its_loss() -> None:
    photo, style = SETUP.photo_at(64), SETUP.style_at(64 * 64)
    stepper = TutorialStepper(photo, style, "embedded", CPU)
    assert difference(stepper.picture(), photo) == 0
    before = stepper.evaluate()
    paint(stepper, CPU, steps=10)
    assert stepper.evaluate() < 0.5 * before
    assert difference(stepper.picture(), photo) > 5


def test_the_tutorials_gram_matrix() -> None:
    features = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])  # two channels of two places
    torch.testing.assert_close(gram(features), torch.tensor([[5.0, 11.0], [11.0, 25.0]]) / 4)


def test_pastiche_paints() -> None:
    stepper = PasticheStepper(PHOTO, STYLE, 64, CPU)
    before = stepper.picture()
    assert difference(before, SETUP.photo_at(64)) < 8  # it resizes in its own way
    paint(stepper, CPU, steps=3)
    assert difference(stepper.picture(), before) > 3


def test_the_work_of_convolutions() -> None:
    assert convolution_work(10, 10, "conv1_1") == 2 * 2 * 9 * 3 * 64 * 100
    one, two = convolution_work(10, 10, "conv1_1"), convolution_work(10, 10, "conv1_2")
    assert two - one == 2 * 2 * 9 * 64 * 64 * 100
    assert convolution_work(512, 512) / 1e9 == pytest.approx(379, abs=1)


def test_the_pictures_are_those_of_the_repository() -> None:
    assert SETUP.photo_at(100).size == (100, 100)
    width, height = replace(SETUP, style=Path(STYLE)).style_at(10_000).size
    assert width * height == pytest.approx(10_000, rel=0.02)
