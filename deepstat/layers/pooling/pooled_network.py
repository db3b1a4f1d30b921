"""A network on graphs that alternates operators and poolings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from deepstat.errors import unknown
from deepstat.layers.activation import make_activation
from deepstat.layers.dropout import Dropout
from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.gcn import GCN
from deepstat.layers.graph.sparse_matrix import SparseMatrix
from deepstat.layers.pooling.diff_pool import DiffPool
from deepstat.layers.pooling.make_readout import make_readout
from deepstat.layers.pooling.min_cut import MinCut
from deepstat.layers.pooling.top_k import TopK

POOLINGS = ("top_k", "diff_pool", "min_cut")


class PooledNetwork(nn.Module):
    """Operators and activations with poolings between them, readouts of the levels side by side, two affine maps.

    Parameters
    ----------
    n_in, n_out : int
    operator : callable, default=GCN
        An operator of :mod:`deepstat.layers.graph`; after "diff_pool" and "min_cut" it should use the weights of edges:
        the pooled graph has edges between all pairs.
    operator_params : mapping or None
    pooling : {"top_k", "diff_pool", "min_cut"}, default="top_k"
    sizes : sequence, default=(0.5, 0.5)
        One entry a pooling: the share of nodes kept ("top_k"), or the number of clusters.
    pooling_params : mapping or None
        Further options of :class:`TopK`, :class:`DiffPool` or :class:`MinCut`.
    readout : {"sum", "mean", "max", "attention", "set2set"}, default="mean"
    readout_params : mapping or None
    jumping : bool, default=True
        Whether all levels are read out and set side by side, or the last alone.
    hidden : int, default=64
        Width of all levels and of the hidden layer after the readout.
    activation : callable, default=torch.relu
        A function of a tensor, or a subclass of ``nn.Module``.
    dropout : float, default=0.0
        Probability of dropping a hidden unit after the readout.
    n_types, n_edge_features : int
        Of the graphs; the dense poolings leave types and features of edges behind.

    Attributes
    ----------
    batched : bool
        Whether members can be batched by ``torch.func.vmap``: not with "top_k".

    References
    ----------
    Cangea, Veličković, Jovanović, Kipf and Liò (2018), Towards sparse hierarchical graph classifiers (top_k); Ying et
    al. (2018) for diff_pool, whose assignments are computed from the inputs of a level; Bianchi et al. (2020).

    Examples
    --------
    >>> batch = Edges(torch.tensor([1]), torch.tensor([0]), 3, node_graph=torch.tensor([0, 0, 1]), n_graphs=2)
    >>> PooledNetwork(4, 2, pooling="min_cut", sizes=(3,))(torch.ones(3, 4), batch).shape
    torch.Size([2, 2])
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        operator: Callable[..., nn.Module] = GCN,
        operator_params: Mapping[str, Any] | None = None,
        pooling: str = "top_k",
        sizes: Sequence[float] = (0.5, 0.5),
        pooling_params: Mapping[str, Any] | None = None,
        readout: str = "mean",
        readout_params: Mapping[str, Any] | None = None,
        jumping: bool = True,
        hidden: int = 64,
        activation: Callable[..., Any] = torch.relu,
        dropout: float = 0.0,
        n_types: int = 1,
        n_edge_features: int = 0,
    ) -> None:
        super().__init__()
        if pooling not in POOLINGS:
            raise unknown("pooling", pooling, POOLINGS)
        kinds, params = {"n_types": n_types, "n_edge_features": n_edge_features}, operator_params or {}
        self.operators, self.poolings = nn.ModuleList(), nn.ModuleList()
        width = n_in
        for size in (*sizes, None):
            self.operators.append(operator(width, hidden, **kinds, **params))
            options = dict(pooling_params or {})
            if size is not None and pooling == "top_k":
                self.poolings.append(TopK(hidden, ratio=size, **options))
            elif size is not None and pooling == "diff_pool":
                options = {"operator": operator, "operator_params": params, **kinds, **options}
                self.poolings.append(DiffPool(width, _count(size), **options))
            elif size is not None:
                self.poolings.append(MinCut(hidden, _count(size), **options))
            kinds = kinds if pooling == "top_k" else {"n_types": 1, "n_edge_features": 0}
            width = hidden
        n_read = len(self.operators) if jumping else 1
        self.readouts = nn.ModuleList(
            make_readout(readout, hidden, **(readout_params or {})) for _ in range(n_read)
        )
        self.activations = nn.ModuleList(make_activation(activation) for _ in range(len(self.operators)))
        self.head = nn.Sequential(
            nn.Linear(sum(each.n_out for each in self.readouts), hidden),
            make_activation(activation),
            *([Dropout(dropout)] if dropout > 0.0 else []),
            nn.Linear(hidden, n_out),
        )
        self.batched = pooling != "top_k" or len(sizes) == 0

    def forward(self, x: Tensor | SparseMatrix, edges: Edges) -> Tensor:
        """Return (n_graphs, n_out)."""
        levels = []
        for level, operator in enumerate(self.operators):
            hidden = self.activations[level](operator(x, edges))
            levels.append((hidden, edges))
            if level < len(self.poolings):
                pooling = self.poolings[level]
                inputs = (x, edges, hidden) if isinstance(pooling, DiffPool) else (hidden, edges)
                x, edges = pooling(*inputs)[:2]
        last = levels[-len(self.readouts) :]
        read = [readout(*level) for readout, level in zip(self.readouts, last, strict=True)]
        return self.head(torch.cat(read, 1))


def _count(size: float) -> int:
    if size != int(size) or size < 1:
        raise ValueError(f"sizes has {size!r}; give the number of clusters, an integer of at least 1.")
    return int(size)
