"""L-BFGS on the pixels of one picture at one scale.

Nocedal and Wright, "Numerical Optimization" (2nd ed., algorithm 7.4), with deviations that measuring chose:
no line search (a step costs one evaluation, never more), the first step and the largest one have a fixed size
in grey levels, and a pair of poor curvature is skipped, because the loss is not convex.
"""

from collections import deque
from collections.abc import Callable

import torch
from torch import Tensor

HISTORY = 10
FIRST_STEP = 4.0  # grey levels, root mean square
LARGEST_STEP = 30.0  # grey levels, root mean square
LEAST_CURVATURE = 1e-4  # of |y| |s|

Evaluate = Callable[[Tensor], tuple[float, Tensor]]
"""pixels -> loss and gradient, of the pixels' shape."""

AfterStep = Callable[[int, Tensor], bool]
"""Called with the step (1-based) and the pixels it was evaluated at; False stops the optimisation."""


class Lbfgs:
    """The state of one optimisation: the last pairs of (change of pixels, change of gradient)."""

    def __init__(self) -> None:
        self._pairs: deque[tuple[Tensor, Tensor, Tensor]] = deque(maxlen=HISTORY)
        self._last: tuple[Tensor, Tensor] | None = None

    def next_step(self, pixels: Tensor, gradient: Tensor) -> Tensor:
        """What to add to `pixels` (any shape, float32), where the loss has this `gradient`."""
        if self._last is not None:
            self._remember(pixels - self._last[0], gradient - self._last[1])
        self._last = (pixels, gradient)
        if not self._pairs:
            return -gradient * (FIRST_STEP / _rms(gradient))
        step = self._two_loops(gradient).neg_()
        return step.mul_((LARGEST_STEP / _rms(step)).clamp_max(1))

    def _remember(self, s: Tensor, y: Tensor) -> None:
        curvature = _dot(y, s)
        if curvature > LEAST_CURVATURE * y.norm() * s.norm():
            self._pairs.append((s, y, 1 / curvature))

    def _two_loops(self, gradient: Tensor) -> Tensor:
        """The inverse Hessian, as far as the pairs know it, times the gradient."""
        q = gradient.clone()
        alphas = []
        for s, y, rho in reversed(self._pairs):
            alpha = rho * _dot(s, q)
            alphas.append(alpha)
            q -= alpha * y
        s, y, _ = self._pairs[-1]
        q *= _dot(s, y) / _dot(y, y)
        for (s, y, rho), alpha in zip(self._pairs, reversed(alphas), strict=True):
            q += (alpha - rho * _dot(y, q)) * s
        return q


def minimize(pixels: Tensor, evaluate: Evaluate, steps: int, after_step: AfterStep) -> Tensor:
    """The pixels of the lowest loss among those of `steps` evaluations; `pixels` itself is left alone."""
    optimizer = Lbfgs()
    best, lowest = pixels, float("inf")
    for step in range(1, steps + 1):
        loss, gradient = evaluate(pixels)
        if loss < lowest:
            best, lowest = pixels, loss
        if not after_step(step, pixels) or step == steps:
            break
        pixels = pixels + optimizer.next_step(pixels, gradient)
    return best


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return torch.dot(a.flatten(), b.flatten())


def _rms(change: Tensor) -> Tensor:
    return change.square().mean().sqrt().clamp_min(1e-12)
