"""The edges of a graph as operators see them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes

from deepstat.layers.graph.sparse_matrix import SparseMatrix


def _kept(known: dict[Hashable, Any], key: Hashable, compute: Callable[[], Any]) -> Any:
    if key not in known:
        with _disable_current_modes(), torch.inference_mode(False):
            known[key] = compute()
    return known[key]


@dataclass(frozen=True, eq=False)
class Edges:
    """Directed arcs along which messages run, sorted by target; copies share them.

    The structure is a constant, the same for all members of a population. Weights may be computed in training (a mask,
    a normalisation), one row for each member.

    Attributes
    ----------
    source, target : Tensor of int64, shape (e,)
        `target` ascends.
    n_nodes : int
    weight : Tensor of shape (e,) or None
        None: ones.
    features : Tensor of shape (e, q) or None
    type : Tensor of int64, shape (e,) or None
    n_types : int
    node_graph : Tensor of int64, shape (n,) or None
        Which graph of a batch each node is of, ascending; None: one graph.
    n_graphs : int
    degree : Tensor of shape (n,) or None
        Weighted in-degrees in the whole graph, where these arcs are a sample of it.
    n_targets : int or None
        Only the first so many nodes are computed, where a layer of a sampled batch needs no more: sums over edges have
        so many rows.
    constant : bool
        Whether the weights given will be the same at each step and for each member; see :meth:`derive`.
    structure : dict
        What was computed of the arcs alone; shared with copies of other weights. See :meth:`remember`.
    derived : dict
        What was computed of these weights; nobody else's.

    Examples
    --------
    >>> edges = Edges(torch.tensor([1, 0]), torch.tensor([0, 1]), n_nodes=3)
    >>> edges.matrix.matmul(torch.tensor([[1.0], [2.0], [4.0]])).flatten()
    tensor([2., 1., 0.])
    """

    source: Tensor
    target: Tensor
    n_nodes: int
    weight: Tensor | None = None
    features: Tensor | None = None
    type: Tensor | None = None
    n_types: int = 1
    node_graph: Tensor | None = None
    n_graphs: int = 1
    degree: Tensor | None = None
    n_targets: int | None = None
    constant: bool = True
    structure: dict[Hashable, Any] = field(default_factory=dict, repr=False)
    derived: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.source)

    @property
    def n_rows(self) -> int:
        """How many nodes are computed."""
        return self.n_nodes if self.n_targets is None else self.n_targets

    @property
    def matrix(self) -> SparseMatrix:
        """The pattern (n, n), the target as the row; its values are ones in torch's default dtype: give your own."""
        return self.remember("matrix", self._matrix)

    @property
    def is_constant(self) -> bool:
        """Whether the weights are those of the graph, the same at each step and for each member."""
        weight = self.weight
        return weight is None or (
            self.constant
            and not weight.requires_grad
            and not torch._C._functorch.is_functorch_wrapped_tensor(weight)
        )

    def remember(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """Return what ``compute()`` returned the first time; it may read the arcs, types and features, no weights.

        It is computed out of sight of whoever records the operations of a training step, which meets it as a constant.
        """
        return _kept(self.structure, key, compute)

    def derive(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """Return ``compute()``, which may read the weights too; remembered where these are constant."""
        return _kept(self.derived, key, compute) if self.is_constant else compute()

    def with_weight(self, weight: Tensor | None, *, constant: bool = False) -> Edges:
        """Return the same arcs with other weights (e,); what was computed of the arcs alone is kept.

        With `constant`, the weights will be the same at each step and for each member.
        """
        return replace(self, weight=weight, constant=constant, derived={})

    def _matrix(self) -> SparseMatrix:
        ones = torch.ones(len(self), device=self.source.device)
        return SparseMatrix.from_entries(self.target, self.source, ones, (self.n_rows, self.n_nodes))

    def __deepcopy__(self, memo: Any) -> Edges:
        return self
