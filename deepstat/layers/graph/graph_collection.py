"""Many graphs on the device, of which batches are taken by number."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor

from deepstat.layers.graph.edges import Edges
from deepstat.layers.graph.sparse_matrix import SparseMatrix


@dataclass(frozen=True, eq=False)
class GraphCollection:
    """The nodes and arcs of G graphs, one graph after the other; copies share them.

    Attributes
    ----------
    features : Tensor of shape (n, p)
        Of all nodes.
    degree : Tensor of int64, shape (n,), or None
    node_pointers, arc_pointers : Tensor of int64, shape (G + 1,)
        The nodes of graph g are those from ``node_pointers[g]`` up to ``node_pointers[g + 1]``; the same for arcs.
    source, target : Tensor of int64, shape (e,)
        Counted within each graph; by graph, then by target.
    order : Tensor of int64, shape (e,)
        The arcs of each graph by source, counted within the graph.
    weight : Tensor of shape (e,) or None
    edge_features : Tensor of shape (e, q) or None
    edge_type : Tensor of int64, shape (e,) or None
    n_edge_types : int

    Examples
    --------
    >>> two = GraphCollection(
    ...     features=torch.tensor([[0.0], [1.0], [2.0]]),
    ...     degree=None,
    ...     node_pointers=torch.tensor([0, 1, 3]),
    ...     arc_pointers=torch.tensor([0, 0, 2]),
    ...     source=torch.tensor([1, 0]),
    ...     target=torch.tensor([0, 1]),
    ...     order=torch.tensor([1, 0]),
    ... )
    >>> features, _, edges = two.batch(torch.tensor([1, 0, 1]))
    >>> features.flatten(), edges.target, edges.node_graph
    (tensor([1., 2., 0., 1., 2.]), tensor([0, 1, 3, 4]), tensor([0, 0, 1, 2, 2]))
    """

    features: Tensor
    degree: Tensor | None
    node_pointers: Tensor
    arc_pointers: Tensor
    source: Tensor
    target: Tensor
    order: Tensor
    weight: Tensor | None = None
    edge_features: Tensor | None = None
    edge_type: Tensor | None = None
    n_edge_types: int = 1

    def __len__(self) -> int:
        return len(self.node_pointers) - 1

    def to(self, dtype: torch.dtype, device: torch.device) -> GraphCollection:
        """Return the collection on a device, with numbers of a dtype."""
        moved = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Tensor):
                moved[field.name] = value.to(device, dtype if value.is_floating_point() else value.dtype)
        return replace(self, **moved)

    def batch(self, graphs: Tensor) -> tuple[Tensor, Tensor | None, Edges]:
        """Put graphs side by side; by index arithmetic alone, whatever their number.

        Parameters
        ----------
        graphs : Tensor of int64, shape (B,)
            Numbers of graphs; repeats are allowed.

        Returns
        -------
        features : Tensor of shape (m, p)
        degree : Tensor of shape (m,) or None
        edges : Edges
            With `node_graph`, the place in the batch of each node's graph.
        """
        nodes, node_graph, first = _ranges(self.node_pointers, graphs)
        arcs, arc_graph, first_arc = _ranges(self.arc_pointers, graphs)
        shift = first.index_select(0, arc_graph)
        source = self.source.index_select(0, arcs) + shift
        target = self.target.index_select(0, arcs) + shift
        order = self.order.index_select(0, arcs) + first_arc.index_select(0, arc_graph)
        features = self.features.index_select(0, nodes)
        edges = Edges(
            source,
            target,
            len(nodes),
            weight=_rows(self.weight, arcs),
            features=_rows(self.edge_features, arcs),
            type=_rows(self.edge_type, arcs),
            n_types=self.n_edge_types,
            node_graph=node_graph,
            n_graphs=len(graphs),
        )
        edges.structure["matrix"] = _matrix(edges, order, features.dtype)  # sorting again would take longer
        return features, _rows(self.degree, nodes), edges

    def __deepcopy__(self, memo: Any) -> GraphCollection:
        return self


def _ranges(pointers: Tensor, graphs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the positions of what graphs hold, the place in `graphs` of each, and where each graph's own begin."""
    start = pointers.index_select(0, graphs)
    counts = pointers.index_select(0, graphs + 1) - start
    first = counts.cumsum(0) - counts
    owner = torch.repeat_interleave(counts)
    within = torch.arange(len(owner), device=graphs.device) + (start - first).index_select(0, owner)
    return within, owner, first


def _rows(values: Tensor | None, index: Tensor) -> Tensor | None:
    return None if values is None else values.index_select(0, index)


def _matrix(edges: Edges, order: Tensor, dtype: torch.dtype) -> SparseMatrix:
    """Return the pattern of the arcs, as :attr:`Edges.matrix` does."""
    n = edges.n_nodes
    return SparseMatrix(
        (n, n),
        _pointers(edges.target, n),
        edges.source.int(),
        edges.target.int(),
        _pointers(edges.source, n),
        edges.target.index_select(0, order).int(),
        order.int(),
        torch.ones(len(edges), dtype=dtype, device=order.device),
    )


def _pointers(rows: Tensor, n: int) -> Tensor:
    pointers = torch.zeros(n + 1, dtype=torch.int32, device=rows.device)
    torch.cumsum(torch.bincount(rows, minlength=n), 0, out=pointers[1:], dtype=torch.int32)
    return pointers
