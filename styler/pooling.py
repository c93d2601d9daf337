"""Max pooling by two, forwards and backwards, for feature maps that a relu has left without negatives.

PyTorch's own remembers a 64-bit index for every output value, four times the map itself in bfloat16. Here the
way back is found again from the map. Two facts make that cheap: floats that are not negative compare like the
integers with the same bits, and an integer shifted right by all but its sign is a mask.

Sizes are rounded up: an odd last row or column is a window of its own. Of equal values the upper, then the
left one gets the gradient (PyTorch: the first of the window), which matters only where two are equal.
"""

import torch
from torch import Tensor

INTEGERS = {torch.bfloat16: torch.int16, torch.float16: torch.int16, torch.float32: torch.int32}
ROWS, COLUMNS = 2, 3


def max_pool(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, ceil(H / 2), ceil(W / 2)), channels last."""
    return _larger(_larger(x, ROWS), COLUMNS)


def max_pool_backward(gradient: Tensor, x: Tensor) -> Tensor:
    """The gradient of `max_pool(x)`, of its shape -> that of `x`, which must hold no negative value."""
    integers = INTEGERS[x.dtype]
    bits = x.view(integers)
    taller = _split(gradient.view(integers), _larger(bits, ROWS), COLUMNS)
    return _split(taller, bits, ROWS).view(x.dtype)


def _larger(x: Tensor, axis: int) -> Tensor:
    """The larger of each two neighbours along `axis`; an odd last one stands alone."""
    first, second = _neighbours(x, axis)
    larger = torch.empty(first.shape, dtype=x.dtype, device=x.device, memory_format=torch.channels_last)
    pairs = second.shape[axis]
    torch.maximum(first.narrow(axis, 0, pairs), second, out=larger.narrow(axis, 0, pairs))
    if first.shape[axis] > pairs:
        larger.narrow(axis, pairs, 1).copy_(first.narrow(axis, pairs, 1))
    return larger


def _split(gradient: Tensor, x: Tensor, axis: int) -> Tensor:
    """Gives each value of `gradient` to the larger of the two neighbours that it came from. All integers."""
    apart = torch.empty_like(x, memory_format=torch.channels_last)
    (first, second), (to_first, to_second) = _neighbours(x, axis), _neighbours(apart, axis)
    pairs = second.shape[axis]
    paired = gradient.narrow(axis, 0, pairs)
    sign = torch.iinfo(x.dtype).bits - 1
    second_is_larger = (first.narrow(axis, 0, pairs) - second).bitwise_right_shift_(sign)
    torch.bitwise_and(paired, second_is_larger, out=to_second)
    torch.bitwise_xor(paired, to_second, out=to_first.narrow(axis, 0, pairs))
    if first.shape[axis] > pairs:
        to_first.narrow(axis, pairs, 1).copy_(gradient.narrow(axis, pairs, 1))
    return apart


def _neighbours(x: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    if axis == ROWS:
        return x[:, :, ::2], x[:, :, 1::2]
    return x[:, :, :, ::2], x[:, :, :, 1::2]
