"""Edges of bins that hold equal shares of a sample."""

from __future__ import annotations

import torch
from torch import Tensor


def quantile_edges(sample: Tensor, n_bins: int) -> Tensor:
    """Return the quantiles 0, 1/n_bins, …, 1 of each column, by linear interpolation of the order statistics.

    Tied values give equal edges, hence bins of width zero; there are always `n_bins` bins.
    (``torch.quantile`` refuses more than 16 million values.)

    Parameters
    ----------
    sample : Tensor of shape (n, p)
        At least one row.
    n_bins : int

    Returns
    -------
    Tensor of shape (p, n_bins + 1)

    References
    ----------
    Hyndman and Fan (1996), Sample quantiles in statistical packages, definition 7.

    Examples
    --------
    >>> quantile_edges(torch.tensor([[0.0], [1.0], [2.0], [10.0]]), 2)
    tensor([[ 0.0000,  1.5000, 10.0000]])
    """
    n = sample.shape[0]
    if n == 0:
        raise ValueError("quantile_edges got a sample without rows; give at least one.")
    ordered = sample.sort(dim=0).values
    position = torch.linspace(0, n - 1, n_bins + 1, dtype=torch.float64, device=sample.device)
    below = position.floor().long().clamp(max=max(n - 2, 0))
    above = (below + 1).clamp(max=n - 1)
    share = (position - below).to(sample.dtype).unsqueeze(1)
    return torch.lerp(ordered[below], ordered[above], share).t().contiguous()
