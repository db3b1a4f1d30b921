"""Weighted in-degrees."""

from __future__ import annotations

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.propagate import propagate


def degree(edges: Edges, dtype: torch.dtype | None = None) -> Tensor:
    """Return (n,) sums of the weights of each node's incoming edges; of a sample, those of the whole graph.

    Parameters
    ----------
    edges : Edges
    dtype : torch.dtype or None
        Of the result; None: that of the weights, or torch's default.

    Examples
    --------
    >>> degree(Edges(torch.tensor([1, 2]), torch.tensor([0, 0]), n_nodes=3))
    tensor([2., 0., 0.])
    """
    if edges.degree is not None:
        return edges.degree if dtype is None else edges.degree.to(dtype)
    if dtype is None:
        dtype = torch.get_default_dtype() if edges.weight is None else edges.weight.dtype
    ones = torch.ones(edges.n_nodes, 1, dtype=dtype, device=edges.source.device)
    return propagate(edges, ones)[:, 0]
