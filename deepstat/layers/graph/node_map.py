"""An affine map of each node by itself: the network without a graph."""

from __future__ import annotations

from torch import Tensor, nn

from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.sparse_matrix import SparseMatrix


class NodeMap(nn.Module):
    """``W x_i + b``, whatever the edges: what a graph adds is judged beside it.

    Parameters
    ----------
    n_in, n_out : int
    n_types, n_edge_features : int
        Of the graph; not used.

    Examples
    --------
    >>> import torch
    >>> edges = Edges(torch.tensor([1]), torch.tensor([0]), n_nodes=2)
    >>> NodeMap(3, 4)(torch.eye(2, 3), edges).shape
    torch.Size([2, 4])
    """

    def __init__(self, n_in: int, n_out: int, *, n_types: int = 1, n_edge_features: int = 0) -> None:
        super().__init__()
        self.linear = NodeLinear(n_in, n_out)

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n, n_out)."""
        return self.linear(x)
