"""Section `reach`: how soon `styler` is at least as close to style and photo as pastiche's 500 steps."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from styler.bench.clock import Timing, say, timed
from styler.bench.measures import Measures, Yardstick
from styler.bench.peers import PASTICHE_STEPS, PasticheStepper, pastiche_version
from styler.bench.pictures import COLUMNS, paint_repeatedly, row
from styler.bench.report import Section, Table, times
from styler.bench.setup import Setup
from styler.bench.stepper import paint
from styler.options import StyleOptions
from styler.transfer import stylize

TEXT = """\
The fewest steps of `styler` after which its painting is no farther than pastiche's after {steps} steps by
each of four figures at once: style, swd, content and edge. pastiche's time is its own seconds per step,
measured in this run before and after `styler`'s paintings, times {steps}."""

FIRST_STEPS, GROWTH, MOST_STEPS = 12, 1.2, 400  # the numbers of steps that are tried
TIMED_STEPS = 4  # of pastiche, before and again after
WARM_UP_STEPS = 2


@dataclass(frozen=True, slots=True)
class _Reached:
    strength: float | None
    steps: int
    found: Measures


def measure_reach(setup: Setup) -> Section:
    """Paints with more and more steps until the reference is reached."""
    section = Section(
        name="reach",
        title=f"To pastiche's {PASTICHE_STEPS} steps",
        text=TEXT.format(steps=PASTICHE_STEPS),
    )
    reason = _why_not(setup)
    if reason is not None:
        return replace(section, skipped=(reason,))
    say("reach: pastiche's steps")
    pastiche = PasticheStepper(setup.photo, setup.style, setup.side, setup.device)
    yardstick = setup.yardstick()
    reference = setup.reference
    if reference is None:
        reference = yardstick.measure(paint(pastiche, setup.device, steps=PASTICHE_STEPS).picture)
    paint(pastiche, setup.device, steps=WARM_UP_STEPS)
    steps = [timed(pastiche.step, setup.device) for _ in range(TIMED_STEPS)]
    reached = list(_tries(setup, yardstick, reference))
    shortest = min(
        (each for each in reached if each.found.reaches(reference)), key=lambda each: each.steps, default=None
    )
    timing = None
    if shortest is not None:
        timing, _ = paint_repeatedly(setup, _options(setup, shortest.strength, shortest.steps))
    steps += [timed(pastiche.step, setup.device) for _ in range(TIMED_STEPS)]
    theirs = PASTICHE_STEPS * Timing(tuple(steps)).median
    return _told(section, setup.side, reference, theirs, reached, shortest, timing)


def _why_not(setup: Setup) -> str | None:
    if not pastiche_version():
        return "pastiche is not installed"
    if setup.quick:
        return "it takes minutes"
    if setup.reference is None and setup.device.type == "cpu":
        return "pastiche's painting of these takes a quarter of an hour on a CPU: give it by --reference"
    return None


def _options(setup: Setup, strength: float | None, steps: int) -> StyleOptions:
    return StyleOptions(
        size=setup.side, device=str(setup.device), weights=setup.weights, strength=strength, steps=steps
    )


def _tries(setup: Setup, yardstick: Yardstick, reference: Measures) -> Iterator[_Reached]:
    """More and more steps, for each strength until it has reached the reference or others did in fewer."""
    enough = MOST_STEPS
    for strength in setup.strengths:
        steps = FIRST_STEPS
        while steps <= enough:
            result = stylize(setup.photo, setup.style, _options(setup, strength, steps))
            found = yardstick.measure(result.image)
            say(f"reach: strength {result.options.strength:g}, {steps} steps: {found}")
            yield _Reached(result.options.strength, steps, found)
            if found.reaches(reference):
                enough = steps - 1
            steps = round(steps * GROWTH)


def _told(
    section: Section,
    side: int,
    reference: Measures,
    theirs: float,
    tries: list[_Reached],
    shortest: _Reached | None,
    timing: Timing | None,
) -> Section:
    rows = [row(f"pastiche {pastiche_version()}", theirs, PASTICHE_STEPS, reference)]
    if shortest is None or timing is None:
        last = tries[-1]
        cells = row(f"styler, strength {last.strength:g}: not reached", 0.0, last.steps, last.found)
        rows.append((cells[0], "", *cells[2:]))
        return replace(section, tables=(Table(COLUMNS, tuple(rows)),))
    ratio = theirs / timing.median
    name = f"styler, strength {shortest.strength:g}: {times(ratio)} as fast"
    rows.append(row(name, timing.median, shortest.steps, shortest.found))
    return replace(
        section,
        tables=(Table(COLUMNS, tuple(rows)),),
        figures={
            f"reach ratio {side}": ratio,
            f"reach seconds {side}": timing.median,
            f"reach steps {side}": shortest.steps,
        },
    )
