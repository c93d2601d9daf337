"""The machine that a benchmark ran on, described so that figures can be compared; never by its name."""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F

from styler.bench.clock import interleaved
from styler.bench.report import Table
from styler.device import best_precision

# Of the many flags of a processor, those that decide how fast a convolution is.
TELLING_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_int8", "asimd", "bf16", "sve", "i8mm")

# Settings that make a processor look like a lesser one.
LIMITS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY")

# The convolution that is timed: VGG19's third block at 512 pixels.
CHANNELS, SIDE = 256, 128
GPU_BATCH = 16  # a GPU is not filled by one picture of this size
GPU_MATRIX_SIDE = 8192
RATE_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Rate:
    """What the device reached in one precision, in floating point operations a second."""

    convolution: float
    matrix: float  # the product of two

    @property
    def best(self) -> float:
        return max(self.convolution, self.matrix)


@dataclass(frozen=True, slots=True)
class Rates:
    fp32: Rate
    bf16: Rate

    def of(self, dtype: torch.dtype) -> Rate:
        return self.bf16 if dtype == torch.bfloat16 else self.fp32


def measure_rates(device: torch.device, side: int = SIDE) -> Rates:
    """A 3 x 3 convolution of 256 channels, forward, channels last, and the product of two square matrices.

    side: of the convolution's map; less where bfloat16 is so slow that it would take minutes.
    """
    batch = GPU_BATCH if device.type == "cuda" else 1
    sides = dict.fromkeys((torch.float32, torch.bfloat16), side)
    if best_precision(device) == torch.float32:
        sides[torch.bfloat16] = side // 4
    matrices = {dtype: GPU_MATRIX_SIDE if device.type == "cuda" else 16 * own for dtype, own in sides.items()}

    def random(*shape: int, dtype: torch.dtype) -> torch.Tensor:
        return torch.randn(*shape, device=device).to(dtype)

    runs: dict[str, Callable[[], object]] = {}
    for dtype, own in sides.items():
        x = random(batch, CHANNELS, own, own, dtype=dtype).contiguous(memory_format=torch.channels_last)
        kernel = random(CHANNELS, CHANNELS, 3, 3, dtype=dtype).contiguous(memory_format=torch.channels_last)
        matrix = random(matrices[dtype], matrices[dtype], dtype=dtype)
        runs[f"convolution {dtype}"] = partial(F.conv2d, x, kernel, padding=1)
        runs[f"matrix {dtype}"] = partial(torch.mm, matrix, matrix)
    with torch.no_grad():
        timings = interleaved(runs, RATE_ROUNDS, device)

    def rate(dtype: torch.dtype) -> Rate:
        seconds = {kind: timings[f"{kind} {dtype}"].least for kind in ("convolution", "matrix")}
        convolution = 2 * 9 * CHANNELS * CHANNELS * sides[dtype] ** 2 * batch
        return Rate(convolution / seconds["convolution"], 2 * matrices[dtype] ** 3 / seconds["matrix"])

    return Rates(rate(torch.float32), rate(torch.bfloat16))


def describe_machine(device: torch.device, before: Rates, after: Rates) -> Table:
    """A table of all that a reader needs to compare: hardware, versions, and the rates around the run."""
    rows = [
        ("processor", f"{_processor()}, {_cores()} cores ({', '.join(_flags()) or 'flags unknown'})"),
        ("memory", f"{_memory() / 1e9:.0f} GB" if _memory() else "unknown"),
        ("painted on", _painted_on(device)),
        ("software", f"Python {platform.python_version()}, torch {torch.__version__}, {platform.system()}"),
        ("threads", str(torch.get_num_threads())),
        *((name, value) for name in LIMITS if (value := os.environ.get(name))),
        ("fp32, before and after", _rates(before.fp32, after.fp32)),
        ("bf16, before and after", _rates(before.bf16, after.bf16)),
        ("work going on at the end", f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"),
        ("day", time.strftime("%Y-%m-%d")),
    ]
    return Table(("this machine", ""), tuple(rows))


def _rates(before: Rate, after: Rate) -> str:
    convolution = f"convolution {before.convolution / 1e12:.3g}, {after.convolution / 1e12:.3g}"
    return f"{convolution}; matrix product {before.matrix / 1e12:.3g}, {after.matrix / 1e12:.3g} TFLOP/s"


def _processor() -> str:
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def _flags() -> list[str]:
    present = set((_cpuinfo("flags") or _cpuinfo("Features")).split())
    return [flag for flag in TELLING_FLAGS if flag in present]


def _cpuinfo(key: str) -> str:
    """The first value of `key` in /proc/cpuinfo, "" where there is none."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    values = (line.partition(":") for line in lines)
    return next((value.strip() for name, _, value in values if name.strip() == key), "")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory() -> int:
    """Bytes of memory in all, 0 where that cannot be asked."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def _painted_on(device: torch.device) -> str:
    if device.type != "cuda":
        return device.type
    card = torch.cuda.get_device_properties(device)
    return f"{card.name}, {card.total_memory / 1e9:.0f} GB, CUDA {torch.version.cuda}"
