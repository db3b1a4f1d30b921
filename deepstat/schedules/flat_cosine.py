"""Constant, then cosine decay."""

from __future__ import annotations

from torch import Tensor

from deepstat.schedules.check_fraction import check_fraction
from deepstat.schedules.cosine import cosine


def flat_cosine(progress: Tensor, *, flat: float = 0.5, end: float = 0.0) -> Tensor:
    """Return 1 up to the fraction `flat`, then half a cosine wave down to `end`.

    Parameters
    ----------
    progress : Tensor of any shape
        Fractions of all steps done, in [0, 1).
    flat : float in [0, 1]
        How much of the fit has the full learning rate.
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
    >>> flat_cosine(torch.tensor([0.0, 0.5, 0.75]))
    tensor([1.0000, 1.0000, 0.5000])
    """
    check_fraction("flat_cosine: flat", flat)
    check_fraction("flat_cosine: end", end)
    decay = (progress - flat).clamp(min=0.0) / max(1.0 - flat, 1e-12)
    return cosine(decay, end=end)
