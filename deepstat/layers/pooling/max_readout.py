"""The largest value over the nodes of a graph."""

from __future__ import annotations

from torch import Tensor

from deepstat.layers.graph.edges import Edges
from deepstat.layers.pooling.membership import membership


def max_readout(x: Tensor, edges: Edges) -> Tensor:
    """Return for each graph of a batch and each column the largest x of its nodes.

    Nodes that share the largest value share its gradient.

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
    >>> import torch
    >>> batch = Edges(torch.tensor([1]), torch.tensor([0]), 3, node_graph=torch.tensor([0, 0, 1]), n_graphs=2)
    >>> max_readout(torch.tensor([[1.0], [2.0], [-4.0]]), batch).flatten()
    tensor([ 2., -4.])
    """
    graphs = membership(edges, x.dtype).rows.long()[:, None].expand(-1, x.shape[1])
    empty = x.new_zeros(edges.n_graphs, x.shape[1])
    return empty.scatter_reduce(0, graphs, x, "amax", include_self=False)
