"""Linear decay."""

from __future__ import annotations

from torch import Tensor

from deepstat.schedules.check_fraction import check_fraction


def linear(progress: Tensor, *, end: float = 0.0) -> Tensor:
    """Return 1 - (1 - end) progress.

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

    Examples
    --------
    >>> import torch
    >>> linear(torch.tensor([0.0, 0.25, 0.5]))
    tensor([1.0000, 0.7500, 0.5000])
    """
    check_fraction("linear: end", end)
    return 1.0 - (1.0 - end) * progress
