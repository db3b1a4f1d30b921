"""Cosine decay with restarts."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from deepstat.schedules.check_fraction import check_fraction


def cosine_restarts(progress: Tensor, *, cycles: float = 5, end: float = 0.0) -> Tensor:
    """Return end + (1 - end) (1 + cos(pi t)) / 2 with t = cycles * progress mod 1.

    `cycles` half cosine waves of equal length, each from 1 down to `end`. The weights at the end of each are a
    network of their own (snapshot ensembles).

    Parameters
    ----------
    progress : Tensor of any shape
        Fractions of all steps done, in [0, 1).
    cycles : float >= 1
        Number of waves.
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
    Huang, Li, Pleiss, Liu, Hopcroft and Weinberger (2017), Snapshot ensembles: train 1, get M for free, ICLR.

    Examples
    --------
    >>> import torch
    >>> cosine_restarts(torch.tensor([0.0, 0.25, 0.5, 0.75]), cycles=2)
    tensor([1.0000, 0.5000, 1.0000, 0.5000])
    """
    check_fraction("cosine_restarts: cycles", cycles, low=1.0, high=math.inf)
    check_fraction("cosine_restarts: end", end)
    wave = cycles * progress
    wave = wave - (wave + 1e-6).floor()  # a start that rounding put before its time is a start still
    return end + (0.5 * (1.0 - end)) * (1.0 + torch.cos(math.pi * wave))
