"""Graph convolution by the symmetrically normalised adjacency matrix."""

from __future__ import annotations

from torch import Tensor, nn

from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.normalize import normalize
from deepstat.layers.graph.propagate import propagate
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.graph.with_self_loops import with_self_loops


class GCN(nn.Module):
    """``D^(-1/2) (A + I) D^(-1/2) X W + b``, D the degrees of ``A + I``.

    Parameters
    ----------
    n_in, n_out : int
    normalization : {"symmetric", "random_walk", "none"}, default="symmetric"
    self_loops : bool, default=True
        Whether to add the identity to the adjacency matrix.
    n_types, n_edge_features : int
        Of the graph; not used here: edges of all types are one kind.

    References
    ----------
    Kipf and Welling (2017), Semi-supervised classification with graph convolutional networks, ICLR.

    Examples
    --------
    >>> import torch
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2)
    >>> layer = GCN(3, 4)
    >>> layer(torch.eye(2, 3), edges).shape
    torch.Size([2, 4])
    """

    one_hop = True  # its neighbours are all that a node needs, so batches may be sampled

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        normalization: str = "symmetric",
        self_loops: bool = True,
        n_types: int = 1,
        n_edge_features: int = 0,
    ) -> None:
        super().__init__()
        self.linear = NodeLinear(n_in, n_out, bias=False)
        self.bias = nn.Parameter(self.linear.weight.new_zeros(n_out))
        self.normalization, self.self_loops = normalization, self_loops

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n, n_out)."""
        hidden = self.linear(x)
        edges = with_self_loops(edges) if self.self_loops else edges
        edges = normalize(edges, self.normalization, dtype=hidden.dtype)
        return propagate(edges, hidden) + self.bias
