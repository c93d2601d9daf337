"""L-BFGS on the pixels of one picture at one scale.

Nocedal and Wright, "Numerical Optimization" (2nd ed., algorithm 7.4), with deviations that measuring chose:
no line search (a step costs one evaluation, never more), the first step and the largest one have a fixed size
in grey levels, and a pair of poor curvature counts for nothing, because the loss is not convex.

The two loops run on coefficients rather than on vectors (Chen, Wang and Zhou, "Large-scale L-BFGS using
MapReduce", NIPS 2014): two passes over the history instead of forty, and no decision that has to wait for the
device.
"""

from collections.abc import Callable

import torch
from torch import Tensor

HISTORY = 10
FIRST_STEP = 4.0  # grey levels, root mean square
LARGEST_STEP = 30.0  # grey levels, root mean square
LEAST_CURVATURE = 1e-4  # of |y| |s|
TINY = 1e-12

Evaluate = Callable[[Tensor], tuple[float, Tensor]]
"""pixels -> loss and gradient, of the pixels' shape."""

AfterStep = Callable[[int, Tensor], bool]
"""Called with the step (1-based) and the pixels it was evaluated at; False stops the optimisation."""


class Lbfgs:
    """The state of one optimisation of n numbers.

    `_basis` (2 * HISTORY + 1, n) holds the last changes of pixels s, the last changes of gradient y, and the
    gradient; `_dots` holds the products of all its rows. Every vector that the two loops would build is a sum
    of these rows, so the loops need only its coefficients.
    """

    def __init__(self, pixels: Tensor) -> None:
        rows = 2 * HISTORY + 1
        # MPS has no float64.
        self._precise = torch.float32 if pixels.device.type == "mps" else torch.float64
        self._basis = pixels.new_zeros(rows, pixels.numel())
        self._dots = torch.zeros(rows, rows, dtype=self._precise, device=pixels.device)
        self._rho = torch.zeros(HISTORY, dtype=self._precise, device=pixels.device)  # 0: counts for nothing
        self._scale = torch.zeros((), dtype=self._precise, device=pixels.device)  # 0: no pair yet
        self._last_pixels = pixels.flatten()
        self._steps = 0

    def next_step(self, pixels: Tensor, gradient: Tensor) -> Tensor:
        """What to add to `pixels` (n in all, any shape, float32), where the loss has this `gradient`."""
        changed = self._remember(pixels.flatten(), gradient.flatten())
        products = (self._basis @ self._basis[changed].t()).to(self._precise)
        self._dots[:, changed] = products
        self._dots[changed, :] = products.t()
        if self._steps > 1:
            self._judge(self._slot)
        coefficients = self._two_loops()
        length = (coefficients @ self._dots @ coefficients / pixels.numel()).clamp_min(0).sqrt()
        coefficients *= -(LARGEST_STEP / length.clamp_min(TINY)).clamp_max(1)
        return (coefficients.to(pixels.dtype) @ self._basis).view_as(pixels)

    @property
    def _slot(self) -> int:
        """Where the newest pair lies."""
        return (self._steps - 2) % HISTORY

    def _remember(self, pixels: Tensor, gradient: Tensor) -> list[int]:
        """Puts the gradient and the newest pair into the basis; returns the rows that changed."""
        self._steps += 1
        changed = [2 * HISTORY]
        if self._steps > 1:
            torch.sub(pixels, self._last_pixels, out=self._basis[self._slot])
            torch.sub(gradient, self._basis[-1], out=self._basis[HISTORY + self._slot])
            changed += [self._slot, HISTORY + self._slot]
        self._basis[-1] = gradient
        self._last_pixels = pixels
        return changed

    def _judge(self, slot: int) -> None:
        """Whether the newest pair counts, and the first guess of the Hessian that follows from it."""
        ss, yy = self._dots[slot, slot], self._dots[HISTORY + slot, HISTORY + slot]
        sy = self._dots[slot, HISTORY + slot]
        good = sy > LEAST_CURVATURE * (ss * yy).sqrt()
        self._rho[slot] = torch.where(good, 1 / sy, 0)
        self._scale = torch.where(good, sy / yy, self._scale)

    def _two_loops(self) -> Tensor:
        """The coefficients of the inverse Hessian, as far as the pairs know it, times the gradient."""
        pairs = min(self._steps - 1, HISTORY)
        newest_first = [(self._slot - age) % HISTORY for age in range(pairs)]
        q = torch.zeros_like(self._dots[0])
        q[-1] = 1
        alphas = {}
        for slot in newest_first:
            alphas[slot] = self._rho[slot] * (self._dots[slot] @ q)
            q[HISTORY + slot] -= alphas[slot]
        # Without a pair that counts, the gradient itself, at the length of a first step.
        first = FIRST_STEP / (self._dots[-1, -1] / self._basis.shape[1]).sqrt().clamp_min(TINY)
        q *= torch.where(self._scale > 0, self._scale, first)
        for slot in reversed(newest_first):
            q[slot] += alphas[slot] - self._rho[slot] * (self._dots[HISTORY + slot] @ q)
        return q


def minimize(pixels: Tensor, evaluate: Evaluate, steps: int, after_step: AfterStep) -> Tensor:
    """The pixels of the lowest loss among those of `steps` evaluations; `pixels` itself is left alone."""
    optimizer = Lbfgs(pixels)
    best, lowest = pixels, float("inf")
    for step in range(1, steps + 1):
        loss, gradient = evaluate(pixels)
        if loss < lowest:
            best, lowest = pixels, loss
        if not after_step(step, pixels) or step == steps:
            break
        pixels = pixels + optimizer.next_step(pixels, gradient)
    return best
