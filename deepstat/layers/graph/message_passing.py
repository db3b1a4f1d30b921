"""The basic neural message passing."""

from __future__ import annotations

from torch import Tensor, nn

from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.of_targets import of_targets
from deepstat.layers.graph.propagate import propagate
from deepstat.layers.graph.sparse_matrix import SparseMatrix


class MessagePassing(nn.Module):
    """``W_self x_i + W_neigh sum_j w_ij x_j + b``, w the weights of the edges or ones.

    Parameters
    ----------
    n_in, n_out : int
    n_types, n_edge_features : int
        Of the graph; not used here: edges of all types are one kind.

    References
    ----------
    Hamilton (2020), Graph representation learning, section 5.1.

    Examples
    --------
    >>> import torch
    >>> edges = Edges(torch.tensor([1, 2]), torch.tensor([0, 0]), n_nodes=3)
    >>> layer = MessagePassing(1, 1)
    >>> _ = nn.init.constant_(layer.own.weight, 100.0), nn.init.ones_(layer.neighbours.weight)
    >>> layer(torch.tensor([[1.0], [2.0], [4.0]]), edges).flatten().tolist()
    [106.0, 200.0, 400.0]
    """

    one_hop = True  # its neighbours are all that a node needs, so batches may be sampled

    def __init__(self, n_in: int, n_out: int, *, n_types: int = 1, n_edge_features: int = 0) -> None:
        super().__init__()
        self.own = NodeLinear(n_in, n_out)
        self.neighbours = NodeLinear(n_in, n_out, bias=False)

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n, n_out)."""
        return self.own(of_targets(edges, x)) + propagate(edges, self.neighbours(x))
