"""Graph attention whose ranking of neighbours depends on who asks."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from deepstat.layers.graph.at_edges import at_edges
from deepstat.layers.graph.edge_softmax import edge_softmax, log_weights
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.gat import width_of_head
from deepstat.layers.graph.node_dropout import NodeDropout
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.graph.with_self_loops import with_self_loops


class GATv2(nn.Module):
    """``out_i = sum_j a_ij S x_j + b`` with ``a_ij = softmax_j v'LeakyReLU(S x_j + T x_i + U f_ij)``, for each head.

    In :class:`deepstat.layers.graph.gat.GAT` the nonlinearity follows the map to one score, so that all nodes rank
    their neighbours alike; here it comes before, at the price of tensors (e, h d). Weights of edges are factors of the
    shares: an edge of weight 2 counts as two, one of weight zero as none.

    Parameters
    ----------
    n_in, n_out : int
        `n_out` is the width of the result: with `concat` each head has ``n_out / heads`` columns.
    heads : int, default=1
    concat : bool, default=True
        Whether heads stand side by side; False: their mean.
    negative_slope : float, default=0.2
    attention_dropout : float, default=0.0
        Probability of dropping a coefficient in training.
    self_loops : bool, default=True
        Whether to add an edge from each node to itself, with edge features of zero.
    share_weights : bool, default=False
        Whether T is S.
    n_edge_features : int, default=0
        Width of ``edges.features``; zero: they are not used.
    n_types : int
        Of the graph; not used here: edges of all types are one kind.

    References
    ----------
    Brody, Alon and Yahav (2022), How attentive are graph attention networks?, ICLR.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2)
    >>> GATv2(3, 8, heads=4)(torch.eye(2, 3), edges).shape
    torch.Size([2, 8])
    """

    one_hop = True  # its neighbours are all that a node needs, so batches may be sampled

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        heads: int = 1,
        concat: bool = True,
        negative_slope: float = 0.2,
        attention_dropout: float = 0.0,
        self_loops: bool = True,
        share_weights: bool = False,
        n_types: int = 1,
        n_edge_features: int = 0,
    ) -> None:
        super().__init__()
        width = width_of_head(n_out, heads, concat, negative_slope)
        self.source = NodeLinear(n_in, heads * width, bias=False)
        self.target = None if share_weights else NodeLinear(n_in, heads * width, bias=False)
        bound = math.sqrt(6.0 / (width + 1))  # Glorot's, for a map from the width to one score
        self.vectors = nn.Parameter(self.source.weight.new_empty(heads, width).uniform_(-bound, bound))
        self.of_edges = NodeLinear(n_edge_features, heads * width, bias=False) if n_edge_features else None
        self.bias = nn.Parameter(self.source.weight.new_zeros(n_out))
        self.dropout = NodeDropout(attention_dropout) if attention_dropout else None
        self.heads, self.width, self.concat = heads, width, concat
        self.negative_slope, self.self_loops = negative_slope, self_loops

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n, n_out)."""
        edges = with_self_loops(edges) if self.self_loops else edges
        hidden = self.source(x)
        shares = self._shares(x, hidden, edges)
        if self.dropout is not None:
            shares = self.dropout(shares)
        out = edges.matrix.matmul(hidden.view(-1, self.heads, self.width), shares)
        return (out.flatten(1) if self.concat else out.mean(1)) + self.bias

    def attention(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return the coefficients (e, heads) without dropout, in the order of ``with_self_loops(edges)``."""
        edges = with_self_loops(edges) if self.self_loops else edges
        return self._shares(x, self.source(x), edges)

    def _shares(self, x: Tensor | SparseMatrix, hidden: Tensor, edges: Edges) -> Tensor:
        asked = hidden if self.target is None else self.target(x)
        joint = at_edges(edges, hidden, "source") + at_edges(edges, asked, "target")
        if self.of_edges is not None:
            if edges.features is None:
                raise ValueError(
                    f"The network was made for {self.of_edges.in_features} edge features and the graph has none."
                )
            joint = joint + self.of_edges(edges.features.to(joint.dtype))
        joint = leaky_relu(joint, self.negative_slope).view(-1, self.heads, self.width)
        scores = torch.einsum("ehd,hd->eh", joint, self.vectors)
        weights = log_weights(edges, scores.dtype)
        return edge_softmax(edges, scores if weights is None else scores + weights)
