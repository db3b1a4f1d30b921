"""The support of what lies between two ends."""

from __future__ import annotations

import math
from typing import Any

from torch.distributions import constraints

from deepstat.distributions.support_ends import End

WHOLE_FROM = type(constraints.nonnegative_integer)


def support_between(low: End, high: End, *, is_discrete: bool) -> Any:
    """Return the constraint of the numbers, or whole numbers, from `low` to `high`, both included where finite.

    Parameters
    ----------
    low, high : float or Tensor
        Infinite numbers where there is no end.
    is_discrete : bool

    Examples
    --------
    >>> support_between(0.0, math.inf, is_discrete=False), support_between(0, 3, is_discrete=True)
    (GreaterThanEq(lower_bound=0.0), IntegerInterval(lower_bound=0, upper_bound=3))
    """
    begins, ends = not _is(low, -math.inf), not _is(high, math.inf)
    if is_discrete:
        return constraints.integer_interval(low, high) if ends else WHOLE_FROM(low)
    if begins and ends:
        return constraints.interval(low, high)
    if begins:
        return constraints.greater_than_eq(low)
    return constraints.less_than(high) if ends else constraints.real


def _is(end: End, infinity: float) -> bool:
    return isinstance(end, (int, float)) and end == infinity
