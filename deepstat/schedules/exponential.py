"""Exponential decay."""

from __future__ import annotations

from torch import Tensor


def exponential(progress: Tensor, *, end: float = 0.01) -> Tensor:
    """Return end^progress: the same relative decay at every step.

    Parameters
    ----------
    progress : Tensor of any shape
        Fractions of all steps done, in [0, 1).
    end : float in (0, 1]
        Where the factor goes to.

    Returns
    -------
    Tensor of the same shape

    Raises
    ------
    ValueError
        `end` lies outside its range.

    Examples
    --------
    >>> import torch
    >>> exponential(torch.tensor([0.0, 0.5]))
    tensor([1.0000, 0.1000])
    """
    if not 0.0 < end <= 1.0:
        raise ValueError(f"exponential: end={end!r} is not allowed; give a number above 0 and up to 1.")
    return end**progress
