"""Nodes as a set, without edges."""

from __future__ import annotations

from torch import Tensor, nn

from deepstat.layers.graph.at_nodes import at_nodes
from deepstat.layers.graph.dense import dense
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.node_linear import NodeLinear
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.pooling.max_readout import max_readout
from deepstat.layers.pooling.mean_readout import mean_readout
from deepstat.layers.pooling.sum_readout import sum_readout

POOLS = {"sum": sum_readout, "mean": mean_readout, "max": max_readout}


class DeepSets(nn.Module):
    """``out_i = W x_i + V pool(x_1, ..., x_n) + b`` over the nodes of the same graph: the equivariant layer of sets.

    It is message passing along every pair of nodes at the price of none: edges are not read. With the sum (or the mean)
    these are all the linear maps that commute with permutations of the nodes.

    Parameters
    ----------
    n_in, n_out : int
    pool : {"sum", "mean", "max"}, default="mean"
    n_types, n_edge_features : int
        Of the graph; not used here.

    References
    ----------
    Zaheer, Kottur, Ravanbakhsh, Poczos, Salakhutdinov and Smola (2017), Deep sets, NeurIPS.

    Examples
    --------
    >>> import torch
    >>> none = torch.zeros(0, dtype=torch.int64)
    >>> DeepSets(2, 5)(torch.eye(3, 2), Edges(none, none, n_nodes=3)).shape
    torch.Size([3, 5])
    """

    reads_whole_graph = True

    def __init__(
        self, n_in: int, n_out: int, *, pool: str = "mean", n_types: int = 1, n_edge_features: int = 0
    ) -> None:
        super().__init__()
        if pool not in POOLS:
            raise ValueError(f"pool={pool!r} is unknown: use one of {', '.join(map(repr, POOLS))}.")
        self.own, self.pooled = NodeLinear(n_in, n_out), NodeLinear(n_in, n_out, bias=False)
        self.pool, self.is_linear = POOLS[pool], pool != "max"

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n, n_out)."""
        if isinstance(x, SparseMatrix) and self.is_linear:  # sparse rows are mapped before they add up
            whole = self.pool(self.pooled(x), edges)
        else:
            whole = self.pooled(self.pool(dense(x), edges))
        return self.own(x) + at_nodes(edges, whole)
