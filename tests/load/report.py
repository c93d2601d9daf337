"""Figures of a load test."""

from collections.abc import Sequence
from statistics import median

from tests.load.crowd import Asked


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def spread(values: Sequence[float]) -> str:
    return (
        f"median {percentile(values, 0.5):.2f} s, 95 % {percentile(values, 0.95):.2f} s, "
        f"99 % {percentile(values, 0.99):.2f} s, most {max(values, default=0):.2f} s"
    )


def behind_schedule(asked: Sequence[Asked], told_at: Sequence[float | None], rate: float) -> list[float]:
    """How many seconds later than the permitted rate allows at best each of these times is.

    The best: `rate` messages a second and nothing but answers, in the order they were asked for.
    """
    late = []
    free = 0.0
    in_order = sorted(at for at in told_at if at is not None)
    for sent, told in zip(sorted(each.at for each in asked), in_order, strict=False):
        free = max(free + 1 / rate, sent)
        late.append(max(0.0, told - free))
    return late


def growth(samples: Sequence[tuple[float, float]]) -> str:
    """How an amount (MB) goes with time (s): its medians at the beginning and the end, and its slope."""
    third = max(1, len(samples) // 3)
    first = median(amount for _, amount in samples[:third])
    last = median(amount for _, amount in samples[-third:])
    hours = (median(at for at, _ in samples[-third:]) - median(at for at, _ in samples[:third])) / 3600
    slope = (last - first) / hours if hours else 0.0
    return f"{first:.0f} MB in the first third, {last:.0f} MB in the last ({slope:+.0f} MB an hour)"
