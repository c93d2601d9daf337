"""L-BFGS on the pixels of a batch of pictures at one scale, each picture by itself.

Nocedal and Wright, "Numerical Optimization" (2nd ed., algorithm 7.4), with deviations that measuring chose:
no line search (a step costs one evaluation, never more), the first step and the largest one have a fixed size
in grey levels, and a pair of poor curvature counts for nothing, because the loss is not convex.

The two loops run on coefficients rather than on vectors (Chen, Wang and Zhou, "Large-scale L-BFGS using
MapReduce", NIPS 2014): two passes over the history instead of two dozen. Nothing in a step waits for the
device, and every step is the same sequence of operations on the same memory, so a GPU can be told to repeat
it.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from styler.replay import Pace, repeater

HISTORY = 6
FIRST_STEP = 4.0  # grey levels, root mean square
LARGEST_STEP = 30.0  # grey levels, root mean square
LEAST_CURVATURE = 1e-4  # of |y| |s|
TINY = 1e-12

Evaluate = Callable[[Tensor], tuple[Tensor, Tensor]]
"""pixels (N, ...) -> the losses, (N, parts) to be summed, and the gradient, of the pixels' shape."""

AfterStep = Callable[[int, Tensor, Tensor], bool]
"""Called with the step (1-based), the losses of its evaluation, and the best pixels so far; the tensors are
overwritten by the next step. False stops the optimisation."""


class Lbfgs:
    """The state of N optimisations of n numbers each.

    `_basis` (N, 2 * HISTORY + 1, n) holds the last changes of pixels s, the last changes of gradient y, and
    the gradient; `_dots` the products of all its rows. Every vector that the two loops would build is a sum
    of these rows, so the loops need only its coefficients.
    """

    def __init__(self, pixels: Tensor) -> None:
        """pixels: (N, ...) float32, where the optimisation starts."""
        device, pictures, rows = pixels.device, len(pixels), 2 * HISTORY + 1
        # MPS has no float64.
        precise = torch.float32 if device.type == "mps" else torch.float64
        self._basis = pixels.new_empty(pictures, rows, pixels[0].numel())
        self._dots = torch.empty(pictures, rows, rows, dtype=precise, device=device)
        self._rho = torch.empty(pictures, HISTORY, dtype=precise, device=device)  # 0: counts for nothing
        self._first_guess = torch.empty(pictures, dtype=precise, device=device)  # 0: no pair yet
        self._last_pixels = torch.empty_like(pixels.flatten(1))
        self._slots = torch.arange(HISTORY, device=device)
        self._step = torch.empty((), dtype=torch.long, device=device)
        # On MPS, where nothing is recorded, a copy by indices goes over all of the basis.
        self._is_counted_here = device.type == "mps"
        self._turn = 0  # the same as `_step`
        self.restart(pixels)

    def restart(self, pixels: Tensor) -> None:
        """Forgets all, in the same memory, to start from other pixels of the same shape."""
        for state in (self._basis, self._dots, self._rho, self._first_guess, self._step):
            state.zero_()
        self._turn = 0
        self._last_pixels.copy_(pixels.flatten(1))

    def advance(self, pixels: Tensor, gradient: Tensor) -> None:
        """One step, in place, from `pixels`, where the losses have this `gradient`; both (N, ...) float32.

        The first step of all finds a pair of nothing, which has no curvature and so does not count.
        """
        slot = self._step % HISTORY
        self._remember(slot, pixels.flatten(1), gradient.flatten(1))
        self._judge(slot)
        coefficients = self._two_loops(slot)
        lengths = (coefficients.unsqueeze(1) @ self._dots @ coefficients.unsqueeze(2)).flatten()
        lengths = (lengths / self._basis.shape[2]).clamp_min(0).sqrt()
        coefficients *= -(LARGEST_STEP / lengths.clamp_min(TINY)).clamp_max(1).unsqueeze(1)
        pixels += torch.bmm(coefficients.to(pixels.dtype).unsqueeze(1), self._basis).view_as(pixels)
        self._step += 1

    def _remember(self, slot: Tensor, pixels: Tensor, gradient: Tensor) -> None:
        """Puts the newest pair and the gradient into the basis, and their products beside the others."""
        changed = torch.stack([slot, slot + HISTORY, torch.full_like(slot, 2 * HISTORY)])
        rows = torch.stack([pixels - self._last_pixels, gradient - self._basis[:, -1], gradient], 1)
        self._put(changed, rows)
        self._last_pixels.copy_(pixels)
        products = torch.bmm(self._basis, rows.transpose(1, 2)).to(self._dots.dtype)
        self._dots.index_copy_(2, changed, products)
        self._dots.index_copy_(1, changed, products.transpose(1, 2))

    def _put(self, changed: Tensor, rows: Tensor) -> None:
        """Into the basis. What a GPU repeats must find the places itself; elsewhere they are known here."""
        if not self._is_counted_here:
            self._basis.index_copy_(1, changed, rows)
            return
        slot = self._turn % HISTORY
        for place, row in zip((slot, slot + HISTORY, 2 * HISTORY), rows.unbind(1), strict=True):
            self._basis[:, place].copy_(row)
        self._turn += 1

    def _judge(self, slot: Tensor) -> None:
        """Whether the newest pairs count, and the first guess of the Hessian that follows from them."""
        diagonal = self._dots.diagonal(dim1=1, dim2=2)
        ss, yy = (diagonal.index_select(1, row.view(1)).flatten() for row in (slot, slot + HISTORY))
        sy = self._dots.index_select(1, slot.view(1)).flatten(1).index_select(1, (slot + HISTORY).view(1))
        sy = sy.flatten()
        good = sy > LEAST_CURVATURE * (ss * yy).sqrt()
        self._rho.index_copy_(1, slot.view(1), torch.where(good, 1 / sy, 0).unsqueeze(1))
        self._first_guess.copy_(torch.where(good, sy / yy, self._first_guess))

    def _two_loops(self, slot: Tensor) -> Tensor:
        """The coefficients, (N, rows), of the inverse Hessian, as the pairs know it, times the gradient."""
        newest_first = (slot - self._slots) % HISTORY
        order = torch.cat(
            [newest_first, newest_first + HISTORY, torch.full_like(self._slots[:1], 2 * HISTORY)]
        )
        dots = self._dots.index_select(1, order).index_select(2, order)
        rho = self._rho.index_select(1, newest_first)
        q = torch.zeros_like(dots[:, 0])
        q[:, -1] = 1
        alphas = []
        for age in range(HISTORY):
            alphas.append(rho[:, age] * (dots[:, age] * q).sum(1))
            q[:, HISTORY + age] -= alphas[age]
        # Without a pair that counts, the gradient itself, at the length of a first step.
        first = FIRST_STEP / (dots[:, -1, -1] / self._basis.shape[2]).sqrt().clamp_min(TINY)
        q *= torch.where(self._first_guess > 0, self._first_guess, first).unsqueeze(1)
        for age in reversed(range(HISTORY)):
            q[:, age] += alphas[age] - rho[:, age] * (dots[:, HISTORY + age] * q).sum(1)
        return torch.zeros_like(q).index_copy_(1, order, q)


class Descent:
    """Goes down from some pixels, and from others of the same shape after these: see `run`.

    What it works on stays in the same memory throughout, so that a GPU need record its step only once.
    """

    def __init__(self, pixels: Tensor, evaluate: Evaluate) -> None:
        """pixels: (N, ...) float32, left alone; of these counts where they lie and their shape."""
        self._evaluate = evaluate
        self._here = torch.empty_like(pixels, memory_format=torch.contiguous_format)
        self._best = torch.empty_like(self._here)
        self._lowest = torch.empty(len(pixels), device=pixels.device)
        self._optimizer = Lbfgs(self._here)
        self._repeat, self._pace = repeater(pixels.device), Pace(pixels.device)

    def run(self, pixels: Tensor, steps: int, after_step: AfterStep) -> Tensor:
        """Of each picture, the pixels of the lowest loss among `steps` evaluations; the next run reuses them.

        pixels: (N, ...) float32, left alone.
        """
        for start in (self._here, self._best):
            start.copy_(pixels)
        self._lowest.fill_(torch.inf)
        self._optimizer.restart(self._here)
        for number in range(1, steps + 1):
            losses = self._repeat(self._step)
            self._pace.keep()
            if not after_step(number, losses, self._best):
                break
        return self._best

    def _step(self) -> Tensor:
        here, best, lowest = self._here, self._best, self._lowest
        losses, gradient = self._evaluate(here)
        total = losses.sum(1)
        better = total < lowest
        torch.where(better.view(-1, *[1] * (here.dim() - 1)), here, best, out=best)
        torch.where(better, total, lowest, out=lowest)
        self._optimizer.advance(here, gradient)
        return losses


def minimize(pixels: Tensor, evaluate: Evaluate, steps: int, after_step: AfterStep) -> Tensor:
    """A single run of a `Descent`."""
    return Descent(pixels, evaluate).run(pixels, steps, after_step)
