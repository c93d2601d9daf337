"""Times engines side by side on this machine, and writes docs/benchmark.md.

A whole run takes half an hour on two cores; --quick less than two minutes. Leave the machine alone meanwhile.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from styler.allocator import keep_memory
from styler.bench.clock import say
from styler.bench.evaluation import measure_evaluation
from styler.bench.loading import measure_loading
from styler.bench.machine import describe_machine, measure_rates
from styler.bench.measures import SIDE
from styler.bench.memory import measure_memory
from styler.bench.pictures import measure_pictures
from styler.bench.reach import measure_reach
from styler.bench.report import Section, write_report
from styler.bench.setup import MEMORY_SIDES, PHOTO, REFERENCE, ROOT, ROUNDS, STRENGTHS, STYLE, Setup
from styler.bench.targets import compare
from styler.bench.users import measure_users
from styler.device import is_gpu, resolve_device
from styler.errors import StylerError
from styler.images import MIN_SIDE, open_picture
from styler.outputs import check_folder

SECTIONS = ("evaluation", "users", "loading", "pictures", "reach", "memory")
REPORT = ROOT / "docs" / "benchmark.md"
PRINT_SIDE = 4096
CPU_SIZES, GPU_SIZES = (256, 512, 1024), (512, 1024, 2048)

HEAD = """\
Written by `python -m styler.bench{arguments}`: do not edit it, run it. Photo: `{photo}`, style: `{style}`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0; 2 after one line about bad use."""
    parser = build_parser()
    asked = parser.parse_args(arguments)
    wanted = asked.only.split(",") if asked.only else list(SECTIONS)
    unknown = [name for name in wanted if name not in SECTIONS]
    if unknown:
        parser.error(f"there is no section {unknown[0]!r}: choose among {', '.join(SECTIONS)}")
    keep_memory()
    try:
        for path in filter(None, (asked.output, asked.json)):
            check_folder(path)
        setup = setup_from(asked)
        report, sections = run(setup, wanted, sys.argv[1:] if arguments is None else arguments)
    except StylerError as error:
        say(f"styler.bench: {error}")
        return 2
    whole = wanted == list(SECTIONS) and not asked.quick
    output = asked.output or (REPORT if whole and REPORT.parent.is_dir() else None)
    if output is not None:
        output.write_text(report, encoding="utf-8")
    if asked.json is not None:
        figures = {section.name: dict(section.figures) for section in sections}
        asked.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    sys.stdout.write(report)
    return 0


def run(setup: Setup, wanted: Sequence[str], arguments: Sequence[str]) -> tuple[str, list[Section]]:
    """Measures the wanted sections, in their order; returns the page and the sections."""
    say("the machine")
    before = measure_rates(setup.device)
    measures: dict[str, Callable[[], Section]] = {
        "evaluation": lambda: measure_evaluation(setup, before),
        "users": lambda: measure_users(setup),
        "loading": lambda: measure_loading(setup),
        "pictures": lambda: measure_pictures(setup),
        "reach": lambda: measure_reach(setup),
        "memory": lambda: measure_memory(setup),
    }
    sections = [measure() for name, measure in measures.items() if name in wanted]
    after = measure_rates(setup.device)
    figures = {name: value for section in sections for name, value in section.figures.items()}
    shown = "".join(f" {Path(each).name if Path(each).is_absolute() else each}" for each in arguments)
    head = (
        HEAD.format(arguments=shown, photo=setup.photo.name, style=setup.style.name),
        describe_machine(setup.device, before, after).markdown(),
        compare(setup.device, figures).markdown(),
    )
    return write_report(head, sections), sections


def setup_from(asked: argparse.Namespace) -> Setup:
    """What the command line asks to be measured. Raises StylerError."""
    device = resolve_device(asked.device)
    own_pair = asked.photo == PHOTO and asked.style == STYLE and asked.side == SIDE
    memory_sides = (*asked.memory_sides, PRINT_SIDE) if asked.print_size else asked.memory_sides
    setup = Setup(
        photo=asked.photo,
        style=asked.style,
        device=device,
        weights=asked.weights,
        rounds=asked.rounds,
        sizes=asked.sizes or (GPU_SIZES if is_gpu(device) else CPU_SIZES),
        side=asked.side,
        large_sides=(1024, 2048) if is_gpu(device) else (),
        batch=8 if is_gpu(device) else 1,
        memory_sides=memory_sides,
        reference=REFERENCE if own_pair else None,
        strengths=asked.strengths,
        quick=asked.quick,
    )
    if asked.reference is not None:
        setup = replace(setup, reference=setup.yardstick().measure(open_picture(asked.reference)))
    return shortened(setup) if asked.quick else setup


def shortened(setup: Setup) -> Setup:
    """What can be measured within two minutes."""
    return replace(
        setup,
        rounds=min(setup.rounds, 2),
        sizes=tuple(side for side in setup.sizes if side <= SIDE),
        large_sides=(),
        batch=1,
        qualities=("draft",),
        memory_sides=tuple(side for side in setup.memory_sides if side <= SIDE),
    )


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m styler.bench", description=__doc__)
    add = parser.add_argument
    add("--only", metavar="SECTIONS", help=f"of {','.join(SECTIONS)}; default: all of them")
    add("--quick", action="store_true", help="less than two minutes: fewer rounds, no painting by others")
    add("--photo", type=Path, default=PHOTO, help="default: docs/pictures/astronaut.jpg")
    add("--style", type=Path, default=STYLE, help="default: the preset starry-night")
    add("--reference", type=Path, help="pastiche's painting of these two, for the section reach")
    add("--device", default="auto", help="as of the command styler (default: %(default)s)")
    add("--weights", default="embedded", help="as of the command styler (default: %(default)s)")
    add("--rounds", type=_rounds, default=ROUNDS, help="in which engines take turns (default: %(default)s)")
    add("--sizes", type=_sides, metavar="PX,...", help="of single evaluations")
    add("--side", type=int, default=SIDE, metavar="PX", help="of paintings (default: %(default)s)")
    add("--memory-sides", type=_sides, default=MEMORY_SIDES, metavar="PX,...", help="of peak memory")
    add("--print-size", action="store_true", help=f"peak memory at {PRINT_SIDE} px too")
    add(
        "--strengths", type=_strengths, default=STRENGTHS, metavar="S,...", help="to try in the section reach"
    )
    add("-o", "--output", type=Path, metavar="FILE", help="default: docs/benchmark.md for a whole run")
    add("--json", type=Path, metavar="FILE", help="the bare figures")
    return parser


def _rounds(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError("of fewer than one there is no median")
    return int(text)


def _sides(text: str) -> tuple[int, ...]:
    sides = tuple(int(side) for side in text.split(","))
    if min(sides) < MIN_SIDE:
        raise argparse.ArgumentTypeError(f"a side must have at least {MIN_SIDE} pixels, not {min(sides)}")
    return sides


def _strengths(text: str) -> tuple[float | None, ...]:
    return tuple(float(strength) for strength in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
