"""Graphs: nodes, edges, and what they carry."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepstat.graph.arcs import Arcs, arcs_of
from deepstat.graph.check_relations import check_relations
from deepstat.graph.check_type_features import check_type_features
from deepstat.graph.count_nodes import count_nodes
from deepstat.graph.describe import describe
from deepstat.graph.freeze import freeze, own
from deepstat.graph.read_edges import check_range, look_up, read_ids, read_named_edges, whole_numbers
from deepstat.graph.read_features import read_graph_features, read_node_features
from deepstat.graph.read_labels import read_labels, read_names, read_types
from deepstat.graph.read_matrix import check_length, read_matrix, read_vector
from deepstat.graph.read_time import read_time

# What is computed on first use, and the fields it depends on.
DERIVED = {
    "arcs": {"edges", "n_nodes", "directed", "edge_weight"},
    "row_in_type": {"n_nodes", "node_type"},
    "_id_of_name": {"node_names"},
}


def _rows(values: Any, rows: NDArray[np.int64]) -> Any:
    return None if values is None else values[rows]


class Graph:
    """A graph that does not change: directed or not, weighted, typed, timestamped, with features.

    Everything is checked once, here. Copies and scikit-learn's clones are the graph itself, so that folds share one
    in memory. Arrays handed in are copied unless they are read-only; the graph's own are read-only.

    Parameters
    ----------
    edges : array-like of shape (2, e)
        Sources above targets: node ids from 0 on, or names if `node_names` is given. An undirected graph lists each
        edge once, in either direction. Parallel edges and self-loops are kept.
    n_nodes : int or None
        Number of nodes; None takes it from what is given for the nodes, else the largest id plus 1.
    directed : bool, default=False
    node_names : sequence of length n or None
        Distinct labels. With names, nodes are named wherever they are given from outside, in `edges` as well.
    node_features : array-like, frame or sparse matrix of shape (n, p), dict of them, or None
        Finite numbers; float32 stays, other types become float64, sparse matrices become CSR. A dict
        ``{node type: matrix of shape (n_type, p_type)}`` gives each type features of its own, rows in the order of the
        ids of that type.
    edge_weight : array-like of shape (e,) or None
        Finite and not negative.
    edge_features : array-like, frame or sparse matrix of shape (e, q) or None
    edge_time : array-like of shape (e,) or None
        Numbers or dates.
    node_type : sequence of length n or None
    edge_type : sequence of length e or None
        Labels; kept as int64 codes of the sorted names, which are in `node_types` and `edge_types`.
    relations : dict or None
        ``{edge type: (node type of sources, of targets)}`` for every edge type; an edge that breaks it is
        refused. An edge of an undirected graph may stand in either direction.
    graph_features : array-like of shape (r,) or None

    Attributes
    ----------
    edges : ndarray of shape (2, e), int64
        Always ids.
    n_nodes, n_edges : int
    arcs : Arcs
        What messages run along: both directions of each undirected edge, sorted. Computed on first use.

    Raises
    ------
    ValueError, TypeError
        One sentence for ids out of range, unknown or repeated names, missing or infinite numbers, negative
        weights, lengths that differ, edges to a node of the wrong type.

    Examples
    --------
    >>> graph = Graph([["ann", "ann"], ["bob", "cy"]], node_names=["ann", "bob", "cy", "dee"], edge_weight=[2, 1])
    >>> graph
    Graph(4 nodes, 2 undirected edges, node_names, edge_weight)
    >>> graph.arcs.source, graph.arcs.target, graph.arcs.weight
    (array([1, 2, 0, 0]), array([0, 0, 1, 2]), array([2., 1., 2., 1.]))
    """

    edges: NDArray[np.int64]
    n_nodes: int
    directed: bool
    node_names: NDArray[Any] | None
    node_features: Any
    edge_weight: NDArray[np.float64] | None
    edge_features: Any
    edge_time: NDArray[Any] | None
    node_type: NDArray[np.int64] | None
    node_types: tuple[Any, ...]
    edge_type: NDArray[np.int64] | None
    edge_types: tuple[Any, ...]
    relations: Mapping[Any, tuple[Any, Any]] | None
    graph_features: NDArray[np.float64] | None

    def __init__(
        self,
        edges: Any,
        *,
        n_nodes: int | None = None,
        directed: bool = False,
        node_names: Any = None,
        node_features: Any = None,
        edge_weight: ArrayLike | None = None,
        edge_features: Any = None,
        edge_time: Any = None,
        node_type: Any = None,
        edge_type: Any = None,
        relations: Mapping[Any, tuple[Any, Any]] | None = None,
        graph_features: ArrayLike | None = None,
    ) -> None:
        names = None if node_names is None else read_names(node_names)
        features = read_node_features(node_features)
        self.__dict__.update(node_names=names, node_features=features)
        n = count_nodes(n_nodes, names, features, node_type)
        ids = read_ids(edges) if names is None else read_named_edges(edges, self._id_of_name)
        if n is None:
            n = int(ids.max(initial=-1)) + 1
        check_range(ids, n, "edges")
        n_edges = ids.shape[1]
        self.__dict__.update(edges=own(ids, np.int64), n_nodes=n, directed=bool(directed))

        nodes, node_types = (None, ()) if node_type is None else read_types(node_type, n, "node_type", "node")
        kinds, edge_types = (
            (None, ()) if edge_type is None else read_types(edge_type, n_edges, "edge_type", "edge")
        )
        self.__dict__.update(node_type=nodes, node_types=node_types, edge_type=kinds, edge_types=edge_types)
        if isinstance(features, Mapping):
            check_type_features(self, features)
        self.__dict__["relations"] = None if relations is None else freeze(check_relations(self, relations))

        weight = None if edge_weight is None else read_vector(edge_weight, n_edges, "edge_weight", "edge")
        if weight is not None and (weight < 0).any():
            raise ValueError(
                f"edge_weight holds negative numbers (the first is {weight[weight < 0][0]:g}): "
                "weights must be 0 or more; carry signed numbers as edge_features."
            )
        carried = None if edge_features is None else read_matrix(edge_features, "edge_features")
        if carried is not None:
            check_length(carried, n_edges, "edge_features", "edge")
        self.__dict__.update(
            edge_weight=weight,
            edge_features=carried,
            edge_time=None if edge_time is None else read_time(edge_time, n_edges),
            graph_features=None if graph_features is None else read_graph_features(graph_features),
        )

    @property
    def n_edges(self) -> int:
        """Number of edges as listed: an undirected edge counts once."""
        return self.edges.shape[1]

    @cached_property
    def arcs(self) -> Arcs:
        """The graph's arcs, sorted by (target, source); see :class:`deepstat.graph.arcs.Arcs`."""
        return arcs_of(self.edges, self.n_nodes, directed=self.directed, weight=self.edge_weight)

    @cached_property
    def row_in_type(self) -> NDArray[np.int64]:
        """The rank of each node among the nodes of its type (n,): its row in ``node_features[type]``."""
        if self.node_type is None:
            return freeze(np.arange(self.n_nodes))
        order = np.argsort(self.node_type, kind="stable")
        counts = np.bincount(self.node_type, minlength=len(self.node_types))
        rows = np.empty(self.n_nodes, dtype=np.int64)
        rows[order] = np.arange(self.n_nodes) - np.repeat(np.cumsum(counts) - counts, counts)
        return freeze(rows)

    def positions(self, nodes: Any) -> NDArray[np.int64]:
        """Return the ids of nodes given by name, or check ids if the nodes have no names.

        Parameters
        ----------
        nodes : array-like
            Names, or ids. Arrays may have any shape; in a list with names a tuple is one name.

        Returns
        -------
        ndarray of the same shape, int64

        Raises
        ------
        ValueError
            Unknown names or ids.
        TypeError
            No whole numbers where ids are expected.

        Examples
        --------
        >>> Graph([["a"], ["b"]], node_names=["b", "a"]).positions(["a", "a", "b"])
        array([1, 1, 0])
        """
        if self.node_names is None:
            ids = whole_numbers(nodes, "nodes")
            check_range(ids, self.n_nodes, "nodes")
            return ids
        array = nodes if isinstance(nodes, np.ndarray) else None
        if array is None or array.ndim == 1:
            return look_up(read_labels(nodes, "nodes"), self._id_of_name, "nodes")
        return look_up(read_labels(array.ravel(), "nodes"), self._id_of_name, "nodes").reshape(array.shape)

    def subgraph(self, nodes: Any) -> Graph:
        """Return the graph on some nodes, in the order given, with the edges among them and all they carry.

        Node ids become positions in `nodes`; names stay. Types and relations stay as they are, also where a type
        no longer occurs, so that codes keep their meaning.

        Parameters
        ----------
        nodes : array-like of shape (m,)
            Distinct names, or ids if the nodes have no names.

        Returns
        -------
        Graph

        Raises
        ------
        ValueError
            Unknown or repeated nodes.

        Examples
        --------
        >>> Graph([[0, 1, 2], [1, 2, 3]]).subgraph([2, 1, 0]).edges
        array([[2, 1],
               [1, 0]])
        """
        ids = self.positions(nodes)
        if ids.ndim != 1 or len(np.unique(ids)) != ids.size:
            raise ValueError("nodes of a subgraph must be a list of distinct nodes.")
        renumbered = np.full(self.n_nodes, -1, dtype=np.int64)
        renumbered[ids] = np.arange(len(ids))
        edges = renumbered[self.edges]
        kept = np.flatnonzero((edges >= 0).all(axis=0))
        if isinstance(self.node_features, Mapping):
            codes, rows = self.node_type[ids], self.row_in_type[ids]
            features = {
                name: self.node_features[name][rows[codes == code]]
                for code, name in enumerate(self.node_types)
            }
        else:
            features = _rows(self.node_features, ids)
        return self._cut(kept)._with(
            edges=edges[:, kept],
            n_nodes=len(ids),
            node_names=_rows(self.node_names, ids),
            node_type=_rows(self.node_type, ids),
            node_features=features,
        )

    def without_edges(self, edge_positions: ArrayLike) -> Graph:
        """Return the graph without some edges, each with both of its directions; all nodes stay.

        Parameters
        ----------
        edge_positions : array-like of int
            Positions in `edges`.

        Returns
        -------
        Graph

        Raises
        ------
        ValueError
            Positions out of range.

        Examples
        --------
        >>> Graph([[0, 1, 2], [1, 2, 3]]).without_edges([1]).edges
        array([[0, 2],
               [1, 3]])
        """
        positions = whole_numbers(edge_positions, "edge_positions")
        check_range(positions, self.n_edges, "edge_positions", "edges")
        keep = np.ones(self.n_edges, dtype=bool)
        keep[positions] = False
        return self._cut(np.flatnonzero(keep))

    def with_features(self, node_features: Any) -> Graph:
        """Return the graph with other node features (checked as in the constructor), or with none.

        Examples
        --------
        >>> Graph([[0, 1], [1, 2]]).with_features([[1.0], [2.0], [3.0]])
        Graph(3 nodes, 2 undirected edges, node_features (3, 1))
        """
        features = read_node_features(node_features)
        if isinstance(features, Mapping):
            check_type_features(self, features)
        elif features is not None:
            check_length(features, self.n_nodes, "node_features", "node")
        return self._with(node_features=features)

    def _cut(self, edges: NDArray[np.int64]) -> Graph:
        """Keep some edges, by position, and what they carry."""
        return self._with(
            edges=self.edges[:, edges],
            edge_type=_rows(self.edge_type, edges),
            edge_weight=_rows(self.edge_weight, edges),
            edge_features=_rows(self.edge_features, edges),
            edge_time=_rows(self.edge_time, edges),
        )

    def _with(self, **changes: Any) -> Graph:
        """Return a copy with other fields, which the caller knows to be right: nothing is checked again."""
        changed = object.__new__(Graph)
        stale = {cached for cached, fields in DERIVED.items() if not changes.keys().isdisjoint(fields)}
        kept = {name: value for name, value in self.__dict__.items() if name not in stale}
        changed.__dict__.update(kept | {name: freeze(value) for name, value in changes.items()})
        return changed

    @cached_property
    def _id_of_name(self) -> dict[Any, int]:
        return {name: i for i, name in enumerate(self.node_names.tolist())}

    def __repr__(self) -> str:
        return f"Graph({describe(self)})"

    def __setattr__(self, name: str, value: Any = None) -> NoReturn:
        raise AttributeError(
            f"A Graph does not change: {name} cannot be set or deleted; build another, or use with_features."
        )

    __delattr__ = __setattr__

    def __copy__(self) -> Graph:
        return self

    def __deepcopy__(self, memo: Any) -> Graph:
        return self

    def __sklearn_clone__(self) -> Graph:
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {
            name: dict(value) if isinstance(value, Mapping) else value
            for name, value in self.__dict__.items()
            if name not in DERIVED
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({name: freeze(value) for name, value in state.items()})
