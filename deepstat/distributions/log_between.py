"""The logarithm of the probability of an interval, taken from the tail where it keeps its digits."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from deepstat.distributions.log_complement import log_complement
from deepstat.distributions.support_ends import End

# Where a function is evaluated and then not used: inside every support that has tails.
INSIDE = 0.5


def log_between(
    distribution: Any, low: Tensor | None, high: Tensor | None, *, ends: tuple[End, End]
) -> Tensor:
    """Return log P(low < Y <= high).

    The difference of two distribution functions or of two survival functions, whichever has the smaller terms, so that
    an interval far out in either tail keeps its relative precision; gradients are finite. None and places at or beyond
    the ends of the support are open ends.

    Parameters
    ----------
    distribution : torch.distributions.Distribution
        With ``log_cdf`` and ``log_survival``.
    low, high : Tensor of shape (n,) or (), or None
        At least one is given.
    ends : tuple of float or Tensor
        A place at which the distribution function is zero, and one at which it is one; may be infinite.

    Returns
    -------
    Tensor of shape (n,)

    Examples
    --------
    >>> from deepstat.distributions.normal import Normal
    >>> normal = Normal(*torch.tensor([[0.0], [1.0]], dtype=torch.float64))
    >>> low = torch.tensor([-1.0, 20.0], dtype=torch.float64)
    >>> log_between(normal, low, low + 1, ends=(-math.inf, math.inf))
    tensor([  -1.0749, -203.9172], dtype=torch.float64)
    """
    if low is not None:
        from_start = low <= ends[0]
        low = torch.where(from_start, INSIDE, low)
    if high is not None:
        to_end = high >= ends[1]
        high = torch.where(to_end, INSIDE, high)
    if low is None:
        return torch.where(to_end, 0.0, distribution.log_cdf(high))
    above_low = torch.where(from_start, 0.0, distribution.log_survival(low))
    if high is None:
        return above_low
    below_high = torch.where(to_end, 0.0, distribution.log_cdf(high))
    above_high = torch.where(to_end, -math.inf, distribution.log_survival(high))
    below_low = torch.where(from_start, -math.inf, distribution.log_cdf(low))
    upper = above_low < below_high
    larger = torch.where(upper, above_low, below_high)
    return larger + log_complement(torch.where(upper, above_high, below_low) - larger)
