"""Swish."""

from __future__ import annotations

import torch
from torch import Tensor


def swish(x: Tensor, *, beta: float = 1.0) -> Tensor:
    """Return x sigmoid(beta x): ``silu`` for beta = 1, x / 2 for beta = 0, the rectifier in the limit.

    Parameters
    ----------
    x : Tensor of any shape
    beta : float
        Sharpness. Where it is 1, ``silu`` is the same function in one kernel call instead of three.

    Returns
    -------
    Tensor of the same shape

    References
    ----------
    Ramachandran, Zoph and Le (2017), Searching for activation functions, arXiv:1710.05941.

    Examples
    --------
    >>> import torch
    >>> swish(torch.tensor([-1.0, 0.0, 2.0]), beta=2.0)
    tensor([-0.1192,  0.0000,  1.9640])
    """
    return x * torch.sigmoid(beta * x)
