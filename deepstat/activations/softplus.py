"""Softplus."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def softplus(x: Tensor, *, beta: float = 1.0) -> Tensor:
    """Return log(1 + exp(beta x)) / beta, a smooth rectifier.

    Parameters
    ----------
    x : Tensor of any shape
    beta : float > 0
        Sharpness: the rectifier itself in the limit.

    Returns
    -------
    Tensor of the same shape

    Raises
    ------
    ValueError
        `beta` is not positive.

    References
    ----------
    Dugas, Bengio, Bélisle, Nadeau and Garcia (2001), Incorporating second-order functional knowledge for better
    option pricing.

    Examples
    --------
    >>> import torch
    >>> softplus(torch.tensor([-1.0, 0.0, 2.0]))
    tensor([0.3133, 0.6931, 2.1269])
    """
    if not beta > 0:
        raise ValueError(f"softplus: beta={beta!r} is not allowed; give a positive number.")
    return functional.softplus(x, beta)
