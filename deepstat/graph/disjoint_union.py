"""Many graphs as one, without edges between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from deepstat.graph.freeze import freeze
from deepstat.graph.graph import Graph


def disjoint_union(graphs: Sequence[Graph]) -> tuple[Graph, NDArray[np.int64]]:
    """Put graphs side by side: what an operator computes on the union is what it computes on each.

    Node ids continue from graph to graph, edges keep their order. What nodes or edges carry, all graphs must carry
    (those without nodes or edges excepted), in matrices of the same width. Types are matched by name. Names of
    nodes and `graph_features` stay behind: names may repeat, and a union has no single row of graph features.

    Parameters
    ----------
    graphs : sequence of Graph
        At least one; all directed or none.

    Returns
    -------
    union : Graph
    graph_of_node : ndarray of shape (n,), int64
        The position in `graphs` of each node's graph.

    Raises
    ------
    ValueError
        No graph; directed and undirected ones; something that only some of them carry; widths that differ;
        relations that contradict each other.
    TypeError
        An entry is no Graph.

    Examples
    --------
    >>> union, graph_of_node = disjoint_union([Graph([[0], [1]]), Graph([[0, 1], [1, 2]])])
    >>> union, graph_of_node
    (Graph(5 nodes, 3 undirected edges), array([0, 0, 1, 1, 1]))
    """
    graphs = list(graphs)
    for position, graph in enumerate(graphs):
        if not isinstance(graph, Graph):
            raise TypeError(f"graphs must hold Graphs; entry {position} is of type {type(graph).__name__}.")
    if not graphs:
        raise ValueError("graphs is empty: a disjoint union needs at least one graph.")
    if len({graph.directed for graph in graphs}) > 1:
        raise ValueError("graphs holds directed and undirected graphs: a union is one or the other.")
    counts = np.array([graph.n_nodes for graph in graphs])
    starts = np.cumsum(counts) - counts
    node_type, node_types = _joined_types(graphs, "node")
    edge_type, edge_types = _joined_types(graphs, "edge")
    union = graphs[0]._with(
        edges=np.hstack([graph.edges + start for graph, start in zip(graphs, starts, strict=True)]),
        n_nodes=int(counts.sum()),
        node_names=None,
        node_features=_joined_features(graphs, node_types),
        node_type=node_type,
        node_types=node_types,
        edge_weight=_stacked(_carried(graphs, "edge_weight"), "edge_weight"),
        edge_features=_stacked(_carried(graphs, "edge_features"), "edge_features"),
        edge_time=_stacked(_carried(graphs, "edge_time"), "edge_time"),
        edge_type=edge_type,
        edge_types=edge_types,
        relations=_joined_relations(graphs),
        graph_features=None,
    )
    return union, np.repeat(np.arange(len(graphs)), counts)


def _carried(graphs: list[Graph], what: str) -> list[Any]:
    """Return what graphs carry, if all that could do; [] if none does."""
    values = [getattr(graph, what) for graph in graphs]
    size = "n_edges" if what.startswith("edge") else "n_nodes"
    having = [i for i, value in enumerate(values) if value is not None]
    lacking = [i for i, value in enumerate(values) if value is None and getattr(graphs[i], size)]
    if having and lacking:
        raise ValueError(
            f"graphs[{having[0]}] has {what} and graphs[{lacking[0]}] has none: give it to all of them or to none."
        )
    return [values[i] for i in having]


def _stacked(values: list[Any], what: str) -> Any:
    if not values:
        return None
    shapes = {value.shape[1:] for value in values}
    if len(shapes) > 1:
        widths = ", ".join(str(width[0]) for width in sorted(shapes))
        raise ValueError(f"{what} of the graphs differ in their number of columns: {widths}.")
    forms = {sparse.issparse(value) for value in values}
    if len(forms) > 1:
        raise ValueError(f"{what} is sparse in some graphs and dense in others: convert them to one form.")
    if len({value.dtype.kind for value in values}) > 1:
        raise ValueError(
            f"{what} holds dates in some graphs and numbers in others: convert them to one kind."
        )
    return sparse.vstack(values, format="csr") if forms == {True} else np.concatenate(values)


def _joined_types(graphs: list[Graph], kind: str) -> tuple[NDArray[np.int64] | None, tuple[Any, ...]]:
    """Return the codes of all graphs by common names."""
    codes = _carried(graphs, f"{kind}_type")
    if not codes:
        return None, ()
    having = [graph for graph in graphs if getattr(graph, f"{kind}_type") is not None]
    of_graph = [getattr(graph, f"{kind}_types") for graph in having]
    try:
        names = tuple(sorted(set().union(*of_graph)))
    except TypeError as error:
        raise ValueError(
            f"{kind}_type is text in some graphs and numbers in others: use one of them."
        ) from error
    code_of = {name: code for code, name in enumerate(names)}
    renamed = [
        np.array([code_of[name] for name in own_names], dtype=np.int64)[own_codes]
        for own_names, own_codes in zip(of_graph, codes, strict=True)
    ]
    return np.concatenate(renamed), names


def _joined_features(graphs: list[Graph], node_types: tuple[Any, ...]) -> Any:
    features = _carried(graphs, "node_features")
    by_type = [isinstance(matrices, Mapping) for matrices in features]
    if not any(by_type):
        return _stacked(features, "node_features")
    if not all(by_type):
        raise ValueError("node_features is a dict by node type in some graphs and a matrix in others.")
    return freeze(
        {
            name: _stacked(
                [matrices[name] for matrices in features if name in matrices], f"node_features[{name!r}]"
            )
            for name in node_types
        }
    )


def _joined_relations(graphs: list[Graph]) -> Mapping[Any, tuple[Any, Any]] | None:
    joined: dict[Any, tuple[Any, Any]] = {}
    for relations in _carried(graphs, "relations") if any(graph.relations for graph in graphs) else []:
        for name, ends in relations.items():
            if joined.setdefault(name, ends) != ends:
                raise ValueError(
                    f"relations of {name!r} is {joined[name]} in one graph and {ends} in another."
                )
    return joined or None
