"""The rows of X as nodes or pairs of nodes of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def node_rows(graph: Graph, X: Any) -> np.ndarray:
    """Return the position in the graph of each row's node.

    Parameters
    ----------
    graph : Graph
    X : array-like of shape (m,) or (m, 1)
        Node ids or names.

    Returns
    -------
    ndarray of shape (m,), int64

    Raises
    ------
    ValueError
        If X has another shape or a node is not in the graph.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> node_rows(Graph([["a"], ["b"]], node_names=["a", "b"]), [["b"], ["a"]]).tolist()
    [1, 0]
    """
    X = np.asarray(X)
    if X.ndim == 2 and X.shape[1] == 1:
        X = X[:, 0]
    if X.ndim != 1:
        raise ValueError(f"X of shape {X.shape} is no list of nodes: give one node id or name a row.")
    return graph.positions(X)


def pair_rows(graph: Graph, X: Any) -> np.ndarray:
    """Return the positions in the graph of each row's two nodes.

    Parameters
    ----------
    graph : Graph
    X : array-like of shape (m, 2)
        Pairs of node ids or names.

    Returns
    -------
    ndarray of shape (m, 2), int64

    Raises
    ------
    ValueError
        If X has another shape or a node is not in the graph.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> pair_rows(Graph([[0, 1], [1, 2]]), [[2, 1]]).tolist()
    [[2, 1]]
    """
    X = np.asarray(X)
    if X.ndim != 2 or X.shape[1] != 2:
        raise ValueError(f"X of shape {X.shape} is no list of pairs: give two node ids or names a row.")
    return graph.positions(X)


def pair_keys(graph: Graph, pairs: np.ndarray) -> np.ndarray:
    """Return one number for each pair, in an undirected graph the same for both of its directions.

    Parameters
    ----------
    graph : Graph
    pairs : ndarray of shape (m, 2), int64

    Returns
    -------
    ndarray of shape (m,), int64

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> pair_keys(Graph([[0, 1], [1, 2]]), np.array([[2, 1], [1, 2]])).tolist()
    [5, 5]
    """
    if not graph.directed:
        pairs = np.sort(pairs, axis=1)
    return pairs[:, 0] * graph.n_nodes + pairs[:, 1]
