"""Invert monotone functions that have no inverse in closed form, for predictions."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def bisect(is_below: Callable[[Tensor], Tensor], low: Tensor, high: Tensor) -> Tensor:
    """Return where `is_below` turns from true to false between `low` and `high`, to the last bits of float64.

    Sixty halvings: as many calls, but no start, no derivative and no case in which it fails.

    Parameters
    ----------
    is_below : callable
        Takes places of the shape of `low`, returns whether the answer lies above each.
    low, high : Tensor
        Of one shape.

    Returns
    -------
    Tensor
        Of that shape.

    Examples
    --------
    >>> bisect(lambda x: x**2 < 2.0, torch.tensor([0.0]), torch.tensor([2.0]))
    tensor([1.4142])
    """
    for _ in range(60):
        middle = 0.5 * (low + high)
        below = is_below(middle)
        low, high = torch.where(below, middle, low), torch.where(below, high, middle)
    return 0.5 * (low + high)
