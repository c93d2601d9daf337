"""Sizes and tensors."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from styler.images import fit_within, resize, to_image, to_tensor
from tests.styler.pictures import corners, encoded, noise

# Sizes.

sides = st.integers(1, 100_000)


@given(sides, sides, st.integers(1, 8192))
@example(1, 100_000, 1)
@example(3, 2, 1)
def test_fit_within(width: int, height: int, long_side: int) -> None:
    fitted = fit_within(width, height, long_side)
    assert max(fitted) == long_side
    assert fitted == fit_within(height, width, long_side)[::-1]
    for side, was in zip(fitted, (width, height), strict=True):
        exact = Fraction(was * long_side, max(width, height))
        assert abs(side - exact) <= Fraction(1, 2) or (side == 1 and exact < 1)


def test_fit_within_by_hand() -> None:
    assert fit_within(4000, 3000, 1024) == (1024, 768)
    assert fit_within(3000, 4000, 1000) == (750, 1000)
    assert fit_within(10, 5, 1000) == (1000, 500)  # upwards too
    assert fit_within(2000, 1001, 1000) == (1000, 501)  # 500.5
    assert fit_within(2000, 1, 100) == (100, 1)


def test_resize_down_is_an_average() -> None:
    stripes = np.zeros((64, 64, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    smaller = np.asarray(resize(Image.fromarray(stripes), (8, 8))).astype(int)
    assert np.abs(smaller - 128).max() <= 2


def test_resize_up_is_smooth_and_exact_in_size() -> None:
    larger = resize(corners(64, 48), (257, 193))
    assert larger.size == (257, 193)
    assert len({larger.getpixel((x, 20)) for x in range(120, 137)}) > 4  # no hard step


def test_resize_far_down_keeps_the_mean() -> None:
    image = noise(2000, 1500)
    mean = np.asarray(resize(image, (20, 15))).mean(axis=(0, 1))
    assert np.abs(mean - np.asarray(image).mean(axis=(0, 1))).max() < 1


def test_resize_to_the_same_size_keeps_every_pixel() -> None:
    assert resize(corners(), (64, 48)).tobytes() == corners().tobytes()


# Tensors.


def test_to_tensor() -> None:
    image = Image.new("RGB", (17, 16))
    image.putpixel((3, 2), (255, 51, 0))
    tensor = to_tensor(image)
    assert tensor.shape == (1, 3, 16, 17)
    assert tensor.dtype == torch.float32
    assert tensor.is_contiguous()
    assert tensor[0, :, 2, 3].tolist() == pytest.approx([1.0, 0.2, 0.0])
    assert tensor.sum().item() == pytest.approx(1.2)


def test_every_level_survives_the_round_trip() -> None:
    image = noise(67, 45)
    assert to_image(to_tensor(image)).tobytes() == image.tobytes()


def test_the_tensor_is_the_callers_own() -> None:
    image = corners()
    to_tensor(image).zero_()
    assert image.tobytes() == corners().tobytes()


@pytest.mark.parametrize(
    ("value", "level"),
    [(-0.5, 0), (0.0, 0), (0.49 / 255, 0), (0.51 / 255, 1), (1.0, 255), (7.0, 255), (float("inf"), 255)],
)
def test_to_image_rounds_and_clamps(value: float, level: int) -> None:
    assert to_image(torch.full((1, 3, 2, 2), value)).getpixel((0, 0)) == (level,) * 3


def test_to_image_takes_any_layout_precision_and_gradient() -> None:
    tensor = (
        to_tensor(corners()).contiguous(memory_format=torch.channels_last).to(torch.bfloat16).requires_grad_()
    )
    before = tensor.detach().clone()
    image = to_image(tensor)
    assert np.abs(np.asarray(image).astype(int) - np.asarray(corners()).astype(int)).max() <= 1
    assert torch.equal(tensor, before)


def test_what_is_no_number_is_black() -> None:
    assert to_image(torch.full((1, 3, 2, 2), float("nan"))).getpixel((1, 1)) == (0, 0, 0)


def test_pictures_can_be_inspected_without_loading_torch(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded(corners(), "PNG"))
    script = (
        "import sys; from pathlib import Path; from styler.images import inspect_picture;"
        "print(inspect_picture(Path(sys.argv[1])).width, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path / "a.png"], check=True, capture_output=True)
    assert done.stdout.split() == [b"64", b"False"]
