import pytest
import torch

from styler import memory
from styler.memory import LEAST_STRIP_PIXELS, OutOfMemory, within_memory

CARD = torch.device("cuda", 7)  # never touched: only its name counts
MEGAPIXEL = 1_000_000


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_known_limits", {})
    monkeypatch.setattr(memory, "free_caches", lambda device: None)


class Card:
    """Fits so many pixels at once, and notes what it was asked for."""

    def __init__(self, fits: int, error: type[Exception] = torch.OutOfMemoryError) -> None:
        self.fits, self.error = fits, error
        self.asked: list[int | None] = []

    def paint(self, strip_pixels: int | None) -> str:
        self.asked.append(strip_pixels)
        if (strip_pixels or 4 * MEGAPIXEL) > self.fits:
            raise self.error("CUDA out of memory")
        return "painted"


def test_what_fits_is_painted_whole() -> None:
    card = Card(fits=9 * MEGAPIXEL)
    assert within_memory(CARD, 4 * MEGAPIXEL, card.paint) == "painted"
    assert card.asked == [None]


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError, MemoryError])
def test_the_ladder_frees_caches_then_halves_and_is_remembered(error) -> None:
    card = Card(fits=MEGAPIXEL, error=error)
    assert within_memory(CARD, 4 * MEGAPIXEL, card.paint) == "painted"
    assert card.asked == [None, None, 2 * MEGAPIXEL, MEGAPIXEL]
    card.asked.clear()
    within_memory(CARD, 4 * MEGAPIXEL, card.paint)
    assert card.asked == [MEGAPIXEL]


def test_at_the_end_of_the_ladder_it_is_told() -> None:
    card = Card(fits=0)
    with pytest.raises(OutOfMemory, match="smaller size"):
        within_memory(CARD, 4 * MEGAPIXEL, card.paint)
    assert min(asked for asked in card.asked if asked) >= LEAST_STRIP_PIXELS


@pytest.mark.parametrize(
    "words",
    [
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory",
        "MPS backend out of memory",
        "could not create a primitive",
        "std::bad_alloc",
    ],
)
def test_errors_that_mean_it_without_a_class_of_their_own(words: str) -> None:
    assert memory.is_out_of_memory(RuntimeError(words))
    assert not memory.is_out_of_memory(ValueError(words))


def test_other_errors_pass() -> None:
    def fail(strip_pixels: int | None) -> None:
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        within_memory(CARD, MEGAPIXEL, fail)


def test_a_cpu_is_asked_before(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int | None] = []
    cpu = torch.device("cpu")
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    within_memory(cpu, MEGAPIXEL, asked.append)
    within_memory(cpu, 4 * MEGAPIXEL, asked.append)
    monkeypatch.setattr(memory, "free_memory", lambda: 1_000_000_000)
    within_memory(cpu, MEGAPIXEL, asked.append)
    assert asked[:2] == [None, memory.CPU_STRIP_PIXELS]
    assert asked[2] is not None
    assert asked[2] * memory.BYTES_PER_PIXEL <= 1_000_000_000


def test_this_machine_tells_its_free_memory() -> None:
    free = memory.free_memory()
    assert free is None or free > 0
