"""Leaky rectifier."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def leaky_relu(x: Tensor, *, negative_slope: float = 0.01) -> Tensor:
    """Return x where x > 0 and else negative_slope x.

    Parameters
    ----------
    x : Tensor of any shape
    negative_slope : float
        Slope for negative x.

    Returns
    -------
    Tensor of the same shape

    References
    ----------
    Maas, Hannun and Ng (2013), Rectifier nonlinearities improve neural network acoustic models.

    Examples
    --------
    >>> import torch
    >>> leaky_relu(torch.tensor([-1.0, 2.0]), negative_slope=0.5)
    tensor([-0.5000,  2.0000])
    """
    return functional.leaky_relu(x, negative_slope)
