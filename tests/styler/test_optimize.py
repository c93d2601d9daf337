import pytest
import torch

from styler.optimize import FIRST_STEP, HISTORY, LARGEST_STEP, LEAST_CURVATURE, Lbfgs, minimize


def rms(x: torch.Tensor) -> float:
    return x.square().mean().sqrt().item()


def quadratic(scales: torch.Tensor):
    def evaluate(x: torch.Tensor) -> tuple[float, torch.Tensor]:
        return (0.5 * (scales * x.square()).sum()).item(), scales * x

    return evaluate


class PlainLbfgs:
    """Algorithm 7.4 as the book has it, on vectors; no more than `HISTORY` pairs back, bad ones left out."""

    def __init__(self) -> None:
        self.pairs: list[tuple[torch.Tensor, torch.Tensor]] = []
        self.scale = 0.0
        self.last: tuple[torch.Tensor, torch.Tensor] | None = None

    def next_step(self, x: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
        if self.last is not None:
            self.pairs = [*self.pairs, (x - self.last[0], gradient - self.last[1])][-HISTORY:]
            s, y = self.pairs[-1]
            if s @ y > LEAST_CURVATURE * s.norm() * y.norm():
                self.scale = float(s @ y / (y @ y))
        self.last = (x, gradient)
        good = [(s, y) for s, y in self.pairs if s @ y > LEAST_CURVATURE * s.norm() * y.norm()]
        if not self.scale:
            return -gradient * FIRST_STEP / rms(gradient)
        q, alphas = gradient.clone(), []
        for s, y in reversed(good):
            alphas.append(s @ q / (s @ y))
            q -= alphas[-1] * y
        q *= self.scale
        for (s, y), alpha in zip(good, reversed(alphas), strict=True):
            q += (alpha - y @ q / (s @ y)) * s
        return -q * min(1.0, LARGEST_STEP / rms(q))


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_the_book(seed) -> None:
    """On a bumpy loss in 40 dimensions, for more steps than the history is long."""
    generator = torch.Generator().manual_seed(seed)
    scales = torch.rand(40, generator=generator, dtype=torch.float64) * 9 + 0.1
    x = torch.randn(40, generator=generator, dtype=torch.float64) * 20
    ours, plain = Lbfgs(x), PlainLbfgs()
    for _ in range(3 * HISTORY):
        gradient = scales * x + 4 * scales * torch.sin(
            x
        )  # of a bowl with ripples: some curvature is negative
        step, expected = ours.next_step(x, gradient), plain.next_step(x, gradient)
        torch.testing.assert_close(step, expected, rtol=1e-5, atol=1e-6)
        x = x + expected


def test_finds_the_minimum_of_an_ill_conditioned_quadratic() -> None:
    evaluate = quadratic(torch.tensor([1.0, 10.0, 1000.0]))
    found = minimize(torch.tensor([5.0, -3.0, 2.0]), evaluate, 40, lambda step, x: True)
    assert evaluate(found)[0] < 1e-6


def test_the_first_step_has_its_fixed_size_and_goes_downhill() -> None:
    gradient = torch.tensor([3.0, -4.0]) * 1e-7
    step = Lbfgs(torch.zeros(2)).next_step(torch.zeros(2), gradient)
    assert abs(rms(step) - FIRST_STEP) < 1e-4
    assert torch.dot(step, gradient) < 0


def test_no_step_is_larger_than_the_largest() -> None:
    optimizer = Lbfgs(torch.zeros(2))
    pixels, gradient = torch.zeros(2), torch.tensor([1.0, 1.0])
    pixels = pixels + optimizer.next_step(pixels, gradient)
    # The gradient hardly changed, so the curvature seems tiny and the minimum far away.
    step = optimizer.next_step(pixels, gradient * 0.999)
    assert abs(rms(step) - LARGEST_STEP) < 1e-3


def test_a_pair_of_negative_curvature_is_skipped() -> None:
    optimizer = Lbfgs(torch.zeros(2))
    pixels, gradient = torch.zeros(2), torch.tensor([1.0, 1.0])
    pixels = pixels + optimizer.next_step(pixels, gradient)
    step = optimizer.next_step(pixels, gradient * 2)  # steeper although we went downhill
    assert abs(rms(step) - FIRST_STEP) < 1e-4
    assert torch.dot(step, gradient) < 0


def test_a_flat_loss_moves_nothing() -> None:
    step = Lbfgs(torch.zeros(3)).next_step(torch.zeros(3), torch.zeros(3))
    assert torch.equal(step, torch.zeros(3))


def test_returns_the_lowest_seen_and_leaves_the_start_alone() -> None:
    start = torch.tensor([1.0])
    losses = iter([3.0, 1.0, 2.0])
    seen = []

    def evaluate(x: torch.Tensor) -> tuple[float, torch.Tensor]:
        seen.append(x.clone())
        return next(losses), torch.ones(1)

    best = minimize(start, evaluate, 3, lambda step, x: True)
    assert torch.equal(best, seen[1])
    assert torch.equal(start, torch.tensor([1.0]))


def test_stops_within_one_step() -> None:
    steps = []

    def stop_at_two(step: int, x: torch.Tensor) -> bool:
        steps.append(step)
        return step < 2

    minimize(torch.ones(4), quadratic(torch.ones(4)), 50, stop_at_two)
    assert steps == [1, 2]
