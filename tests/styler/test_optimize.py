import torch

from styler.optimize import FIRST_STEP, LARGEST_STEP, Lbfgs, minimize


def rms(x: torch.Tensor) -> float:
    return x.square().mean().sqrt().item()


def quadratic(scales: torch.Tensor):
    def evaluate(x: torch.Tensor) -> tuple[float, torch.Tensor]:
        return (0.5 * (scales * x.square()).sum()).item(), scales * x

    return evaluate


def test_finds_the_minimum_of_an_ill_conditioned_quadratic() -> None:
    evaluate = quadratic(torch.tensor([1.0, 10.0, 1000.0]))
    found = minimize(torch.tensor([5.0, -3.0, 2.0]), evaluate, 40, lambda step, x: True)
    assert evaluate(found)[0] < 1e-6


def test_the_first_step_has_its_fixed_size_and_goes_downhill() -> None:
    gradient = torch.tensor([3.0, -4.0]) * 1e-7
    step = Lbfgs().next_step(torch.zeros(2), gradient)
    assert abs(rms(step) - FIRST_STEP) < 1e-4
    assert torch.dot(step, gradient) < 0


def test_no_step_is_larger_than_the_largest() -> None:
    optimizer = Lbfgs()
    pixels, gradient = torch.zeros(2), torch.tensor([1.0, 1.0])
    pixels = pixels + optimizer.next_step(pixels, gradient)
    # The gradient hardly changed, so the curvature seems tiny and the minimum far away.
    step = optimizer.next_step(pixels, gradient * 0.999)
    assert abs(rms(step) - LARGEST_STEP) < 1e-3


def test_a_pair_of_negative_curvature_is_skipped() -> None:
    optimizer = Lbfgs()
    pixels, gradient = torch.zeros(2), torch.tensor([1.0, 1.0])
    pixels = pixels + optimizer.next_step(pixels, gradient)
    step = optimizer.next_step(pixels, gradient * 2)  # steeper although we went downhill
    assert abs(rms(step) - FIRST_STEP) < 1e-4
    assert torch.dot(step, gradient) < 0


def test_a_flat_loss_moves_nothing() -> None:
    step = Lbfgs().next_step(torch.zeros(3), torch.zeros(3))
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
