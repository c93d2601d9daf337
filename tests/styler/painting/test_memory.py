import pytest
import torch

from styler.device import is_out_of_memory
from styler.encoder import Economy
from styler.errors import OutOfMemory
from styler.painting import memory
from styler.painting.memory import bytes_needed, with_room, within_memory

CARD = torch.device("cuda", 7)  # never touched: only its name counts
CPU = torch.device("cpu")
HALF = torch.bfloat16
MEGAPIXEL = 1_000_000


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_shortages", {})
    monkeypatch.setattr(memory, "free_caches", lambda device: None)


class Card:
    """Has so many bytes, and notes what it was asked for."""

    def __init__(self, holds: float, error: type[Exception] = torch.OutOfMemoryError) -> None:
        self.holds, self.error = holds, error
        self.asked: list[Economy] = []

    def paint(self, economy: Economy) -> str:
        self.asked.append(economy)
        if bytes_needed(CARD, economy, HALF, 4 * MEGAPIXEL) > self.holds:
            raise self.error("CUDA out of memory")
        return "painted"

    def paint_plainly(self) -> str:
        return self.paint(memory.LAST_RUNGS[-1])


def test_what_fits_is_painted_at_once() -> None:
    card = Card(holds=80e9)
    assert within_memory(CARD, HALF, 4 * MEGAPIXEL, card.paint) == "painted"
    assert card.asked == [memory.GPU_LADDER[0]]


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError, MemoryError])
def test_the_ladder_frees_caches_then_spares_more_and_is_remembered(error) -> None:
    first, second, third = memory.GPU_LADDER[:3]
    card = Card(bytes_needed(CARD, third, HALF, 4 * MEGAPIXEL), error)
    assert within_memory(CARD, HALF, 4 * MEGAPIXEL, card.paint) == "painted"
    assert card.asked == [first, first, second, third]
    card.asked.clear()
    within_memory(CARD, HALF, 4 * MEGAPIXEL, card.paint)
    assert card.asked == [third]
    card.asked.clear()
    within_memory(CARD, HALF, MEGAPIXEL, card.asked.append)
    assert card.asked == [first], "of a smaller picture all may be kept"


def test_at_the_end_of_the_ladder_it_is_told() -> None:
    card = Card(holds=0)
    with pytest.raises(OutOfMemory, match="smaller size"):
        within_memory(CARD, HALF, 4 * MEGAPIXEL, card.paint)
    assert card.asked[-1] == memory.LAST_RUNGS[-1]
    with pytest.raises(OutOfMemory):
        within_memory(CARD, HALF, 4 * MEGAPIXEL, card.paint)


def test_what_is_known_to_be_too_much_never_becomes_more() -> None:
    small = Card(holds=0)
    with pytest.raises(OutOfMemory):
        within_memory(CARD, HALF, MEGAPIXEL, small.paint)
    known = memory._too_much(CARD)
    with pytest.raises(OutOfMemory):
        within_memory(CARD, HALF, 16 * MEGAPIXEL, small.paint)
    assert memory._too_much(CARD) == known


def test_a_shortage_is_forgotten_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    first, second = memory.GPU_LADDER[:2]
    card = Card(bytes_needed(CARD, second, HALF, 4 * MEGAPIXEL))
    within_memory(CARD, HALF, 4 * MEGAPIXEL, card.paint)
    card.holds, card.asked = 80e9, []
    for now[0] in (memory.REMEMBERED - 1, memory.REMEMBERED + 1):
        within_memory(CARD, HALF, 4 * MEGAPIXEL, card.paint)
    assert card.asked == [second, first]


def test_each_rung_needs_less() -> None:
    for device, ladder in (
        (CARD, memory.GPU_LADDER),
        (CPU, memory.CPU_LADDER),
        (CPU, memory.WIDE_LADDER),
    ):
        needs = [bytes_needed(device, rung, HALF, 4 * MEGAPIXEL) for rung in (*ladder, *memory.LAST_RUNGS)]
        assert needs == sorted(needs, reverse=True)


@pytest.mark.parametrize(
    "words",
    [
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory",
        "MPS backend out of memory",
        "could not create a primitive",
        "std::bad_alloc",
        "GET was unable to find an engine to execute this computation",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    ],
)
def test_errors_that_mean_it_without_a_class_of_their_own(words: str) -> None:
    assert is_out_of_memory(RuntimeError(words))
    assert not is_out_of_memory(ValueError(words))


def test_what_little_lacks_room_for_is_tried_again_without_what_is_only_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    freed: list[torch.device] = []
    monkeypatch.setattr(memory, "free_caches", freed.append)

    def paint() -> str:
        if not freed:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return "painted"

    assert with_room(CARD, paint) == "painted"
    assert freed == [CARD]
    with pytest.raises(torch.OutOfMemoryError):
        with_room(CARD, Card(holds=0).paint_plainly)
    with pytest.raises(ZeroDivisionError):
        with_room(CARD, lambda: 1 / 0)


def test_other_errors_pass() -> None:
    def fail(_economy: Economy) -> None:
        raise RuntimeError("shapes differ")

    with pytest.raises(RuntimeError, match="shapes differ"):
        within_memory(CARD, HALF, MEGAPIXEL, fail)


@pytest.mark.parametrize(
    ("precision", "pixels", "remade"),
    [
        (HALF, 60_000, 0),
        (torch.float32, 60_000, 0),
        (HALF, MEGAPIXEL, 1),
        (torch.float32, 260_000, 1),
        (torch.float32, MEGAPIXEL, 2),
    ],
)
def test_on_a_cpu_more_is_made_again_the_larger_the_maps(monkeypatch, precision, pixels, remade) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    asked: list[Economy] = []
    within_memory(CPU, precision, pixels, asked.append)
    assert [economy.remade for economy in asked] == [remade]


def test_a_cpu_is_asked_before(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Economy] = []
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    for pixels in (65_536, MEGAPIXEL, 16 * MEGAPIXEL):
        within_memory(CPU, HALF, pixels, asked.append)
    assert [economy.remade for economy in asked] == [0, 1, 2]
    monkeypatch.setattr(memory, "free_memory", lambda: 1_500_000_000)
    within_memory(CPU, HALF, MEGAPIXEL, asked.append)
    assert asked[-1].remade > 1
    assert bytes_needed(CPU, asked[-1], HALF, MEGAPIXEL) < 1_500_000_000
    least = bytes_needed(CPU, memory.LAST_RUNGS[-1], HALF, MEGAPIXEL)
    monkeypatch.setattr(memory, "free_memory", lambda: 1.1 * least)
    within_memory(CPU, HALF, MEGAPIXEL, asked.append)
    assert asked[-1] == memory.LAST_RUNGS[-1], "it is tried where it may just do"


def test_a_cpu_is_not_asked_for_more_than_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system would not refuse, but kill the program."""
    least = bytes_needed(CPU, memory.LAST_RUNGS[-1], HALF, MEGAPIXEL)
    monkeypatch.setattr(memory, "free_memory", lambda: 0.9 * least)
    asked: list[Economy] = []
    with pytest.raises(OutOfMemory, match="smaller size"):
        within_memory(CPU, HALF, MEGAPIXEL, asked.append)
    assert asked == []


def test_caches_are_given_back_before_a_cpu_is_called_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    free = [0]
    monkeypatch.setattr(memory, "free_memory", lambda: free[0])
    monkeypatch.setattr(memory, "free_caches", lambda _device: free.__setitem__(0, 10**10))
    asked: list[Economy] = []
    within_memory(CPU, HALF, MEGAPIXEL, asked.append)
    assert asked == [memory.LAST_RUNGS[-1]]
