"""Exponential linear unit."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def elu(x: Tensor, *, alpha: float = 1.0) -> Tensor:
    """Return x where x > 0 and else alpha (exp(x) - 1).

    Parameters
    ----------
    x : Tensor of any shape
    alpha : float
        Minus the limit for large negative x.

    Returns
    -------
    Tensor of the same shape

    References
    ----------
    Clevert, Unterthiner and Hochreiter (2016), Fast and accurate deep network learning by exponential linear units.

    Examples
    --------
    >>> import torch
    >>> elu(torch.tensor([-1.0, 2.0]), alpha=2.0)
    tensor([-1.2642,  2.0000])
    """
    return functional.elu(x, alpha)
