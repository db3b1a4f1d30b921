"""Pooled nodes back at their places."""

from __future__ import annotations

from torch import Tensor


def unpool(x: Tensor, kept: Tensor, n_nodes: int) -> Tensor:
    """Return (n_nodes, d) with the rows of x at the positions `kept`, and zeros elsewhere.

    Parameters
    ----------
    x : Tensor of shape (m, d)
    kept : Tensor of int64, shape (m,)
        As :class:`deepstat.layers.pooling.top_k.TopK` gives them.
    n_nodes : int

    References
    ----------
    Gao and Ji (2019), Graph U-Nets, ICML.

    Examples
    --------
    >>> import torch
    >>> unpool(torch.tensor([[5.0], [7.0]]), torch.tensor([0, 2]), 3).flatten()
    tensor([5., 0., 7.])
    """
    return x.new_zeros(n_nodes, x.shape[1]).index_add(0, kept, x)
