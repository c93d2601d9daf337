"""What a GPU asks of the code, checked where there is none.

Two stand-ins: a recorder that does on the CPU what a CUDA graph does, and PyTorch's fake tensors, which
have a device and a shape but no values that anything could wait for.
"""

import itertools
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest
import torch
from PIL import ImageOps
from torch import Tensor
from torch._subclasses.fake_tensor import DataDependentOutputException, FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from styler import StyleOptions, optimize, replay, stylize
from styler.encoder import Encoder, _mean_on
from styler.faces import Face
from styler.masks import plan_regions
from styler.optimize import minimize
from styler.painting import recordings
from styler.painting.memory import GPU_LADDER, free_caches
from styler.painting.subjects import AtScale, Subject, standing_out_in
from styler.pyramid import Scale
from styler.sources import Style


def tensors(*values: object) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(values) if isinstance(leaf, Tensor)]


def memory_of(x: Tensor) -> int:
    return x.untyped_storage().data_ptr() if x.layout == torch.strided else id(x)


class Recording(TorchDispatchMode):
    """Stands in for torch.cuda.CUDAGraph and torch.cuda.graph.

    While it records, nothing happens to what was there before; `replay` repeats the same operations on the
    same memory. What Python code decided or counted meanwhile is not repeated.
    """

    replays = 0

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, Any, Any, list[Tensor]]] = []
        self._before: dict[int, tuple[Tensor, Tensor]] = {}
        self._own: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        for x in tensors(args, kwargs):
            if x.layout == torch.strided and memory_of(x) not in self._own | self._before.keys():
                whole = torch.empty(0, dtype=x.dtype).set_(x.untyped_storage())
                self._before[memory_of(x)] = whole, whole.clone()
        found = func(*args, **kwargs)
        self._own |= {memory_of(x) for x in tensors(found)} - self._before.keys()
        self.calls.append((func, args, kwargs, tensors(found)))
        return found

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        for whole, as_it_was in self._before.values():
            whole.copy_(as_it_was)

    def replay(self) -> None:
        Recording.replays += 1
        for func, args, kwargs, found in self.calls:
            for x, again in zip(found, tensors(func(*args, **kwargs)), strict=True):
                if memory_of(x) != memory_of(again):
                    x.copy_(again)


@pytest.fixture
def replayed(monkeypatch: pytest.MonkeyPatch) -> type[Recording]:
    """Steps are recorded and replayed, as on CUDA."""
    Recording.replays = 0
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Recording)
    monkeypatch.setattr(torch.cuda, "graph", lambda recording, stream, capture_error_mode: recording)
    monkeypatch.setattr(torch.cuda, "device", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "stream", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: None)
    monkeypatch.setattr(torch.cuda, "Stream", lambda _: object())
    monkeypatch.setattr(replay, "_idle", defaultdict(list))
    monkeypatch.setattr(replay._Replayed, "given_up", False)
    monkeypatch.setattr(optimize, "repeater", replay._Replayed)
    return Recording


@pytest.fixture
def kept(replayed, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Recording]]:
    """And kept for the next painting, likewise."""
    monkeypatch.setattr(recordings, "records", lambda _: True)
    monkeypatch.setattr(recordings, "_reserved", lambda _: 0)
    monkeypatch.setattr(recordings, "_memory_of", lambda _: 1)
    recordings.forget()
    yield replayed
    recordings.forget()


def test_a_replayed_painting_is_the_same(photo, style, replayed, monkeypatch) -> None:
    options = StyleOptions(size=64, steps=12, device="cpu")
    found = stylize(photo, style, options)
    assert replayed.replays == 12 - replay._Replayed.WARM_UP
    monkeypatch.undo()
    expected = stylize(photo, style, options)
    assert found.losses == expected.losses
    assert found.image.tobytes() == expected.image.tobytes()


def test_python_takes_no_part_in_a_replayed_step(replayed) -> None:
    """Or the test above would show nothing."""
    taken = []

    def evaluate(x: Tensor) -> tuple[Tensor, Tensor]:
        taken.append(x)
        return x.square().sum(1, keepdim=True), 2 * x

    minimize(torch.ones(1, 4), evaluate, 9, lambda *_: True)
    assert len(taken) == replay._Replayed.WARM_UP + 1
    assert replayed.replays == 9 - replay._Replayed.WARM_UP


def test_the_next_painting_of_its_kind_is_only_replayed(photo, style, kept, monkeypatch) -> None:
    """Another photo, another style, another strength and another start, in the same memory."""
    first = StyleOptions(size=64, steps=6, device="cpu")
    second = replace(first, strength=20, seed=5, content_weight=2)
    stylize(photo, style, first)
    before = kept.replays
    found = stylize(ImageOps.mirror(photo), "starry-night", second)
    assert kept.replays - before == 6
    monkeypatch.undo()
    expected = stylize(ImageOps.mirror(photo), "starry-night", second)
    assert found.losses == expected.losses
    assert found.image.tobytes() == expected.image.tobytes()


def test_a_stopped_painting_leaves_its_recording_to_the_next(photo, style, kept, monkeypatch) -> None:
    options = StyleOptions(size=64, steps=6, device="cpu")
    stops = iter([False] * 4 + [True])
    assert stylize(photo, style, options, should_stop=lambda: next(stops)).stopped
    before = kept.replays
    found = stylize(photo, style, options)
    assert kept.replays - before == 6
    monkeypatch.undo()
    assert found.image.tobytes() == stylize(photo, style, options).image.tobytes()


@pytest.mark.parametrize(
    "change", [{"tv_weight": 3.0}, {"steps": 6, "size": 72}, {"masked": True}, {"keep_colors": True}]
)
def test_a_painting_of_another_kind_is_recorded_by_itself(photo, style, change, kept, monkeypatch) -> None:
    """But keeping colours changes only numbers."""
    options = StyleOptions(size=64, steps=6, device="cpu")
    stylize(photo, style, options)
    before = kept.replays
    changed = dict(change)
    masks = [half_white(photo)] if changed.pop("masked", False) else []
    found = stylize(photo, style, replace(options, **changed), masks=masks)
    same = "keep_colors" in change
    assert kept.replays - before == 6 - (0 if same else replay._Replayed.WARM_UP)
    monkeypatch.undo()
    expected = stylize(photo, style, replace(options, **changed), masks=masks)
    assert found.image.tobytes() == expected.image.tobytes()


def test_no_more_recordings_are_kept_than_some(photo, style, kept) -> None:
    for size in range(64, 64 + 4 * (recordings.KEPT + 2), 4):
        stylize(photo, style, StyleOptions(size=size, steps=1, device="cpu"))
    assert len(recordings._kept) == recordings.KEPT
    free_caches(torch.device("cpu"))
    assert not recordings._kept


def test_no_more_memory_is_kept_than_a_share_of_the_gpus(photo, style, kept, monkeypatch) -> None:
    """Each of these takes a fifth: two are kept, the latest."""
    reserved = itertools.count(0, 200)  # asked for before and after each
    monkeypatch.setattr(recordings, "_reserved", lambda _: next(reserved))
    monkeypatch.setattr(recordings, "_memory_of", lambda _: 1000)
    sizes = [64, 68, 72, 76]
    for size in sizes:
        stylize(photo, style, StyleOptions(size=size, steps=1, device="cpu"))
    assert [each.size for each in recordings._kept.values()] == [200, 200]
    assert [kind[2][3] for kind in recordings._kept] == sizes[-2:]


def test_what_another_gpu_keeps_makes_no_room_here(kept, monkeypatch) -> None:
    def one(index: int) -> recordings._Kept:
        return recordings._Kept(Mock(), Mock(), torch.device("cuda", index), 200)

    monkeypatch.setattr(recordings, "_kept", OrderedDict(a=one(1), b=one(0), c=one(0), d=one(0)))
    recordings._forget_too_much(torch.device("cuda", 0), 500)
    assert list(recordings._kept) == ["a", "c", "d"]


def test_what_is_larger_than_that_by_itself_is_not_kept(photo, style, kept, monkeypatch) -> None:
    reserved = iter([0, 600])
    monkeypatch.setattr(recordings, "_reserved", lambda _: next(reserved))
    monkeypatch.setattr(recordings, "_memory_of", lambda _: 1000)
    stylize(photo, style, StyleOptions(size=64, steps=1, device="cpu"))
    assert not recordings._kept


class LookedAtSlowly(OrderedDict[Any, Any]):
    """Other threads have their turn while somebody goes through it."""

    def items(self) -> Any:
        for each in super().items():
            time.sleep(0.001)
            yield each


def test_several_threads_may_keep_and_forget_at_once(kept, monkeypatch) -> None:
    """Each on a GPU of its own, say; or one that has no room forgets what others keep."""
    monkeypatch.setattr(recordings, "_kept", LookedAtSlowly())
    monkeypatch.setattr(recordings, "Descent", lambda *_: Mock(run=lambda pixels, *_: pixels))
    pixels, failures = torch.zeros(1, 3, 2, 2), []

    def paint(thread: int) -> None:
        try:
            for turn in range(12):
                objective = Mock(kind=lambda turn=turn: (thread, turn))
                recordings.descend(objective, pixels, 1, lambda *_: True)
            recordings.forget()
        except (RuntimeError, KeyError) as failure:
            failures.append(failure)

    threads = [threading.Thread(target=paint, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_too_little_memory_to_record_in_is_no_reason_to_do_without(replayed, monkeypatch) -> None:
    """It is told, so that what others have recorded is given up for it."""

    def no_room(recording: Recording) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Recording, "__enter__", no_room)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda _: None)
    with pytest.raises(torch.OutOfMemoryError):
        minimize(torch.ones(1, 4), lambda x: (x.sum(1, keepdim=True), x), 9, lambda *_: True)


def test_of_living_recordings_each_has_a_stream_of_its_own(replayed) -> None:
    """And takes one that is left before a new one: PyTorch has only some dozens."""
    cpu, taken = torch.device("cpu"), []

    def recorded() -> replay._Replayed:
        one = replay._Replayed(cpu)
        for _ in range(replay._Replayed.WARM_UP + 1):
            one(lambda: torch.ones(1))
        taken.append(one._stream)
        return one

    living = [recorded() for _ in range(3)]
    assert len(set(taken)) == 3
    del living[0]
    living.append(recorded())
    assert taken[3] is taken[0]


@pytest.mark.parametrize(
    "words", ["CUDA error: out of memory", "GET was unable to find an engine to execute"]
)
def test_what_means_too_little_memory_is_told_while_recording_too(replayed, words, monkeypatch) -> None:
    def no_room(recording: Recording) -> None:
        raise RuntimeError(words)

    monkeypatch.setattr(Recording, "__enter__", no_room)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda _: None)
    with pytest.raises(RuntimeError, match=words):
        minimize(torch.ones(1, 4), lambda x: (x.sum(1, keepdim=True), x), 9, lambda *_: True)


def test_too_little_memory_is_told_where_the_broken_recording_tells_less(replayed, monkeypatch) -> None:
    """Or no painting of this process were recorded any more."""
    leave, calls = Recording.__exit__, itertools.count(1)

    def broken(recording: Recording, *error: object) -> None:
        leave(recording, *error)
        raise RuntimeError("operation failed due to a previous error during capture")

    def evaluate(x: Tensor) -> tuple[Tensor, Tensor]:
        if next(calls) > replay._Replayed.WARM_UP:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return x.square().sum(1, keepdim=True), 2 * x

    monkeypatch.setattr(Recording, "__exit__", broken)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda _: None)
    with pytest.raises(torch.OutOfMemoryError):
        minimize(torch.ones(1, 4), evaluate, 9, lambda *_: True)
    assert not replay._Replayed.given_up


def test_what_cannot_be_recorded_is_called(replayed, monkeypatch, caplog) -> None:
    def not_permitted(recording: Recording) -> None:
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(Recording, "__enter__", not_permitted)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda _: None)
    minimize(torch.ones(1, 4), lambda x: (x.square().sum(1, keepdim=True), 2 * x), 9, lambda *_: True)
    assert replayed.replays == 0
    assert "steps are not recorded" in caplog.text


def test_what_could_not_be_recorded_once_is_not_tried_again(replayed, monkeypatch) -> None:
    """Each attempt leaves something behind in PyTorch, and takes the time of some steps."""
    tried, leave = [], Recording.__exit__

    def not_permitted(recording: Recording, *error: object) -> None:
        leave(recording, *error)
        tried.append(recording)
        raise RuntimeError("operation failed due to a previous error during capture")

    monkeypatch.setattr(Recording, "__exit__", not_permitted)  # when all has been recorded
    monkeypatch.setattr(torch.cuda, "synchronize", lambda _: None)
    one = replay._Replayed(torch.device("cpu"))
    for _ in range(9):
        one(lambda: torch.ones(1))
    assert one._result is None
    assert not replay.records(torch.device("cuda"))
    minimize(torch.ones(1, 4), lambda x: (x.square().sum(1, keepdim=True), 2 * x), 9, lambda *_: True)
    assert len(tried) == 1


class Mark:
    """In place of a GPU's event."""

    def __init__(self, recorded: list["Mark"]) -> None:
        self.done = False
        self._recorded = recorded

    def record(self, *_: object) -> None:
        self._recorded.append(self)

    def synchronize(self) -> None:
        self.done = True


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_the_host_never_runs_far_ahead_of_a_gpu(kind, monkeypatch) -> None:
    marks: list[Mark] = []
    monkeypatch.setattr(getattr(torch, kind), "Event", lambda **_: Mark(marks))
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: None)
    pace = replay.Pace(torch.device(kind, 0))
    for _ in range(10):
        pace.keep()
        assert sum(not mark.done for mark in marks) <= replay.Pace.AHEAD
    assert [mark.done for mark in marks] == [True] * 7 + [False] * 3


class OnTheDevice(TorchDispatchMode):
    """Refuses what makes the host and a GPU wait for each other."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        devices = {x.device.type for x in tensors(args, kwargs, found) if x.dim()}
        assert len(devices) <= 1, f"{func} goes between {devices}"
        return found


class NoPace:
    """In place of `Pace`, whose events need a real GPU."""

    def __init__(self, _: torch.device) -> None: ...

    def keep(self) -> None: ...


def subject(photo, styles: tuple[Style, ...]) -> Subject:
    options = StyleOptions(size=photo.width, strength=50)
    face = Face((50, 12, 70, 34), ((57, 21), (63, 21), (60, 25), (57, 29), (63, 29)), 0.9)
    return Subject(photo, styles, plan_regions(styles, *photo.size), (face,), options)


def half_white(photo):
    mask = photo.convert("L").point(lambda _: 0)
    mask.paste(255, (0, 0, photo.width // 2, photo.height))
    return mask


@pytest.fixture
def fake_gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeTensorMode]:
    monkeypatch.setattr(optimize, "Pace", NoPace)
    # Colours are found on the CPU, beforehand.
    monkeypatch.setattr(Subject, "recolored", lambda _, photo, examples: photo)
    yield FakeTensorMode(allow_non_fake_inputs=True)
    _mean_on.cache_clear()  # it has kept a fake one


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("economy", GPU_LADDER)
def test_no_step_waits_for_a_gpu(economy, masked, weights, photo, style, fake_gpu, monkeypatch) -> None:
    first = Style("first", style, 1.0, 50, half_white(photo) if masked else None)
    pair = (subject(photo, (first,)),) * 2
    watched = []

    def take(step: Callable[[], Tensor]) -> Tensor:
        with OnTheDevice():
            watched.append(step())
        return watched[-1]

    monkeypatch.setattr(optimize, "repeater", lambda _: take)
    with fake_gpu:
        gpu = torch.device("cuda", 0)
        pixels = torch.cat([each.pixels(*photo.size, gpu) for each in pair])
        encoder, scale = Encoder(weights, gpu, torch.bfloat16), Scale(*photo.size, 4)
        standing_out = standing_out_in(pair, encoder)
        objective = AtScale(pair, scale, encoder, economy).objective(torch.ones(2, device=gpu), standing_out)
        painted = minimize(pixels, objective.evaluate, scale.steps, lambda *_: True)
    assert len(watched) == scale.steps
    assert painted.device == gpu
    assert painted.shape == (2, 3, 80, 120)


def test_fake_tensors_tell_a_step_that_waits() -> None:
    """Or the test above would show nothing."""
    with FakeTensorMode(), pytest.raises(DataDependentOutputException):
        torch.ones(2, device="cuda").sum().item()
    with FakeTensorMode(), pytest.raises(AssertionError, match="goes between"), OnTheDevice():
        torch.ones(2).to("cuda")
