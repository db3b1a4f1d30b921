"""A list of graphs in the place where other estimators have a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse

from deepstat.data.table import Table
from deepstat.errors import unknown
from deepstat.estimators.graphs.feature_scaling import FeatureScaling
from deepstat.estimators.graphs.read_graphs import read_graphs
from deepstat.graph.degree import degree
from deepstat.graph.disjoint_union import disjoint_union
from deepstat.graph.graph import Graph
from deepstat.graph.structural_features import structural_features
from deepstat.layers.graph.graph_collection import GraphCollection

# What means the same in every graph: coordinates of a Laplacian, or a column for each node, do not.
STRUCTURAL = ("constant", "one_hot_degree", "degree", "random_walk")


@dataclass(frozen=True, eq=False)
class GraphTable(Table):
    """A table of one column, the numbers of graphs in a collection.

    Attributes
    ----------
    collection : GraphCollection
        On the CPU, in float64: node features as given, beside the structural ones.
    structural : tuple of str
    by_row : bool
        What its features were made of, see :func:`graph_table`.
    edge_types : tuple
        Names of the codes in ``collection.edge_type``.
    moved : dict
        The collection on the devices and in the dtypes that were asked for.
    """

    collection: Any = None
    structural: tuple[str, ...] = ()
    by_row: bool = False
    edge_types: tuple[Any, ...] = ()
    moved: dict[Any, GraphCollection] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, as arrays tell them."""
        return self.n_rows, self.n_columns

    def on(self, dtype: torch.dtype, device: torch.device) -> GraphCollection:
        """Return the collection on a device; the same object each time."""
        if (dtype, str(device)) not in self.moved:
            self.moved[dtype, str(device)] = self.collection.to(dtype, device)
        return self.moved[dtype, str(device)]


def graph_table(
    X: Any, structural: tuple[str, ...], *, by_row: bool, edge_types: tuple[Any, ...] | None = None
) -> GraphTable:
    """Read graphs, check that they agree, and put their nodes and arcs one after the other.

    Parameters
    ----------
    X : sequence of Graph or networkx graphs
    structural : tuple of str
        Columns made of the graphs, of `STRUCTURAL`.
    by_row : bool
        Divide the features of each node by their sum.
    edge_types : tuple or None
        Names of the edge types known; None: those that occur.

    Raises
    ------
    ValueError, TypeError
        One sentence on what is no graph, or does not agree.

    Examples
    --------
    >>> table = graph_table([Graph([[0], [1]]), Graph([[0, 1], [1, 2]])], ("degree",), by_row=False)
    >>> table.n_rows, table.collection.features.shape
    (2, torch.Size([5, 2]))
    """
    for kind in structural:
        if kind not in STRUCTURAL:
            raise unknown("structural_features of many graphs", kind, STRUCTURAL)
    graphs, place = read_graphs(X)
    union, graph_of_node = disjoint_union(graphs)
    if isinstance(union.node_features, Mapping):
        raise ValueError(
            "The graphs have features for each node type, which no readout brings together: give one matrix of "
            "node_features a graph, with a column for each type where it matters."
        )
    codes, names = _edge_codes(union, edge_types)
    collection = _collect(union, graph_of_node, len(graphs), structural, by_row, codes, len(names))
    return GraphTable(
        len(place),
        1,
        values=place.astype(np.int64)[:, None],
        collection=collection,
        structural=structural,
        by_row=by_row,
        edge_types=names,
    )


def _collect(
    union: Graph,
    graph_of_node: NDArray[np.int64],
    n_graphs: int,
    structural: tuple[str, ...],
    by_row: bool,
    codes: NDArray[np.int64] | None,
    n_edge_types: int,
) -> GraphCollection:
    arcs = union.arcs
    first_node = np.searchsorted(graph_of_node, np.arange(n_graphs + 1))
    first_arc = arcs.pointers[first_node]
    graph_of_arc = np.repeat(np.arange(n_graphs), np.diff(first_arc))
    carried = _dense(union.edge_features)

    def tensor(array: Any, dtype: Any = np.int64) -> torch.Tensor:
        return torch.from_numpy(np.array(array, dtype=dtype))

    return GraphCollection(
        features=tensor(_features(union, structural, by_row), np.float64),
        degree=tensor(degree(union)) if "one_hot_degree" in structural else None,
        node_pointers=tensor(first_node),
        arc_pointers=tensor(first_arc),
        source=tensor(arcs.source - first_node[graph_of_arc]),
        target=tensor(arcs.target - first_node[graph_of_arc]),
        order=tensor(np.argsort(arcs.source, kind="stable") - first_arc[graph_of_arc]),
        weight=None if arcs.weight is None else tensor(arcs.weight, np.float64),
        edge_features=None if carried is None else tensor(carried[arcs.edge], np.float64),
        edge_type=None if codes is None else tensor(codes[arcs.edge]),
        n_edge_types=max(1, n_edge_types),
    )


def _features(union: Graph, structural: tuple[str, ...], by_row: bool) -> NDArray[Any]:
    """Return node features, then structural ones but for those that the network makes of a node's degree."""
    parts = []
    if union.node_features is not None:
        given = _dense(union.node_features)
        parts.append(FeatureScaling("row")(given) if by_row else given)
    kinds = [kind for kind in structural if kind != "one_hot_degree"]
    if kinds:
        parts.append(structural_features(union, kinds))
    return np.hstack(parts) if parts else np.empty((union.n_nodes, 0))


def _edge_codes(
    union: Graph, known: tuple[Any, ...] | None
) -> tuple[NDArray[np.int64] | None, tuple[Any, ...]]:
    """Return the code of each edge by the names known, and these."""
    if known is None or union.edge_type is None:
        return union.edge_type, union.edge_types
    strange = [name for name in union.edge_types if name not in known]
    if strange:
        listed = ", ".join(map(repr, known)) or "none"
        raise ValueError(f"The graphs have edges of type {strange[0]!r}, and those of the fit: {listed}.")
    return np.array([known.index(name) for name in union.edge_types])[union.edge_type], known


def _dense(matrix: Any) -> Any:
    return matrix.toarray() if sparse.issparse(matrix) else matrix
