"""The times of edges, nodes and pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from deepstat.graph.splitters.rows import pair_keys

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def edge_times(graph: Graph) -> np.ndarray:
    """Return the edge times of a graph.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    ndarray of shape (n_edges,), float64 or datetime64

    Raises
    ------
    ValueError
        If it has none.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> edge_times(Graph([[0], [1]], edge_time=[3.0])).tolist()
    [3.0]
    """
    if graph.edge_time is None:
        raise ValueError(
            "The graph has no edge_time: build it with edge_time, or give the time of each node."
        )
    return graph.edge_time


def _first(keys: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct keys, sorted, and the earliest time of each."""
    order = np.lexsort((times, keys))
    keys, start = np.unique(keys[order], return_index=True)
    return keys, times[order][start]


def _look_up(wanted: np.ndarray, keys: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the time of each wanted key and whether it has one."""
    if not len(keys):
        return np.zeros(len(wanted), dtype=times.dtype), np.zeros(len(wanted), dtype=bool)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return times[place], keys[place] == wanted


def node_times(graph: Graph, nodes: np.ndarray) -> np.ndarray:
    """Return when nodes appear: the time of a node's first edge.

    Parameters
    ----------
    graph : Graph
    nodes : ndarray of shape (m,), int64

    Returns
    -------
    ndarray of shape (m,)

    Raises
    ------
    ValueError
        If a node has no edge, or the graph no edge times.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> node_times(Graph([[0, 1], [1, 2]], edge_time=[5.0, 4.0]), np.array([0, 1, 2])).tolist()
    [5.0, 4.0, 4.0]
    """
    times = edge_times(graph)
    found, known = _look_up(nodes, *_first(graph.edges.ravel(), np.concatenate([times, times])))
    if not known.all():
        name = _name(graph, nodes[~known][0])
        raise ValueError(f"Node {name} has no edge and so no time: give the times of all nodes as node_time.")
    return found


def pair_times(graph: Graph, pairs: np.ndarray) -> np.ndarray:
    """Return when pairs were first joined.

    Parameters
    ----------
    graph : Graph
    pairs : ndarray of shape (m, 2), int64

    Returns
    -------
    ndarray of shape (m,)

    Raises
    ------
    ValueError
        If a pair is no edge of the graph, or the graph has no edge times.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> pair_times(Graph([[0, 1], [1, 0]], edge_time=[5.0, 4.0]), np.array([[1, 0]])).tolist()
    [4.0]
    """
    times = edge_times(graph)
    found, known = _look_up(pair_keys(graph, pairs), *_first(pair_keys(graph, graph.edges.T), times))
    if not known.all():
        ends = " and ".join(str(_name(graph, node)) for node in pairs[~known][0])
        raise ValueError(
            f"Nodes {ends} are not joined by an edge and so have no time: give the time of each row as groups."
        )
    return found


def _name(graph: Graph, node: int) -> object:
    return int(node) if graph.node_names is None else repr(graph.node_names[node])
