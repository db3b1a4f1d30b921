"""Edges of bins that hold equal shares of a sample."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.layers.frequencies import frequencies


def quantile_edges(sample: Tensor, n_bins: int, weight: Tensor | None = None) -> Tensor:
    """Return the quantiles 0, 1/n_bins, …, 1 of each column, by linear interpolation of the order statistics.

    Tied values give equal edges, hence bins of width zero; there are always `n_bins` bins.
    (``torch.quantile`` refuses more than 16 million values.)

    Parameters
    ----------
    sample : Tensor of shape (n, p)
        At least one row.
    n_bins : int
    weight : Tensor of shape (n,) or None
        Frequencies: a row of weight two counts as two rows. See :func:`deepstat.layers.frequencies.frequencies`.

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
    >>> quantile_edges(torch.tensor([[0.0], [1.0]]), 2, torch.tensor([1.0, 2.0]))
    tensor([[0., 1., 1.]])
    """
    n = sample.shape[0]
    if n == 0:
        raise ValueError("quantile_edges got a sample without rows; give at least one.")
    ordered, order = sample.sort(dim=0)
    if weight is None:
        position = torch.linspace(0, n - 1, n_bins + 1, dtype=torch.float64, device=sample.device)
        below = position.floor().long().clamp(max=max(n - 2, 0))
        above = (below + 1).clamp(max=n - 1)
        share = (position - below).to(sample.dtype).unsqueeze(1)
        return torch.lerp(ordered[below], ordered[above], share).t().contiguous()
    upto = frequencies(weight)[order].t().cumsum(1)  # (p, n): rows up to each value, by column
    position = torch.linspace(0, 1, n_bins + 1, dtype=torch.float64, device=sample.device) * (
        upto[:, -1:] - 1
    )
    # The order statistic k, from 0, is the first value with more than k rows up to it.
    whole = position.floor()
    below, above = (torch.searchsorted(upto, whole + step, right=True).clamp(max=n - 1) for step in (0, 1))
    columns = ordered.t()
    edges = torch.lerp(
        columns.gather(1, below), columns.gather(1, above), (position - whole).to(sample.dtype)
    )
    edges[:, -1] = columns[:, -1]  # fractions of a row may end before it
    return edges
