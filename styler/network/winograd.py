"""3 x 3 convolutions with a quarter of the multiplications, for processors without a matrix unit.

F(4 x 4, 3 x 3) of Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015). Places are made
in tiles of 4 x 4, each from 6 x 6 others. Tile and kernel are both lifted to 36 planes, which need only be
multiplied one by one, over all channels at once: 36 matrix products. The lifting is sums; those needed twice
are made once, and all of them strip by strip of the map, while it is in the processor's cache. In bfloat16
the sums are a matrix product too, which rounds once.

The planes are values of polynomials at 0, A, -A, B, -B and infinity. Lavin and Gray have A = 1 and B = 2.
Here A B = 1: then a kernel turned about has the same planes in another order, and the way back needs no
kernel of its own. These values also keep the planes small: theirs lose twice as many digits to bfloat16.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from styler.device import is_faster

TILE = 4  # places made at once, along each side
PLANES = TILE + 2
WIDE = 128  # channels, fewer of which are not worth the sums
STRIP = 2**21  # numbers of a strip's lifted tiles; more leave the cache, fewer make small matrices

A, B = 2**0.5, 2**-0.5
NORM = 1 / (2 * (A**2 - B**2))
LIFTED_KERNEL = (
    (1, 0, 0),
    (NORM * B, NORM, NORM * A),
    (-NORM * B, NORM, -NORM * A),
    (NORM * A, NORM, NORM * B),
    (-NORM * A, NORM, -NORM * B),
    (0, 0, 1),
)
ORDER = (0, 1, 2, 3, 4, 5)
TURNED_ORDER = (5, 3, 4, 1, 2, 0)


@lru_cache
def winograd_pays(dtype: torch.dtype) -> bool:
    """Whether this processor makes a convolution of block 4 in less time so than by the library's way.

    Found by a trial of a quarter of a second. With fewer channels it would be shorter, and where memory is
    still cold, as at the start of a program, it would come out wrong one time in five.
    """
    x = torch.ones(1, 512, 32, 32, dtype=dtype).contiguous(memory_format=torch.channels_last)
    weight = torch.ones(512, 512, 3, 3, dtype=dtype).contiguous(memory_format=torch.channels_last)
    lifted = Winograd.lifted(weight)
    return is_faster(lambda: lifted(x, None, (1, 1)).relu_(), lambda: F.conv2d(x, weight, padding=1).relu_())


class Winograd:
    """One convolution, lifted: four times the kernel's memory."""

    def __init__(self, kernel: Tensor, order: Sequence[int]) -> None:
        """See `lifted` and `turned`. kernel: (36, in, out). order: of its planes, along rows and columns."""
        self._kernel = kernel
        self._order = order
        self._matrices = None if kernel.dtype == torch.float32 else _matrices(order, kernel.dtype)

    @classmethod
    def lifted(cls, weight: Tensor) -> "Winograd":
        """weight: (out, in, 3, 3), float32 or bfloat16."""
        lift = torch.tensor(LIFTED_KERNEL, dtype=torch.float64)
        both = torch.einsum("ir,js->ijrs", lift, lift).reshape(PLANES**2, 9).float()
        out, into = weight.shape[:2]
        kernel = (both @ weight.permute(2, 3, 1, 0).reshape(9, into * out).float()).to(weight.dtype)
        return cls(kernel.view(PLANES**2, into, out), ORDER)

    def turned(self) -> "Winograd":
        """The convolution with the kernel turned about, from out to in; it shares this one's memory."""
        return Winograd(self._kernel.transpose(1, 2), TURNED_ORDER)

    def __call__(self, x: Tensor, bias: Tensor | None, padding: tuple[int, int]) -> Tensor:
        """(N, in, H, W), channels last -> (N, out, H', W'), likewise, in the kernel's precision.

        bias: (out,). padding: rows and columns of zeros on each side.
        """
        _, into, out = self._kernel.shape
        height, width = (size + 2 * (by - 1) for size, by in zip(x.shape[2:], padding, strict=True))
        down, across = -(-height // TILE), -(-width // TILE)
        below, right = TILE * down + 2 - x.shape[2] - padding[0], TILE * across + 2 - x.shape[3] - padding[1]
        places = F.pad(x.permute(0, 2, 3, 1), (0, 0, padding[1], right, padding[0], below))
        made = x.new_empty(len(x), down, TILE, across, TILE, out)
        rows = max(1, STRIP // (PLANES**2 * len(x) * across * max(into, out)))
        for top in range(0, down, rows):
            strip = places[:, TILE * top : TILE * min(top + rows, down) + 2]
            self._make(strip, made[:, top : top + rows])
        made = made.view(len(x), TILE * down, TILE * across, out)[:, :height, :width]
        if bias is not None:
            made += bias
        return made.permute(0, 3, 1, 2)

    def _make(self, x: Tensor, made: Tensor) -> None:
        """(N, 4 down + 2, 4 across + 2, in) -> (N, down, 4, across, 4, out), the latter in place."""
        if self._matrices is None:
            self._make_by_sums(x, made)
        else:
            self._make_by_products(x, made, *self._matrices)

    def _make_by_sums(self, x: Tensor, made: Tensor) -> None:
        pictures, down, _, across, _, out = made.shape
        into = x.shape[3]
        rows = x.new_empty(PLANES, pictures, down, x.shape[2], into)
        _lift([x[:, i : i + TILE * down - 3 : TILE] for i in range(PLANES)], self._ordered(rows, 0))
        tiles = x.new_empty(PLANES, PLANES, pictures, down, across, into)
        columns = [rows[:, :, :, j : j + TILE * across - 3 : TILE] for j in range(PLANES)]
        _lift(columns, self._ordered(tiles, 1))
        products = torch.bmm(tiles.view(PLANES**2, -1, into), self._kernel)
        products = products.view(PLANES, PLANES, pictures, down, across, out)
        lowered = x.new_empty(TILE, PLANES, pictures, down, across, out)
        _lower(self._ordered(products, 0), list(lowered))
        _lower(self._ordered(lowered, 1), list(made.permute(4, 2, 0, 1, 3, 5)))

    def _make_by_products(self, x: Tensor, made: Tensor, lift: Tensor, lower: Tensor) -> None:
        """All sums of a tile at once: the product adds them up in float32."""
        pictures, down, _, across, _, out = made.shape
        places = x.unfold(1, PLANES, TILE).unfold(2, PLANES, TILE).permute(4, 5, 0, 1, 2, 3)
        tiles = (lift @ places.reshape(PLANES**2, -1)).view(PLANES**2, -1, x.shape[3])
        lowered = lower @ torch.bmm(tiles, self._kernel).view(PLANES**2, -1)
        made.copy_(lowered.view(TILE, TILE, pictures, down, across, out).permute(2, 3, 0, 4, 1, 5))

    def _ordered(self, planes: Tensor, axis: int) -> list[Tensor]:
        apart = planes.unbind(axis)
        return [apart[index] for index in self._order]


def _lift(x: Sequence[Tensor], out: Sequence[Tensor]) -> None:
    """Six neighbours, along rows or columns, of every tile -> six planes."""
    torch.add(x[0], x[4], out=out[0]).sub_(x[2], alpha=A**2 + B**2)
    torch.add(x[1], x[5], out=out[5]).sub_(x[3], alpha=A**2 + B**2)
    even, odd = torch.sub(x[4], x[2], alpha=B**2), torch.sub(x[3], x[1], alpha=B**2)
    torch.add(odd, even, alpha=B, out=out[1])
    torch.sub(odd, even, alpha=B, out=out[2])
    torch.sub(x[4], x[2], alpha=A**2, out=even)
    torch.sub(x[3], x[1], alpha=A**2, out=odd)
    torch.add(odd, even, alpha=A, out=out[3])
    torch.sub(odd, even, alpha=A, out=out[4])


def _lower(x: Sequence[Tensor], out: Sequence[Tensor]) -> None:
    """Six planes -> four neighbours, along rows or columns, of every tile."""
    even, odd = x[1] + x[2], x[1] - x[2]
    other_even, other_odd = x[3] + x[4], x[3] - x[4]
    torch.sub(even, other_even, out=out[0]).add_(x[0])
    torch.mul(even, A**2, out=out[2]).sub_(other_even, alpha=B**2)
    odd.mul_(A)
    torch.sub(odd, other_odd, alpha=B, out=out[1])
    torch.add(x[5], odd, alpha=A**2, out=out[3]).sub_(other_odd, alpha=B**3)


def _matrices(order: Sequence[int], dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """What lifts the 6 x 6 places of a tile, (36, 36), and what lowers as many planes, (16, 36)."""
    lift, lower = _matrix(_lift, PLANES)[list(order)], _matrix(_lower, TILE)[:, list(order)]
    return torch.kron(lift, lift).to(dtype), torch.kron(lower, lower).to(dtype)


def _matrix(sums: Callable[[Sequence[Tensor], Sequence[Tensor]], None], made: int) -> Tensor:
    """(made, 6): what the sums make of each of the six alone."""
    out = torch.empty(made, PLANES, dtype=torch.float64)
    sums(list(torch.eye(PLANES, dtype=torch.float64)), list(out))
    return out
