"""Node ids from what users call X."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepstat.graph.graph import Graph


def node_rows(graph: Graph, X: Any) -> NDArray[np.int64]:
    """Return the ids (m,) of nodes given by name, or by id where the graph has no names.

    Parameters
    ----------
    graph : Graph
    X : array-like or frame of shape (m,) or (m, 1)

    Raises
    ------
    ValueError
        If X has another shape, no row, or names a node that is not there.

    Examples
    --------
    >>> node_rows(Graph([["a"], ["b"]], node_names=["a", "b"]), [["b"], ["a"]])
    array([1, 0])
    """
    named = X.to_numpy() if hasattr(X, "to_numpy") else X
    array = named if isinstance(named, np.ndarray) else _as_array(named)
    if array.ndim not in (1, 2) or (array.ndim == 2 and array.shape[1] != 1):
        raise ValueError(f"X has shape {np.shape(array)}: give one node for each row.")
    if len(array) == 0:
        raise ValueError("X has no row: name at least one.")
    return graph.positions(array.ravel())


def _as_array(values: Any) -> np.ndarray:
    """Return a list as an array in which a name may be a tuple."""
    rows = list(values)
    if any(isinstance(row, tuple) for row in rows):
        array = np.empty(len(rows), dtype=object)
        array[:] = rows
        return array
    return np.asarray(rows)
