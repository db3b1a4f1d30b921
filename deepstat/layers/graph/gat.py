"""Graph attention."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, linear

from deepstat.layers.graph.attention_sum import attention_sum
from deepstat.layers.graph.edge_softmax import edge_softmax, log_weights
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_dropout import NodeDropout
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.graph.with_self_loops import with_self_loops


def width_of_head(n_out: int, heads: int, concat: bool, negative_slope: float) -> int:
    """Return the width of each head of an attention operator of width n_out, or say why there is none.

    Examples
    --------
    >>> width_of_head(64, 8, True, 0.2), width_of_head(7, 8, False, 0.2)
    (8, 7)
    """
    if heads < 1:
        raise ValueError(f"heads={heads!r} is not allowed: give one head or more.")
    if negative_slope < 0:
        raise ValueError(f"negative_slope={negative_slope!r} is not allowed: give zero or more.")
    if concat and n_out % heads:
        raise ValueError(
            f"n_out={n_out} does not divide into heads={heads} of one width: give a multiple, or concat=False."
        )
    return n_out // heads if concat else n_out


class GAT(nn.Module):
    """``out_i = sum_j a_ij W x_j + b`` with ``a_ij = softmax_j LeakyReLU(s'W x_j + t'W x_i + u'f_ij)``, for each head.

    The softmax is over the edges into i, with their weights as factors: an edge of weight 2 counts as two, one of
    weight zero as none. Heads are put side by side or averaged.

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
    n_edge_features : int, default=0
        Width of ``edges.features``; zero: they are not used.
    n_types : int
        Of the graph; not used here: edges of all types are one kind.

    References
    ----------
    Velickovic, Cucurull, Casanova, Romero, Lio and Bengio (2018), Graph attention networks, ICLR.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2)
    >>> layer = GAT(3, 8, heads=4)
    >>> layer(torch.eye(2, 3), edges).shape
    torch.Size([2, 8])
    >>> layer.attention(torch.zeros(2, 3), edges)[:, 0].tolist()
    [0.5, 0.5, 0.5, 0.5]
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
        n_types: int = 1,
        n_edge_features: int = 0,
    ) -> None:
        super().__init__()
        width = width_of_head(n_out, heads, concat, negative_slope)
        self.linear = NodeLinear(n_in, heads * width, bias=False)
        bound = math.sqrt(6.0 / (width + 1))  # Glorot's, for a map from the width to one score
        self.vectors = nn.Parameter(self.linear.weight.new_empty(heads, 2, width).uniform_(-bound, bound))
        self.of_edges = NodeLinear(n_edge_features, heads, bias=False) if n_edge_features else None
        self.bias = nn.Parameter(self.linear.weight.new_zeros(n_out))
        self.dropout = NodeDropout(attention_dropout) if attention_dropout else None
        self.heads, self.width, self.concat = heads, width, concat
        self.negative_slope, self.self_loops = negative_slope, self_loops

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n, n_out)."""
        edges = with_self_loops(edges) if self.self_loops else edges
        hidden, source, target = self._project(x)
        keep = None
        if self.dropout is not None and self.training:
            keep = self.dropout(hidden.new_ones(len(edges), self.heads))
        out = attention_sum(
            edges,
            source,
            target,
            hidden.view(-1, self.heads, self.width),
            edge_scores=self._edge_scores(edges),
            keep=keep,
            negative_slope=self.negative_slope,
        )
        return (out.flatten(1) if self.concat else out.mean(1)) + self.bias

    def attention(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return the coefficients (e, heads) without dropout, in the order of ``with_self_loops(edges)``."""
        edges = with_self_loops(edges) if self.self_loops else edges
        _, source, target = self._project(x)
        scores = source.index_select(0, edges.source) + target.index_select(0, edges.target)
        of_edges = self._edge_scores(edges)
        scores = leaky_relu(scores if of_edges is None else scores + of_edges, self.negative_slope)
        weights = log_weights(edges, scores.dtype)
        return edge_softmax(edges, scores if weights is None else scores + weights)

    def _project(self, x: Tensor | SparseMatrix) -> tuple[Tensor, Tensor, Tensor]:
        """Return W x (n, h d) and the scores of sources and of targets (n, h), all by one product.

        ``s'(W x) = (s'W) x``, and s'W is small: two more columns for each head instead of a pass over W x.
        """
        weight = self.linear.weight
        folded = torch.bmm(self.vectors, weight.view(self.heads, self.width, -1))
        whole = torch.cat([weight, folded.transpose(0, 1).flatten(0, 1)])
        out = x.matmul(whole.t()) if isinstance(x, SparseMatrix) else linear(x, whole)
        hidden, source, target = out.split([len(weight), self.heads, self.heads], 1)
        return hidden, source, target

    def _edge_scores(self, edges: Edges) -> Tensor | None:
        if self.of_edges is None:
            return None
        if edges.features is None:
            raise ValueError(
                f"The network was made for {self.of_edges.in_features} edge features and the graph has none."
            )
        return self.of_edges(edges.features.to(self.bias.dtype))
