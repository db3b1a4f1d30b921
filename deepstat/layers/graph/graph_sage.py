"""Sample and aggregate: a node's own features beside an aggregate of its neighbours'."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from deepstat.errors import unknown
from deepstat.layers.graph.aggregate import aggregate
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.normalize import normalize
from deepstat.layers.graph.of_targets import of_targets
from deepstat.layers.graph.propagate import propagate
from deepstat.layers.graph.sparse_matrix import SparseMatrix

AGGREGATORS = ("mean", "max", "sum")


class GraphSAGE(nn.Module):
    """``W [x_i, a_i] + b`` with ``a_i`` the aggregate of the neighbours of i, and rows of length one if wanted.

    "mean": ``a_i = sum_j w_ij x_j / sum_j w_ij``; "sum": ``a_i = sum_j w_ij x_j``; "max": the largest entries of
    ``w_ij relu(P x_j + c)``, zeros without neighbours, so that an edge of weight zero is none. The weights w are ones
    where the edges have none.

    Parameters
    ----------
    n_in, n_out : int
    aggregator : {"mean", "max", "sum"}, default="mean"
    pool_width : int or None
        Rows of P, for "max"; None: n_out.
    unit_rows : bool, default=False
        Whether to divide each row of the result by its Euclidean length, as the paper does; rows of zeros stay.
    n_types, n_edge_features : int
        Of the graph; not used here: edges of all types are one kind.

    References
    ----------
    Hamilton, Ying and Leskovec (2017), Inductive representation learning on large graphs, NeurIPS.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=2)
    >>> layer = GraphSAGE(2, 4, aggregator="max", unit_rows=True)
    >>> torch.allclose(layer(torch.eye(2), edges).norm(dim=1), torch.ones(2))
    True
    """

    one_hop = True  # its neighbours are all that a node needs, so batches may be sampled

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        aggregator: str = "mean",
        pool_width: int | None = None,
        unit_rows: bool = False,
        n_types: int = 1,
        n_edge_features: int = 0,
    ) -> None:
        super().__init__()
        if aggregator not in AGGREGATORS:
            raise unknown("aggregator", aggregator, AGGREGATORS)
        if pool_width is not None and aggregator != "max":
            raise ValueError(
                f"pool_width={pool_width} is of aggregator='max'; leave it out with {aggregator!r}."
            )
        self.aggregator, self.unit_rows = aggregator, unit_rows
        width = n_in
        if aggregator == "max":
            width = n_out if pool_width is None else pool_width
            self.pool = NodeLinear(n_in, width)
        self.own = NodeLinear(n_in, n_out)
        self.neighbours = NodeLinear(width, n_out, bias=False)

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n, n_out)."""
        out = self.own(of_targets(edges, x)) + self._of_neighbours(x, edges)
        return nn.functional.normalize(out, dim=1) if self.unit_rows else out

    def _of_neighbours(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        if self.aggregator == "max":
            messages = torch.relu(self.pool(x)).index_select(0, edges.source)
            if edges.weight is not None:
                messages = messages * edges.weight.to(messages.dtype)[:, None]
            return self.neighbours(aggregate(edges, messages, "max"))
        hidden = self.neighbours(x)  # a linear map of a sum is the sum of linear maps, on fewer columns
        kind = "random_walk" if self.aggregator == "mean" else "none"
        return propagate(normalize(edges, kind, dtype=hidden.dtype), hidden)
