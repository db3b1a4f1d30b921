"""Convolution with a map for each type of edge."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from deepstat.layers.graph.dense import dense
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.of_targets import of_targets
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.graph.types_of import types_of


class Relational(nn.Module):
    """``out_i = W_0 x_i + b + sum_r (1 / c_ir) sum_{j in N_r(i)} w_ij W_r x_j``, r the types of edges: R-GCN.

    ``c_ir`` is the sum of the weights of the edges of type r into i, so that each type adds a mean. With `n_bases`,
    ``W_r = sum_b a_rb V_b``; with `n_blocks`, each W_r is block-diagonal; with neither, each is a matrix of its own.

    Parameters
    ----------
    n_in, n_out : int
    n_bases : int or None
        Number of matrices V that all types share: less to learn where types are many or rare.
    n_blocks : int or None
        Number of diagonal blocks; divides n_in and n_out.
    n_types : int, default=1
        Number of types of edges.
    n_edge_features : int
        Of the graph; not used here.

    References
    ----------
    Schlichtkrull, Kipf, Bloem, van den Berg, Titov and Welling (2018), Modeling relational data with graph
    convolutional networks, ESWC.

    Examples
    --------
    >>> kinds = torch.tensor([0, 1])
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2, type=kinds, n_types=2)
    >>> Relational(3, 4, n_types=2, n_bases=1)(torch.eye(2, 3), edges).shape
    torch.Size([2, 4])
    """

    one_hop = True  # its neighbours are all that a node needs, so batches may be sampled

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        n_bases: int | None = None,
        n_blocks: int | None = None,
        n_types: int = 1,
        n_edge_features: int = 0,
    ) -> None:
        super().__init__()
        if n_bases is not None and n_blocks is not None:
            raise ValueError(
                f"n_bases={n_bases} and n_blocks={n_blocks} exclude each other: give one of them."
            )
        if n_bases is not None and n_bases < 1:
            raise ValueError(f"n_bases={n_bases} is not allowed: give one or more, or None.")
        if n_blocks is not None and (n_blocks < 1 or n_in % n_blocks or n_out % n_blocks):
            raise ValueError(
                f"n_blocks={n_blocks} does not divide n_in={n_in} and n_out={n_out}: give a number that does, or None."
            )
        self.own = NodeLinear(n_in, n_out)
        self.n_types, self.n_bases, self.n_blocks, self.n_out = n_types, n_bases, n_blocks, n_out
        if n_blocks is not None:
            blocks = self.own.weight.new_empty(n_types, n_blocks, n_in // n_blocks, n_out // n_blocks)
            self.blocks = nn.Parameter(blocks)
            for block in self.blocks.detach().flatten(0, 1):
                nn.init.xavier_uniform_(block)
        else:
            n_maps = n_types if n_bases is None else n_bases
            self.maps = NodeLinear(n_in, n_maps * n_out, bias=False)
            for matrix in self.maps.weight.detach().view(n_maps, n_out, n_in):
                nn.init.xavier_uniform_(matrix)
        if n_bases is not None:
            self.mixture = nn.Parameter(nn.init.xavier_uniform_(self.own.weight.new_empty(n_types, n_bases)))

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n, n_out)."""
        own = self.own(of_targets(edges, x))
        kinds = types_of(edges, self.n_types)
        key = "share_of_type", self.n_types, own.dtype
        share = edges.derive(key, partial(_share, edges, kinds, self.n_types, own.dtype))
        if self.n_bases is not None:
            hidden = self.maps(x).view(-1, self.n_bases, self.n_out)
            values = self.mixture.index_select(0, kinds) * share[:, None]
            return own + edges.matrix.matmul(hidden, values).sum(1)
        if self.n_blocks is not None:
            parts = dense(x).view(edges.n_nodes, *self.blocks.shape[1:3])
            hidden = torch.einsum("nbi,rbio->nrbo", parts, self.blocks)
        else:
            hidden = self.maps(x)
        pattern = edges.remember(("by_type", self.n_types), partial(_by_type, edges, kinds, self.n_types))
        return own + pattern.matmul(hidden.reshape(-1, self.n_out), share)


def _by_type(edges: Edges, kinds: Tensor, n_types: int) -> SparseMatrix:
    """Return the pattern (n, m r): a node receives from the row of its source for the type of the edge."""
    ones = torch.ones(len(edges), device=edges.source.device)
    shape = edges.n_rows, edges.n_nodes * n_types
    return SparseMatrix.from_entries(edges.target, edges.source * n_types + kinds, ones, shape)


def _share(edges: Edges, kinds: Tensor, n_types: int, dtype: torch.dtype) -> Tensor:
    """Return (e,) weights over the sum of the weights of the same type into the same node."""
    place = edges.target * n_types + kinds
    weight = place.new_ones(len(edges), dtype=dtype) if edges.weight is None else edges.weight.to(dtype)
    total = weight.new_zeros(edges.n_nodes * n_types).index_add(0, place, weight)
    return weight / torch.where(total > 0, total, torch.inf).index_select(0, place)
