"""Cosine waves that grow longer."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from deepstat.schedules.check_fraction import check_fraction


def coslog(progress: Tensor, *, cycles: float = 4) -> Tensor:
    """Return (1 - cos(2 pi log2(1 + (2^cycles - 1) progress))) / 2.

    From 0 up and down again `cycles` times, each wave twice as long as the one before. The first step's factor
    is 0.

    Parameters
    ----------
    progress : Tensor of any shape
        Fractions of all steps done, in [0, 1).
    cycles : float >= 0.5
        Number of waves; the last is longer than half of the fit.

    Returns
    -------
    Tensor of the same shape

    Raises
    ------
    ValueError
        `cycles` is below a half.

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart (2024), Better by default: strong pre-tuned MLPs and boosted trees on
    tabular data, NeurIPS.

    Examples
    --------
    >>> import torch
    >>> coslog(torch.tensor([0.0, 0.1, 0.2]))
    tensor([0.0000, 0.7184, 0.0000])
    """
    check_fraction("coslog: cycles", cycles, low=0.5, high=math.inf)
    return 0.5 - 0.5 * torch.cos(2.0 * math.pi * torch.log2(1.0 + (2.0**cycles - 1.0) * progress))
