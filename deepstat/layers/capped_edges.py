"""Edges of bins of equal shares, of which no single value takes more than one."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepstat.layers.frequencies import frequencies

# Capping a value lowers the total, and so the cap: this often it is taken anew.
ROUNDS = 20


def capped_edges(sample: Tensor, n_bins: int, weight: Tensor | None = None) -> Tensor:
    """Return quantiles of each column in which a value counts as at most one n_bins-th of the rows.

    Of a column without ties these are the quantiles 0, 1/n_bins, …, 1 (definition 7 of Hyndman and Fan 1996). Where a
    value fills many rows, plain quantiles are that value many times, and the other values share what bins are left:
    three of 32 in a column that is zero in nine rows of ten. Here all bins but one are theirs. A column of at most
    ``n_bins + 1`` distinct values has these as its edges.

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
        Ascending; the last value is repeated where there are fewer distinct ones.

    Examples
    --------
    >>> capped_edges(torch.tensor([[0.0]] * 20 + [[1.0], [2.0], [3.0], [4.0]]), 3)
    tensor([[0.0000, 1.0000, 2.5000, 4.0000]])
    >>> capped_edges(torch.tensor([[0.0], [5.0], [5.0], [9.0]]), 4)
    tensor([[0., 5., 9., 9., 9.]])
    """
    if sample.shape[0] == 0:
        raise ValueError("capped_edges got a sample without rows; give at least one.")
    columns = sample.detach().cpu().double().numpy().T
    rows = None if weight is None else frequencies(weight).detach().cpu().double().numpy()
    edges = np.array([_edges_of(column, n_bins, rows) for column in columns], dtype=np.float64)
    return torch.from_numpy(edges.reshape(len(columns), n_bins + 1)).to(sample)


def _edges_of(
    column: NDArray[np.float64], n_bins: int, rows: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    values, where = np.unique(column, return_inverse=True)
    if len(values) <= n_bins + 1:
        return np.concatenate([values, np.full(n_bins + 1 - len(values), values[-1])])
    counts = np.bincount(where, rows, len(values)).astype(np.float64)
    for _ in range(ROUNDS):
        cap = counts.sum() / n_bins
        if counts.max() <= cap * (1.0 + 1e-9):
            break
        counts = np.minimum(counts, cap)
    # Each value stands in the middle of its rows; the first and the last are the ends.
    middle = counts.cumsum() - counts / 2.0
    middle = (middle - middle[0]) / (middle[-1] - middle[0])
    found: NDArray[np.float64] = np.interp(np.linspace(0.0, 1.0, n_bins + 1), middle, values)
    return found
