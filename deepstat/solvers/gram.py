"""Weighted cross-products of one design with many weightings."""

from __future__ import annotations

import torch
from torch import Tensor

# Rows whose pairwise products are held at once: 2**22 doubles are 32 MB.
_PAIR_ENTRIES = 2**22


def gram(X: Tensor, weight: Tensor) -> Tensor:
    """Return X' diag(weight_k) X for every member k, as one matrix product.

    The p (p + 1) / 2 products of columns are formed once and shared by all members, so K members cost one
    (K, n) by (n, p (p + 1) / 2) product and never a (K, n, p) tensor.

    Parameters
    ----------
    X : Tensor of shape (n, p)
    weight : Tensor of shape (..., n)
        Any sign.

    Returns
    -------
    Tensor of shape (..., p, p)
        Exactly symmetric.

    Examples
    --------
    >>> import torch
    >>> gram(torch.tensor([[1.0, 2.0], [1.0, 3.0]]), torch.tensor([[1.0, 1.0], [2.0, 0.0]]))
    tensor([[[ 2.,  5.],
             [ 5., 13.]],
    <BLANKLINE>
            [[ 2.,  4.],
             [ 4.,  8.]]])
    """
    n, p = X.shape
    row, column = torch.triu_indices(p, p, device=X.device)
    chunk = max(1, _PAIR_ENTRIES // max(1, len(row)))
    packed = X.new_zeros(*weight.shape[:-1], len(row))
    for first in range(0, n, chunk):
        part = X[first : first + chunk]
        packed += weight[..., first : first + chunk] @ (part[:, row] * part[:, column])
    out = X.new_empty(*weight.shape[:-1], p, p)
    out[..., row, column] = packed
    out[..., column, row] = packed
    return out
