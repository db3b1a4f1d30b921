"""Weights of rows as the numbers of times that they count."""

from __future__ import annotations

from torch import Tensor


def frequencies(weight: Tensor) -> Tensor:
    """Return weights in float64, scaled up so that none is below one.

    Whole weights stay what they are: a row of weight two is the row twice. Fractions, such as shares that sum to one,
    would make a sample of less than a row, of which there are no quantiles; no row counts less than once.

    Parameters
    ----------
    weight : Tensor of shape (n,)
        Positive.

    Examples
    --------
    >>> import torch
    >>> frequencies(torch.tensor([2.0, 1.0])), frequencies(torch.tensor([0.5, 0.25]))
    (tensor([2., 1.], dtype=torch.float64), tensor([2., 1.], dtype=torch.float64))
    """
    weight = weight.double()
    return weight / weight.min().clamp(max=1.0)
