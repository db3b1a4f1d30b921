"""The sum over the nodes of a graph."""

from __future__ import annotations

from torch import Tensor

from deepstat.layers.graph.edges import Edges
from deepstat.layers.pooling.membership import membership


def sum_readout(x: Tensor, edges: Edges) -> Tensor:
    """Return for each graph of a batch the sum of x over its nodes, as in Deep Sets.

    Parameters
    ----------
    x : Tensor of shape (n, d)
    edges : Edges

    Returns
    -------
    Tensor of shape (n_graphs, d)
        Zeros for a graph without nodes.

    References
    ----------
    Zaheer et al. (2017), Deep sets, NeurIPS. Xu et al. (2019), How powerful are graph neural networks?, ICLR.

    Examples
    --------
    >>> import torch
    >>> batch = Edges(torch.tensor([1]), torch.tensor([0]), 3, node_graph=torch.tensor([0, 0, 1]), n_graphs=2)
    >>> sum_readout(torch.tensor([[1.0], [2.0], [4.0]]), batch).flatten()
    tensor([3., 4.])
    """
    return membership(edges, x.dtype).matmul(x)
