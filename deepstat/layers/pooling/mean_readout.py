"""The mean over the nodes of a graph."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.pooling.membership import membership


def mean_readout(x: Tensor, edges: Edges) -> Tensor:
    """Return for each graph of a batch the mean of x over its nodes.

    Parameters
    ----------
    x : Tensor of shape (n, d)
    edges : Edges

    Returns
    -------
    Tensor of shape (n_graphs, d)
        Zeros for a graph without nodes.

    Examples
    --------
    >>> batch = Edges(torch.tensor([1]), torch.tensor([0]), 3, node_graph=torch.tensor([0, 0, 1]), n_graphs=2)
    >>> mean_readout(torch.tensor([[1.0], [2.0], [4.0]]), batch).flatten()
    tensor([1.5000, 4.0000])
    """
    averaging = edges.remember(("averaging", x.dtype), partial(_averaging, edges, x.dtype))
    return averaging.matmul(x)


def _averaging(edges: Edges, dtype: torch.dtype) -> SparseMatrix:
    """Return the matrix (n_graphs, n) with one over the number of nodes where the node is of the graph."""
    pattern = membership(edges, dtype)
    counts = pattern.pointers.diff().clamp(min=1).to(dtype)
    return pattern.with_values(counts.reciprocal().index_select(0, pattern.rows))
