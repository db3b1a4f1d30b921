"""Node ids from what users call X."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.graph.graph import Graph


def id_rows(graph: Graph, X: Any, n_columns: int) -> NDArray[np.int64]:
    """Return the ids (m, n_columns) of nodes, or of pairs of them, given by name, or by id where there are no names.

    Parameters
    ----------
    graph : Graph
    X : array-like or frame of shape (m, n_columns), or (m,) where there is one
    n_columns : int

    Raises
    ------
    ValueError
        If X has another shape, no row, or names a node that is not there.

    Examples
    --------
    >>> id_rows(Graph([["a"], ["b"]], node_names=["a", "b"]), [["b", "a"]], 2)
    array([[1, 0]])
    """
    named = X.to_numpy() if hasattr(X, "to_numpy") else X
    array = named if isinstance(named, np.ndarray) else _as_array(named, n_columns)
    if array.ndim == 1 and n_columns == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] != n_columns:
        words = "one node" if n_columns == 1 else "a pair of nodes (source, target)"
        raise ValueError(f"X has shape {np.shape(array)}: give {words} for each row.")
    if len(array) == 0:
        raise ValueError("X has no row: name at least one.")
    return graph.positions(array.ravel()).reshape(array.shape)


def node_rows(graph: Graph, X: Any) -> NDArray[np.int64]:
    """Return the ids (m,) of nodes; see :func:`id_rows`.

    Examples
    --------
    >>> node_rows(Graph([["a"], ["b"]], node_names=["a", "b"]), [["b"], ["a"]])
    array([1, 0])
    """
    return id_rows(graph, X, 1)[:, 0]


def _as_array(values: Any, n_columns: int) -> np.ndarray:
    """Return a list as an array in which a name may be a tuple."""
    rows = list(values)
    if n_columns == 1 and any(isinstance(row, tuple) for row in rows):
        array = np.empty(len(rows), dtype=object)
        array[:] = rows
        return array
    return np.asarray(rows)
