import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from styler import ColorsBy, DeviceError, OptionsError, Quality, StyleOptions
from styler import device as devices
from styler.device import default_size, resolve_device


@pytest.mark.parametrize(
    "bad",
    [
        {"size": 63},
        {"size": 8193},
        {"strength": -1},
        {"strength": 101},
        {"strength": math.nan},
        {"steps": 0},
        {"style_weight": -0.1},
        {"content_weight": math.inf},
        {"tv_weight": math.nan},
        {"seed": -1},
        {"seed": 2**63},
        {"seed": 10**310},
        {"size": 10**310},
        {"steps": 10**310},
        {"strength": 10**310},
        {"size": 64.5},
        {"size": "64"},
        {"steps": 1.5},
        {"strength": "50"},
        {"style_weight": None},
        {"keep_colors": "no"},
        {"faces": 1},
        {"quality": "superb"},
        {"colors_by": "magic"},
        {"strength": True},
        {"steps": True},
        {"seed": False},
        {"device": "gpu"},
        {"device": "cpu:5"},
        {"device": "cuda:"},
        {"device": None},
        {"device": 0},
        {"weights": 3},
        {"weights": "some"},
        {"weights": None},
    ],
)
def test_what_is_out_of_range_is_refused_by_name(bad) -> None:
    with pytest.raises(OptionsError, match=next(iter(bad)).split("_")[0]):
        StyleOptions(**bad)


def test_quality_and_ways_to_keep_colours_may_be_given_as_words() -> None:
    assert StyleOptions(quality="best").quality is Quality.BEST
    assert StyleOptions(colors_by="matched").colors_by is ColorsBy.MATCHED


def test_whoever_says_how_colours_are_kept_wants_them_kept() -> None:
    for way in ColorsBy:
        assert StyleOptions(colors_by=way).keep_colors
    assert not StyleOptions().keep_colors
    assert replace(StyleOptions(keep_colors=True), keep_colors=False) == StyleOptions()


def test_the_least_and_the_most_are_allowed() -> None:
    assert StyleOptions(seed=2**63 - 1).seed == 2**63 - 1
    assert StyleOptions(size=8192, steps=10_000, strength=100, style_weight=1e6).size == 8192
    assert StyleOptions(size=np.int64(64), strength=np.float32(0), seed=np.uint64(0)).size == 64


def test_devices_and_weights_that_may_be_there() -> None:
    for device in ("auto", "cpu", "cuda", "cuda:12", "mps"):
        assert StyleOptions(device=device).device == device
    for weights in ("embedded", "torchvision", "some/vgg.pth", "~/vgg.safetensors"):
        assert StyleOptions(weights=weights).weights == weights


def test_numbers_of_other_kinds_become_pythons_own() -> None:
    """NumPy's cannot seed a generator, nor be written as JSON; a fraction has no format for the recipe."""
    found = StyleOptions(
        size=np.int64(128),
        steps=np.int32(9),
        seed=np.int64(3),
        strength=Fraction(61, 2),
        tv_weight=np.float32(2),
    )
    assert found == StyleOptions(size=128, steps=9, seed=3, strength=30.5, tv_weight=2)
    kinds = [type(each) for each in (found.size, found.steps, found.seed, found.strength, found.tv_weight)]
    assert kinds == [int, int, int, float, float]
    assert repr(StyleOptions(strength=np.float64(30.5))) == repr(StyleOptions(strength=30.5))


def test_options_are_frozen() -> None:
    with pytest.raises(AttributeError):
        StyleOptions().size = 5


@pytest.mark.parametrize("name", ["tpu", "cuda:99", "cpu:x", "", "meta"])
def test_a_device_that_is_not_there(name) -> None:
    with pytest.raises(DeviceError):
        resolve_device(name)


def test_auto_is_some_device_and_cpu_is_the_cpu() -> None:
    assert resolve_device("auto").type in {"cpu", "cuda", "mps"}
    assert resolve_device("cpu").type == "cpu"


@pytest.mark.parametrize(
    ("device", "precision", "threads", "size"),
    [
        ("cuda", torch.float32, 2, 1024),
        ("cpu", torch.bfloat16, 1, 768),
        ("cpu", torch.float32, 4, 768),
        ("cpu", torch.float32, 3, 512),
    ],
)
def test_the_default_size_is_one_that_nobody_waits_long_for(
    device: str, precision: torch.dtype, threads: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "best_precision", lambda _: precision)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert default_size(torch.device(device)) == size
