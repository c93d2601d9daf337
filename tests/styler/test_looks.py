"""The generator of looks: it always draws the same, and what is shipped is what it draws."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from styler.looks import LOOKS, SIZE, draw
from styler.looks.__main__ import main
from styler.looks.canvas import borders, distance, noise, ramp, rgb
from styler.looks.cartoon import Cartoon
from styler.looks.pieces import Pieces, chances, means
from styler.looks.shapes import ellipse
from styler.presets import BUILT_IN_FOLDER

SMALL = 168


@pytest.fixture(scope="module", params=list(LOOKS))
def look(request: pytest.FixtureRequest) -> tuple[str, Image.Image]:
    return request.param, draw(request.param, SMALL)


def coarse(picture: Image.Image) -> np.ndarray:
    """28 x 28 mean colours, 0..1."""
    return np.asarray(picture.resize((28, 28), Image.Resampling.BOX), np.float32) / 255


def test_the_same_seed_draws_the_same_picture():
    assert draw("rose-window", 96).tobytes() == draw("rose-window", 96).tobytes()
    assert draw("anime", 96, seed=3).tobytes() == draw("anime", 96, seed=3).tobytes()
    assert draw("anime", 96, seed=3).tobytes() != draw("anime", 96, seed=4).tobytes()


def test_what_is_shipped_is_what_the_generator_draws(look: tuple[str, Image.Image]):
    name, drawn = look
    with Image.open(BUILT_IN_FOLDER / f"{name}.jpg") as shipped:
        assert shipped.size == (SIZE, SIZE)
        apart = np.abs(coarse(shipped.convert("RGB")) - coarse(drawn))
    # Lines and stones fall a little otherwise on a small canvas, but nothing large may lie elsewhere.
    assert apart.mean() < 0.04


def test_it_covers_the_picture_with_contrast_at_every_size_of_form(look: tuple[str, Image.Image]):
    grey = np.asarray(look[1].convert("L"), np.float32) / 255
    for side in (7, 28, 84):  # a look without large forms, or without strokes, would be a poor style
        levels = np.asarray(Image.fromarray(grey).resize((side, side), Image.Resampling.BOX))
        steps = np.abs(np.diff(levels, axis=0)).mean() + np.abs(np.diff(levels, axis=1)).mean()
        assert steps > 0.02
    corners = grey.reshape(4, SMALL // 4, 4, SMALL // 4).std((1, 3))
    assert corners.min() > 0.01


def test_looks_differ(look: tuple[str, Image.Image]):
    name, drawn = look
    for other in LOOKS:
        if other != name:
            with Image.open(BUILT_IN_FOLDER / f"{other}.jpg") as shipped:
                assert np.abs(coarse(shipped.convert("RGB")) - coarse(drawn)).mean() > 0.05


def test_the_command_draws_into_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["anime", "-o", str(tmp_path / "new"), "--size", "64"]) == 0
    with Image.open(tmp_path / "new" / "anime.jpg") as picture:
        assert picture.size == (64, 64)
    assert "anime.jpg" in capsys.readouterr().out


def test_the_command_refuses_an_unknown_look(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        main(["starry-night", "-o", str(tmp_path)])
    assert caught.value.code == 2
    assert "starry-night" in capsys.readouterr().err


# What the looks are drawn with


def test_colours_and_ramps():
    assert rgb("#ff0080").tolist() == [[1, 0, pytest.approx(128 / 255)]]
    black_to_white = rgb("#000000", "#ffffff")
    assert ramp(black_to_white, np.array([0.25]))[0].tolist() == [0.25, 0.25, 0.25]


def test_distance_is_euclidean_and_capped():
    marked = np.zeros((32, 32), bool)
    marked[10, 10] = True
    apart = distance(marked, 8 / 32) * 32
    assert apart[10, 10] == 0
    assert apart[13, 14] == pytest.approx(5)
    assert apart[10, 30] == pytest.approx(8)


def test_borders_lie_between_labels():
    assert borders(np.array([[1, 1, 2], [1, 1, 2]], np.int32)).tolist() == [[False, True, False]] * 2


def test_noise_is_alike_at_every_size():
    small, large = (noise(np.random.default_rng(2), n, 5) for n in (64, 256))
    assert np.abs(large.reshape(64, 4, 64, 4).mean((1, 3)) - small).max() < 0.05
    assert 0.3 < np.abs(large).max() < 1.8


def test_a_cartoon_fades_each_piece_and_passes_over_soft_seams():
    black, white = rgb("#000000", "#ffffff")
    cartoon = Cartoon(64, soft=("soft",))
    cartoon.add(np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32), black, white, fall=0.0)
    cartoon.add(ellipse(0.5, 0.5, 0.2, 0.2), white, kind="soft")
    colours = cartoon.colours()
    assert colours[5, 0, 0] < 0.05
    assert colours[5, 63, 0] > 0.95
    assert colours[32, 32, 0] == 1
    assert not cartoon.seams().any()
    assert borders(cartoon.labels()).any()


def test_means_by_piece():
    labels = np.array([[0, 0], [1, 1]], np.int32)
    assert means(labels, np.array([[1, 3], [5, 5]], np.float32), 2).tolist() == [2, 5]


def test_a_piece_keeps_its_chance_when_another_is_gone():
    keys = np.array([[7, 9, 400]], np.int64)
    all_of_them = Pieces(keys, np.random.default_rng(1)).chance()
    without_the_middle = Pieces(keys[:, ::2], np.random.default_rng(1)).chance()
    assert all_of_them[::2].tolist() == without_the_middle.tolist()


def test_chances_are_evenly_spread():
    drawn = chances(np.arange(10_000, dtype=np.int64), 5)
    assert 0 <= drawn.min() < 0.001 < 0.999 < drawn.max() < 1
    assert np.histogram(drawn, 10, (0, 1))[0].min() > 900
    assert abs(np.corrcoef(drawn, chances(np.arange(10_000, dtype=np.int64), 6))[0, 1]) < 0.05
