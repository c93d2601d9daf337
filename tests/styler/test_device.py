"""Which GPU can be painted on, told by what PyTorch says of GPUs that are not here."""

import pytest
import torch

from styler.device import _first_usable, _has_code_for, resolve_device
from styler.errors import DeviceError

WHEEL = ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120"]  # what a CUDA build has code for


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A GPU of this generation."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: WHEEL)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: request.param)
    _has_code_for.cache_clear()
    _first_usable.cache_clear()


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize("card", [(7, 5), (8, 0), (8, 9), (9, 0), (10, 3), (12, 0)], indirect=True)
def test_a_gpu_that_there_is_code_for_paints() -> None:
    assert resolve_device("auto") == torch.device("cuda")
    assert resolve_device("cuda:0") == torch.device("cuda", 0)


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize("card", [(5, 2), (6, 1), (7, 0), (11, 0)], indirect=True)
def test_one_that_there_is_no_code_for_is_left_alone() -> None:
    """Or the first painting would fail with words that nobody understands."""
    assert resolve_device("auto").type in {"cpu", "mps"}
    with pytest.raises(DeviceError, match="cuda is a GPU that this PyTorch has no code for"):
        resolve_device("cuda")


def test_the_first_gpu_that_there_is_code_for_paints(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Though an old one stands before it; that is told, once."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: WHEEL)
    monkeypatch.setattr(torch.cuda, "get_device_capability", [(6, 1), (8, 6), (9, 0)].__getitem__)
    _has_code_for.cache_clear()
    _first_usable.cache_clear()
    for _ in range(2):
        assert resolve_device("auto") == torch.device("cuda", 1)
    assert [record.getMessage() for record in caplog.records] == [
        "cuda:0 is passed over: this PyTorch has no code for that GPU"
    ]


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize("card", [(9, 0)], indirect=True)
@pytest.mark.parametrize("name", ["cuda:1", "cuda:128", "cuda:255", "cuda:256", "cuda:65536"])
def test_a_number_is_not_taken_for_another(name: str) -> None:
    """PyTorch keeps eight bits of it."""
    with pytest.raises(DeviceError, match=f"there is no {name} here: 1 CUDA devices were found"):
        resolve_device(name)


@pytest.mark.parametrize(
    ("code", "capability", "runs"),
    [
        ("sm_86", (8, 6), True),
        ("sm_86", (8, 9), True),
        ("sm_86", (8, 0), False),
        ("sm_120", (12, 1), True),
        ("sm_90a", (9, 0), True),
        ("sm_100f", (10, 3), True),
        ("sm_100f", (12, 0), False),
        ("sm_100a", (10, 0), True),
        ("sm_100a", (10, 3), False),  # what ends in "a" is for this one alone
        ("compute_90", (9, 0), False),
    ],
)
def test_code_for_special_gpus(
    code: str, capability: tuple[int, int], runs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: [code])
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    _has_code_for.cache_clear()
    assert _has_code_for(0) == runs
