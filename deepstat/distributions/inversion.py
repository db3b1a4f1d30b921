"""Quantiles from a distribution function, for all rows at once."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from deepstat.distributions.support_ends import End

WIDENINGS = 600  # each doubles the bracket: more than float64 has binary orders of magnitude on one side
STEPS = 130  # 60 of interpolation and bisection, then 64 halvings of the numbers that float64 can hold


def invert(
    cdf: Callable[[Tensor], Tensor],
    q: Tensor,
    start: tuple[Tensor, Tensor],
    ends: tuple[End, End] = (-math.inf, math.inf),
    *,
    is_discrete: bool = False,
) -> Tensor:
    """Return the smallest x with cdf(x) >= q, to the precision of the distribution function.

    A first bracket is widened until it holds the quantile; then inverse quadratic interpolation with bisection as the
    safeguard (continuous: about ten evaluations where the function is smooth), or bisection of whole numbers.

    Parameters
    ----------
    cdf : callable
        From places, float64, to probabilities of the same shape; does not fall.
    q : Tensor
        Probabilities; 0 gives the lower end and 1 the upper end, anything outside [0, 1] NaN.
    start : tuple of two Tensors
        A first bracket low <= high; it need not hold the quantile, but its width should be of the right order.
    ends : tuple of two floats or Tensors
        Ends of the support.
    is_discrete : bool
        Whether the values are whole numbers.

    Returns
    -------
    Tensor of the shape that `q` and `start` have together

    References
    ----------
    Chandrupatla (1997), A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function without
    using derivatives, Advances in Engineering Software 28.

    Examples
    --------
    >>> q = torch.tensor([0.0, 0.5, 0.975], dtype=torch.float64)
    >>> invert(torch.special.ndtr, q, (torch.tensor(-1.0), torch.tensor(1.0))).round(decimals=6) + 0.0
    tensor([  -inf, 0.0000, 1.9600], dtype=torch.float64)
    """
    dtype = q.dtype
    q, low, high, floor, ceiling = torch.broadcast_tensors(
        q.double(), *(torch.as_tensor(each, dtype=torch.float64) for each in (*start, *ends))
    )
    if is_discrete:
        low, high = low.floor(), high.ceil()
    low, high = _bracket(cdf, q, low, high, floor, ceiling)
    x = _bisect_whole(cdf, q, low, high) if is_discrete else _cross(cdf, q, low, high)
    x = torch.where(q <= 0, floor, torch.where(q >= 1, ceiling, x))
    return torch.where((q >= 0) & (q <= 1), x, math.nan).to(dtype)


def _bracket(
    cdf: Callable[[Tensor], Tensor], q: Tensor, low: Tensor, high: Tensor, floor: Tensor, ceiling: Tensor
) -> tuple[Tensor, Tensor]:
    """Widen until cdf(low) < q <= cdf(high); where the lower end itself has enough, both are that end."""
    width = (high - low).clamp(min=1e-3)
    low, high = low.clamp(floor, ceiling), high.clamp(floor, ceiling)
    wanted = (q > 0) & (q < 1)
    for _ in range(WIDENINGS):
        is_low, is_high = cdf(low) < q, cdf(high) >= q
        if not (wanted & ~((is_low | (low <= floor)) & (is_high | (high >= ceiling)))).any():
            break
        # What is too far to one side bounds the other.
        low, high = (
            torch.where(is_low, torch.where(is_high, low, high), low - width).clamp(floor, ceiling),
            torch.where(is_high, torch.where(is_low, high, low), high + width).clamp(floor, ceiling),
        )
        width = 2 * width
    at_floor = (low <= floor) & ~(cdf(low) < q)
    return low, torch.where(at_floor, low, high)


def _bisect_whole(cdf: Callable[[Tensor], Tensor], q: Tensor, low: Tensor, high: Tensor) -> Tensor:
    while ((high - low) > 1).any():
        middle = ((low + high) / 2).floor()
        enough = cdf(middle) >= q
        low, high = torch.where(enough, low, middle), torch.where(enough, middle, high)
        # Neighbours stay: the middle of (k, k + 1) is k, which is too low again.
    return high


def _cross(cdf: Callable[[Tensor], Tensor], q: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Chandrupatla's method: a is the newest end of the bracket, b the other, c the one before."""
    a, b, c = low, high, low
    f_a, f_b = cdf(a) - q, cdf(b) - q
    f_c = f_a
    share = torch.full_like(q, 0.5)
    tiny, eps = torch.finfo(q.dtype).tiny, torch.finfo(q.dtype).eps
    for step in range(STEPS):
        x = _halfway(a, b) if step > STEPS - 65 else a + share * (b - a)
        f = cdf(x) - q
        same = (f >= 0) == (f_a >= 0)
        c, f_c = torch.where(same, a, b), torch.where(same, f_a, f_b)
        b, f_b = torch.where(same, b, a), torch.where(same, f_b, f_a)
        a, f_a = x, f
        best = torch.where(f_a.abs() < f_b.abs(), a, b)
        least = 2 * eps * best.abs() + tiny
        done = ((b - a).abs() <= 2 * least) | (f_a.abs() <= 4 * eps * q) | ~f.isfinite()
        if done.all():
            break
        xi, phi = (a - b) / (c - b), (f_a - f_b) / (f_c - f_b)
        curved = (phi.square() < xi) & ((1 - phi).square() < 1 - xi)
        inverse = f_a / (f_b - f_a) * f_c / (f_b - f_c) + (c - a) / (b - a) * f_a / (f_c - f_a) * f_b / (
            f_c - f_b
        )
        edge = (least / (b - a).abs()).clamp(max=0.5)
        share = torch.where(curved & inverse.isfinite(), inverse, 0.5).clamp(edge, 1 - edge)
    upper = torch.where(f_a >= 0, a, b)  # at a jump of the function the quantile is its upper side
    jump = (f_a.abs() > 1e-9) & (f_b.abs() > 1e-9)
    return torch.where(jump, upper, torch.where(f_a.abs() < f_b.abs(), a, b))


def _halfway(a: Tensor, b: Tensor) -> Tensor:
    """Return the float64 that has as many floats on either side: reaches 1e-200 from 1 in few steps."""
    i, j = _rank(a), _rank(b)
    middle = (i // 2) + (j // 2) + (i % 2 + j % 2) // 2
    bits = torch.where(middle < 0, -middle, middle)
    return torch.where(middle < 0, -1.0, 1.0) * bits.view(torch.float64)


def _rank(x: Tensor) -> Tensor:
    bits = x.abs().contiguous().view(torch.int64)
    return torch.where(x < 0, -bits, bits)
