"""Cosine decay."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from deepstat.schedules.check_fraction import check_fraction


def cosine(progress: Tensor, *, end: float = 0.0) -> Tensor:
    """Return end + (1 - end) (1 + cos(pi progress)) / 2: half a cosine wave from 1 down to `end`.

    Parameters
    ----------
    progress : Tensor of any shape
        Fractions of all steps done, in [0, 1).
    end : float in [0, 1]
        Where the factor goes to.

    Returns
    -------
    Tensor of the same shape

    Raises
    ------
    ValueError
        An option lies outside its range.

    References
    ----------
    Loshchilov and Hutter (2017), SGDR: stochastic gradient descent with warm restarts, ICLR.

    Examples
    --------
    >>> import torch
    >>> cosine(torch.tensor([0.0, 0.25, 0.5]))
    tensor([1.0000, 0.8536, 0.5000])
    """
    check_fraction("cosine: end", end)
    return end + (0.5 * (1.0 - end)) * (1.0 + torch.cos(math.pi * progress))
