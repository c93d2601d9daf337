import gc
import weakref

import pytest
import torch

from styler.optimize import FIRST_STEP, HISTORY, LARGEST_STEP, LEAST_CURVATURE, Descent, Lbfgs, minimize


def rms(x: torch.Tensor) -> float:
    return x.square().mean().sqrt().item()


def quadratic(scales: torch.Tensor):
    """Of each picture of a batch, (N, n) each."""

    def evaluate(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return 0.5 * (scales * x.square()).sum(1, keepdim=True), scales * x

    return evaluate


def go_on(step: int, losses: torch.Tensor, best: torch.Tensor) -> bool:
    return True


def step_of(optimizer: Lbfgs, pixels: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    moved = pixels.clone()
    optimizer.advance(moved, gradient)
    return moved - pixels


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
@pytest.mark.parametrize("counted_here", [False, True], ids=["as on CUDA", "as on MPS"])
def test_each_of_a_batch_agrees_with_the_book(seed, counted_here) -> None:
    """On bumpy losses in 40 dimensions, for more steps than the history is long."""
    generator = torch.Generator().manual_seed(seed)
    scales = torch.rand(3, 40, generator=generator, dtype=torch.float64) * 9 + 0.1
    x = torch.randn(3, 40, generator=generator, dtype=torch.float64) * 20
    ours, plain = Lbfgs(x), [PlainLbfgs() for _ in range(3)]
    ours._is_counted_here = counted_here
    for _ in range(3 * HISTORY):
        # A bowl with ripples: some curvature is negative.
        gradient = scales * x + 4 * scales * torch.sin(x)
        expected = torch.stack([each.next_step(x[i], gradient[i]) for i, each in enumerate(plain)])
        torch.testing.assert_close(step_of(ours, x, gradient), expected, rtol=1e-5, atol=1e-6)
        x = x + expected


def test_finds_the_minimum_of_an_ill_conditioned_quadratic() -> None:
    evaluate = quadratic(torch.tensor([1.0, 10.0, 1000.0]))
    found = minimize(torch.tensor([[5.0, -3.0, 2.0]]), evaluate, 40, go_on)
    assert evaluate(found)[0].item() < 1e-6


def test_the_first_step_has_its_fixed_size_and_goes_downhill() -> None:
    gradient = torch.tensor([[3.0, -4.0]]) * 1e-7
    step = step_of(Lbfgs(torch.zeros(1, 2)), torch.zeros(1, 2), gradient)
    assert abs(rms(step) - FIRST_STEP) < 1e-4
    assert (step * gradient).sum() < 0


def test_no_step_is_larger_than_the_largest() -> None:
    optimizer = Lbfgs(torch.zeros(1, 2))
    pixels, gradient = torch.zeros(1, 2), torch.tensor([[1.0, 1.0]])
    optimizer.advance(pixels, gradient)
    # The gradient hardly changed, so the curvature seems tiny and the minimum far away.
    step = step_of(optimizer, pixels, gradient * 0.999)
    assert abs(rms(step) - LARGEST_STEP) < 1e-3


def test_a_pair_of_negative_curvature_is_skipped() -> None:
    optimizer = Lbfgs(torch.zeros(1, 2))
    pixels, gradient = torch.zeros(1, 2), torch.tensor([[1.0, 1.0]])
    optimizer.advance(pixels, gradient)
    step = step_of(optimizer, pixels, gradient * 2)  # steeper although we went downhill
    assert abs(rms(step) - FIRST_STEP) < 1e-4
    assert (step * gradient).sum() < 0


def test_a_flat_loss_moves_nothing() -> None:
    step = step_of(Lbfgs(torch.zeros(1, 3)), torch.zeros(1, 3), torch.zeros(1, 3))
    assert torch.equal(step, torch.zeros(1, 3))


def test_returns_the_lowest_seen_of_each_and_leaves_the_start_alone() -> None:
    start = torch.tensor([[1.0], [1.0]])
    losses = iter([[3.0, 1.0], [1.0, 2.0], [2.0, 3.0]])
    seen = []

    def evaluate(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen.append(x.clone())
        return torch.tensor(next(losses)).unsqueeze(1), torch.ones(2, 1)

    best = minimize(start, evaluate, 3, go_on)
    assert torch.equal(best[0], seen[1][0])
    assert torch.equal(best[1], seen[0][1])
    assert torch.equal(start, torch.ones(2, 1))


def test_stops_within_one_step() -> None:
    steps = []

    def stop_at_two(step: int, losses: torch.Tensor, best: torch.Tensor) -> bool:
        steps.append(step)
        return step < 2

    minimize(torch.ones(1, 4), quadratic(torch.ones(4)), 50, stop_at_two)
    assert steps == [1, 2]


def test_what_a_descent_holds_is_free_as_soon_as_it_is_over() -> None:
    """Hundreds of megabytes must not wait for the collector of cycles."""
    start = torch.ones(1, 4)
    descent = Descent(start, quadratic(torch.ones(1, 4)))
    descent.run(start, 5, go_on)
    held = weakref.ref(descent)
    gc.disable()
    try:
        del descent
        assert held() is None
    finally:
        gc.enable()
