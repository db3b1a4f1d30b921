"""From and to networkx."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from deepstat.graph.graph import Graph
from deepstat.graph.read_labels import as_objects


def from_networkx(
    graph: Any,
    *,
    node_features: str | Sequence[str] | None = None,
    edge_weight: str | None = "weight",
    edge_features: str | Sequence[str] | None = None,
    edge_time: str | None = None,
    node_type: str | None = None,
    edge_type: str | None = None,
    graph_features: str | None = None,
) -> Graph:
    """Read a networkx graph of any of its four classes.

    Nodes keep their order and their names, unless the names are 0, 1, 2, ... in that order and say no more than ids do.

    Parameters
    ----------
    graph : networkx.Graph, DiGraph, MultiGraph or MultiDiGraph
    node_features, edge_features : str, sequence of str or None
        The attribute that holds a vector of numbers (or one number), or the attributes that hold the columns.
    edge_weight : str or None, default="weight"
        As in networkx an edge without the attribute has weight 1; if no edge has it, there are no weights.
    edge_time, node_type, edge_type : str or None
        Attributes; every node or edge must have them.
    graph_features : str or None
        An attribute of the graph.

    Returns
    -------
    Graph

    Raises
    ------
    ValueError
        An attribute is missing from a node or edge; what the constructor of Graph refuses.

    Examples
    --------
    >>> import networkx as nx
    >>> from_networkx(nx.karate_club_graph(), edge_weight=None)
    Graph(34 nodes, 78 undirected edges)
    """
    names = list(graph.nodes)
    id_of_name = {name: i for i, name in enumerate(names)}
    ends = [(id_of_name[source], id_of_name[target]) for source, target in graph.edges()]
    edges = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    nodes = [(f"node {name!r}", attributes) for name, attributes in graph.nodes(data=True)]
    carried = [
        (f"edge {(source, target)!r}", attributes) for source, target, attributes in graph.edges(data=True)
    ]
    if graph_features is not None and graph_features not in graph.graph:
        raise ValueError(f"The graph has no attribute {graph_features!r}.")
    weight = None
    if edge_weight is not None and any(edge_weight in attributes for _, attributes in carried):
        weight = [attributes.get(edge_weight, 1) for _, attributes in carried]
    plain = names == list(range(len(names))) and not any(isinstance(name, bool) for name in names)
    if not plain:
        edges = as_objects(names)[edges]
    return Graph(
        edges,
        n_nodes=len(names),
        directed=graph.is_directed(),
        node_names=None if plain else names,
        node_features=_columns(nodes, node_features),
        edge_weight=weight,
        edge_features=_columns(carried, edge_features),
        edge_time=_column(carried, edge_time),
        node_type=_column(nodes, node_type),
        edge_type=_column(carried, edge_type),
        graph_features=None if graph_features is None else graph.graph[graph_features],
    )


def to_networkx(graph: Graph) -> Any:
    """Write a networkx graph: a multigraph if there are parallel edges, else a plain one.

    Nodes get the attributes ``features`` (a dense vector) and ``type``, edges ``weight``, ``features``, ``time`` and
    ``type``, the graph ``features``, each where there is one. Relations stay behind.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    networkx.Graph, DiGraph, MultiGraph or MultiDiGraph

    Examples
    --------
    >>> to_networkx(Graph([["a"], ["b"]], node_names=["a", "b"], edge_weight=[2.0])).edges(data=True)
    EdgeDataView([('a', 'b', {'weight': 2.0})])
    """
    import networkx as nx

    edges = graph.edges if graph.directed else np.sort(graph.edges, axis=0)
    parallel = np.unique(edges, axis=1).shape[1] < graph.n_edges
    kind = {
        (False, False): nx.Graph,
        (True, False): nx.DiGraph,
        (False, True): nx.MultiGraph,
        (True, True): nx.MultiDiGraph,
    }[graph.directed, parallel]
    written = kind() if graph.graph_features is None else kind(features=graph.graph_features)
    names = list(range(graph.n_nodes)) if graph.node_names is None else graph.node_names.tolist()
    node_type = None if graph.node_type is None else [graph.node_types[code] for code in graph.node_type]
    edge_type = None if graph.edge_type is None else [graph.edge_types[code] for code in graph.edge_type]
    about_nodes = _attributes(graph.n_nodes, features=_node_vectors(graph), type=node_type)
    about_edges = _attributes(
        graph.n_edges,
        weight=None if graph.edge_weight is None else graph.edge_weight.tolist(),
        features=_vectors(graph.edge_features),
        time=graph.edge_time,
        type=edge_type,
    )
    written.add_nodes_from(zip(names, about_nodes, strict=True))
    ends = graph.edges.T.tolist()
    written.add_edges_from(
        (names[source], names[target], attributes)
        for (source, target), attributes in zip(ends, about_edges, strict=True)
    )
    return written


def _column(entries: list[tuple[str, dict[str, Any]]], name: str | None) -> Any:
    if name is None:
        return None
    missing = [what for what, attributes in entries if name not in attributes]
    if missing:
        raise ValueError(
            f"The attribute {name!r} is missing from {len(missing)} of {len(entries)}, as {missing[0]}."
        )
    return [attributes[name] for _, attributes in entries]


def _columns(entries: list[tuple[str, dict[str, Any]]], names: str | Sequence[str] | None) -> Any:
    if names is None:
        return None
    if isinstance(names, str):
        column = _column(entries, names)
        rows = [np.atleast_1d(np.asarray(entry, dtype=np.float64)) for entry in column]
        if len({row.shape for row in rows}) > 1:
            raise ValueError(
                f"The attribute {names!r} holds vectors of different lengths: features need one length."
            )
        return np.stack(rows) if rows else np.empty((0, 0))
    return np.array([_column(entries, name) for name in names], dtype=np.float64).T


def _attributes(n: int, **columns: Any) -> list[dict[str, Any]]:
    present = {name: values for name, values in columns.items() if values is not None}
    return [{name: values[i] for name, values in present.items()} for i in range(n)]


def _vectors(matrix: Any) -> Any:
    return matrix.toarray() if sparse.issparse(matrix) else matrix


def _node_vectors(graph: Graph) -> Any:
    if graph.node_type is None or not hasattr(graph.node_features, "items"):
        return _vectors(graph.node_features)
    dense = [_vectors(graph.node_features[name]) for name in graph.node_types]
    return [dense[code][row] for code, row in zip(graph.node_type, graph.row_in_type, strict=True)]
