"""How far clusters are from being separate and of equal size."""

from __future__ import annotations

import torch
from torch import Tensor


def orthogonality_loss(overlap: Tensor) -> Tensor:
    """Return ``| S'S / |S'S|_F - I / sqrt(k) |_F`` of each graph: between 0 and 2, 0 for clusters of equal size.

    Parameters
    ----------
    overlap : Tensor of shape (n_graphs, k, k)
        ``S'S``, see :func:`deepstat.layers.pooling.coarsen.coarsen`.

    Returns
    -------
    Tensor of shape (n_graphs,)
        Zero for a graph without nodes.

    References
    ----------
    Bianchi, Grattarola and Alippi (2020), Spectral clustering with graph neural networks for graph pooling, ICML,
    equation 9.

    Examples
    --------
    >>> orthogonality_loss(torch.tensor([[[3.0, 0.0], [0.0, 0.0]]]))  # all in one cluster: sqrt(2 - sqrt(2))
    tensor([0.7654])
    """
    k = overlap.shape[-1]
    size = torch.linalg.matrix_norm(overlap)[:, None, None]
    there = size > 0
    balanced = torch.eye(k, dtype=overlap.dtype, device=overlap.device) / k**0.5
    return torch.linalg.matrix_norm((overlap / torch.where(there, size, 1.0) - balanced) * there)
