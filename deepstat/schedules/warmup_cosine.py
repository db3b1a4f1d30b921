"""Linear warm-up, then cosine decay."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.schedules.check_fraction import check_fraction
from deepstat.schedules.cosine import cosine


def warmup_cosine(progress: Tensor, *, warmup: float = 0.1, start: float = 0.01, end: float = 0.0) -> Tensor:
    """Return a line from `start` up to 1 at the fraction `warmup`, then half a cosine wave down to `end`.

    Parameters
    ----------
    progress : Tensor of any shape
        Fractions of all steps done, in [0, 1).
    warmup : float in [0, 1]
        How much of the fit goes up.
    start, end : float in [0, 1]
        The first factor (above 0, so that the first step is not lost), and where it goes to.

    Returns
    -------
    Tensor of the same shape

    Raises
    ------
    ValueError
        An option lies outside its range.

    References
    ----------
    Goyal et al. (2017), Accurate, large minibatch SGD: training ImageNet in 1 hour, arXiv:1706.02677.

    Examples
    --------
    >>> import torch
    >>> warmup_cosine(torch.tensor([0.0, 0.05, 0.1, 0.55]))
    tensor([0.0100, 0.5050, 1.0000, 0.5000])
    """
    for name, value in (("warmup", warmup), ("start", start), ("end", end)):
        check_fraction(f"warmup_cosine: {name}", value)
    up = start + (1.0 - start) * (progress / max(warmup, 1e-12))
    down = (progress - warmup).clamp(min=0.0) / max(1.0 - warmup, 1e-12)
    return torch.where(progress < warmup, up, cosine(down, end=end))
