"""Several graphs as one list of arcs, with what colour refinement sees of each arc and node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from deepstat.graph.weisfeiler_leman.ranks import row_ranks, value_ranks

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph

DIRECTIONS = ("in", "out", "both")


class Joint(NamedTuple):
    """What is refined, for all graphs together.

    Parameters
    ----------
    source, target : ndarray of shape (n_arcs,), int64
        A node sees the sources of the arcs of which it is the target.
    kind : ndarray of shape (n_arcs,), int64
        Arcs of the same type, weight and direction have the same kind.
    colour : ndarray of shape (n_nodes,), int64
        The colours before the first round.
    sizes : tuple of int
        Nodes of each graph.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> joint([Graph([[0], [1]]), Graph([[0], [0]])], None, "in").source.tolist()
    [1, 0, 2]
    """

    source: np.ndarray
    target: np.ndarray
    kind: np.ndarray
    colour: np.ndarray
    sizes: tuple[int, ...]


def _labels(graph: Graph, labels: Any) -> np.ndarray:
    """Return one label a node, checked."""
    labels = np.asarray(labels)
    if labels.shape != (graph.n_nodes,):
        raise ValueError(
            f"node_labels of shape {labels.shape} do not fit a graph of {graph.n_nodes} nodes: give one each."
        )
    return labels


def _first_colours(graphs: Sequence[Graph], node_labels: Sequence[Any] | None) -> np.ndarray:
    """Return a number for each pair (node type, label), the same in all graphs."""
    columns = []
    if any(graph.node_type is not None for graph in graphs):
        names = [
            np.full(graph.n_nodes, "")
            if graph.node_type is None
            else np.asarray(graph.node_types)[graph.node_type]
            for graph in graphs
        ]
        columns.append(value_ranks(np.concatenate([each.astype(str) for each in names])))
    if node_labels is not None:
        if len(node_labels) != len(graphs):
            raise ValueError(
                f"{len(graphs)} graphs came with {len(node_labels)} lists of node_labels: give one each."
            )
        labels = [_labels(graph, each) for graph, each in zip(graphs, node_labels, strict=True)]
        columns.append(value_ranks(np.concatenate(labels)))
    n_nodes = sum(graph.n_nodes for graph in graphs)
    return row_ranks(np.stack(columns, axis=1)) if columns else np.zeros(n_nodes, dtype=np.int64)


def _kinds(graphs: Sequence[Graph]) -> np.ndarray:
    """Return a number for each pair (edge type, weight) of the arcs, the same in all graphs; no weight is weight 1."""
    columns = []
    if any(graph.edge_type is not None for graph in graphs):
        names = []
        for graph in graphs:
            if graph.edge_type is None:
                names.append(np.full(len(graph.arcs.source), ""))
            else:
                names.append(np.asarray(graph.edge_types).astype(str)[graph.edge_type[graph.arcs.edge]])
        columns.append(value_ranks(np.concatenate(names)))
    if any(graph.arcs.weight is not None for graph in graphs):
        weights = [
            np.ones(len(graph.arcs.source)) if graph.arcs.weight is None else graph.arcs.weight
            for graph in graphs
        ]
        columns.append(value_ranks(np.concatenate(weights)))
    n_arcs = sum(len(graph.arcs.source) for graph in graphs)
    return row_ranks(np.stack(columns, axis=1)) if columns else np.zeros(n_arcs, dtype=np.int64)


def joint(graphs: Sequence[Graph], node_labels: Sequence[Any] | None, direction: str) -> Joint:
    """Put graphs side by side.

    Parameters
    ----------
    graphs : sequence of Graph
    node_labels : sequence of array-like of shape (n_nodes,), or None
    direction : {"in", "out", "both"}

    Returns
    -------
    Joint

    Raises
    ------
    ValueError
        If the direction is unknown, the labels do not fit the graphs, or directed and undirected graphs are
        mixed.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> joint([Graph([[0], [1]], directed=True)], None, "out")[:2]
    (array([1]), array([0]))
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"direction={direction!r} is not allowed: choose one of {', '.join(DIRECTIONS)}.")
    directed = {graph.directed for graph in graphs}
    if len(directed) > 1:
        raise ValueError("Directed and undirected graphs are not comparable: give graphs of one sort.")
    sizes = tuple(graph.n_nodes for graph in graphs)
    first = np.cumsum([0, *sizes])
    offsets = np.repeat(first[:-1], [len(graph.arcs.source) for graph in graphs])
    source = np.concatenate([graph.arcs.source for graph in graphs]) + offsets
    target = np.concatenate([graph.arcs.target for graph in graphs]) + offsets
    kind = _kinds(graphs)
    if directed == {True} and direction == "out":
        source, target = target, source
    elif directed == {True} and direction == "both":
        source, target = np.concatenate([source, target]), np.concatenate([target, source])
        kind = np.concatenate([2 * kind, 2 * kind + 1])
    return Joint(source, target, kind, _first_colours(graphs, node_labels), sizes)
