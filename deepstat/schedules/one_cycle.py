"""One cycle up and down."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.schedules.check_fraction import check_fraction
from deepstat.schedules.cosine import cosine


def one_cycle(progress: Tensor, *, warmup: float = 0.3, start: float = 0.04, end: float = 0.0) -> Tensor:
    """Return half a cosine wave from `start` up to 1 at the fraction `warmup`, then one down to `end`.

    Parameters
    ----------
    progress : Tensor of any shape
        Fractions of all steps done, in [0, 1).
    warmup : float in [0, 1]
        How much of the fit goes up.
    start, end : float in [0, 1]
        The first factor, and where it goes to.

    Returns
    -------
    Tensor of the same shape

    Raises
    ------
    ValueError
        An option lies outside its range.

    References
    ----------
    Smith and Topin (2018), Super-convergence: very fast training of neural networks using large learning rates.

    Examples
    --------
    >>> import torch
    >>> one_cycle(torch.tensor([0.0, 0.15, 0.3, 0.65]))
    tensor([0.0400, 0.5200, 1.0000, 0.5000])
    """
    for name, value in (("warmup", warmup), ("start", start), ("end", end)):
        check_fraction(f"one_cycle: {name}", value)
    up = (progress / max(warmup, 1e-12)).clamp(max=1.0)
    down = (progress - warmup).clamp(min=0.0) / max(1.0 - warmup, 1e-12)
    return torch.where(progress < warmup, cosine(1.0 - up, end=start), cosine(down, end=end))
