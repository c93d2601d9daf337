"""Paintings that hang, threads that die, an engine that is gone: with real threads, and short patience."""

import asyncio
import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from bot.executor import StyleExecutor
from bot.jobs import Failure
from bot.painting.orders import CannotPaint, TookTooLong, failure_reason
from bot.painting.painter import EngineAway, EngineInfo, Painting
from bot.queue.open_jobs import Run
from bot.queue.watchdog import EngineLost, EngineSilent, Watchdog
from styler import DeviceError, OutputError, PictureError, PictureReason, PresetError

PAINTED = Painting(Path("painting.jpg"), 128, 96, 1.0, False)
LONG = 60.0  # seconds: no test waits for that


class Studio(StyleExecutor):
    """Real threads, and an engine that answers as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.answer: Callable[[], EngineInfo] = lambda: EngineInfo("cpu", 768, on_gpu=False)
        self.asked = 0

    def warm_up(self, device: str) -> "Future[EngineInfo]":
        self.asked += 1
        return self.submit(self.answer)


@pytest.fixture
def studio() -> Iterator[Studio]:
    executor = Studio()
    yield executor
    executor.shutdown(wait=False)


@pytest.fixture
def stuck() -> Iterator[Callable[[], Painting]]:
    """A painting that heeds nothing, until the test is over."""
    over = threading.Event()

    def paint() -> Painting:
        over.wait(LONG)
        return PAINTED

    yield paint
    over.set()


def watchdog(studio: Studio, limit: float = LONG, step: float = LONG, answer: float = LONG) -> Watchdog:
    return Watchdog(studio, "cpu", limit, step_seconds=step, answer_seconds=answer)


async def test_what_is_painted_in_time_comes_out_as_it_is(studio: Studio) -> None:
    assert await watchdog(studio).paint(lambda: studio.submit(lambda: PAINTED), Run("job")) is PAINTED


async def test_a_painting_over_its_time_is_asked_to_stop(studio: Studio) -> None:
    run, threads = Run("job"), []

    def paint() -> Painting:
        threads.append(threading.current_thread())
        run.stop.wait(LONG)
        return PAINTED

    dog = watchdog(studio, limit=0.2)
    with pytest.raises(TookTooLong) as raised:
        await dog.paint(lambda: studio.submit(paint), run)
    assert failure_reason(raised.value) == "time"
    await dog.after(raised.value)
    assert studio.asked == 0, "it stopped when it was told: nothing is wrong with the engine"
    assert await dog.paint(lambda: studio.submit(lambda: PAINTED), Run("next")) is PAINTED
    assert studio.submit(threading.current_thread).result(LONG) is threads[0], "by the same thread"


async def test_a_painting_that_hangs_is_left_and_others_are_painted(studio: Studio, stuck) -> None:
    dog = watchdog(studio, limit=0.1, step=0.1)
    with pytest.raises(TookTooLong) as raised:
        await dog.paint(lambda: studio.submit(stuck), Run("hangs"))
    await dog.after(raised.value)
    assert studio.asked == 1
    assert await dog.paint(lambda: studio.submit(lambda: PAINTED), Run("next")) is PAINTED
    assert not studio.is_idle(0), "what hangs is known of at the end of the program"


@pytest.mark.parametrize("asked", ["stop", "yields"])
async def test_a_painting_that_hangs_when_it_is_to_stop_does_not_wait_for_its_limit(
    studio: Studio, stuck, asked: str
) -> None:
    run = Run("hangs", sheet=True)
    getattr(run, asked).set()
    began = time.monotonic()
    with pytest.raises(TookTooLong):
        await watchdog(studio, step=0.1).paint(lambda: studio.submit(stuck), run)
    assert time.monotonic() - began < LONG / 2


async def test_two_that_hang_in_a_row_end_the_bot(studio: Studio, stuck) -> None:
    dog = watchdog(studio, limit=0.1, step=0.1)

    async def hang() -> TookTooLong:
        with pytest.raises(TookTooLong) as raised:
            await dog.paint(lambda: studio.submit(stuck), Run("hangs"))
        return raised.value

    await dog.after(await hang())
    await dog.paint(lambda: studio.submit(lambda: PAINTED), Run("well"))
    await dog.after(await hang())
    with pytest.raises(EngineLost):
        await dog.after(await hang())


async def test_a_dead_thread_is_replaced(studio: Studio) -> None:
    thread = studio.submit(threading.current_thread).result(LONG)
    died = ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit)
    )
    assert died == 1
    studio.submit(time.sleep, 0)  # wakes it up, to find out that it is to end
    thread.join(LONG)
    assert not thread.is_alive()
    assert (
        await watchdog(studio, answer=0.3).paint(lambda: studio.submit(lambda: PAINTED), Run("job"))
        is PAINTED
    )


async def test_a_painting_that_has_begun_may_take_longer_than_an_answer(studio: Studio) -> None:
    painting: Future[Painting] = Future()
    painting.set_running_or_notify_cancel()
    begun = []

    def begin() -> "Future[Painting]":
        begun.append(painting)
        return painting

    asyncio.get_running_loop().call_later(0.3, painting.set_result, PAINTED)
    assert await watchdog(studio, answer=0.05).paint(begin, Run("job")) is PAINTED
    assert len(begun) == 1


async def test_when_not_even_a_new_thread_begins_that_is_said(studio: Studio) -> None:
    def never() -> "Future[Painting]":
        return Future()

    dog = watchdog(studio, answer=0.1)
    with pytest.raises(EngineSilent):
        await dog.paint(never, Run("job"))


async def test_an_exit_within_the_painting_is_a_failure_of_that_painting(studio: Studio) -> None:
    def leave() -> Painting:
        raise SystemExit(3)

    with pytest.raises(RuntimeError, match="SystemExit") as raised:
        await watchdog(studio).paint(lambda: studio.submit(leave), Run("job"))
    assert failure_reason(raised.value) == "engine"


async def test_memory_that_is_not_there_is_a_failure_of_that_painting(studio: Studio) -> None:
    def greedy() -> Painting:
        bytearray(1 << 60)
        return PAINTED

    dog = watchdog(studio)
    with pytest.raises(MemoryError) as raised:
        await dog.paint(lambda: studio.submit(greedy), Run("job"))
    assert failure_reason(raised.value) == "memory"
    await dog.after(raised.value)
    assert await dog.paint(lambda: studio.submit(lambda: PAINTED), Run("next")) is PAINTED


@pytest.mark.parametrize(
    "error",
    [
        CannotPaint(Failure.LOST),
        PictureError(PictureReason.EMPTY, "empty"),
        PresetError("there is none of that name"),
        OutputError("the disk is full"),
    ],
    ids=["lost", "picture", "preset", "disk"],
)
async def test_a_bad_picture_says_nothing_about_the_engine(studio: Studio, error: Exception) -> None:
    await watchdog(studio).after(error)
    assert studio.asked == 0


async def test_an_engine_that_is_away_is_not_lost(studio: Studio) -> None:
    def away() -> EngineInfo:
        raise EngineAway("the other machine cannot be reached")

    studio.answer = away
    await watchdog(studio).after(RuntimeError("the connection broke"))
    assert studio.asked == 1


async def test_an_engine_that_is_gone_ends_the_bot(studio: Studio, stuck) -> None:
    def gone() -> EngineInfo:
        raise DeviceError("CUDA error: an illegal memory access was encountered")

    studio.answer = gone
    with pytest.raises(EngineLost, match="illegal memory access"):
        await watchdog(studio).after(RuntimeError("CUDA error"))
    studio.answer = stuck
    with pytest.raises(EngineLost, match="does not answer"):
        await watchdog(studio, answer=0.1).after(RuntimeError("CUDA error"))
