"""Where walks begin."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def starts(graph: Graph, nodes: Any, length: int, n_walks: int) -> np.ndarray:
    """Check what was asked of a walk and return the first node of each.

    Parameters
    ----------
    graph : Graph
    nodes : array-like of node ids or names, or None
        None: all nodes.
    length : int
        Nodes of a walk, the first one included.
    n_walks : int
        Walks from each node.

    Returns
    -------
    ndarray of shape (n_walks * n_starting_nodes,), int64
        All nodes once, then all once more, and so on.

    Raises
    ------
    ValueError
        If `length` or `n_walks` is no positive integer.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> starts(Graph([[0], [1]]), None, length=5, n_walks=2).tolist()
    [0, 1, 0, 1]
    """
    for name, value in (("length", length), ("n_walks", n_walks)):
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name}={value!r} is not allowed: give an integer of at least 1.")
    first = np.arange(graph.n_nodes, dtype=np.int64) if nodes is None else graph.positions(nodes)
    return np.tile(first, int(n_walks))
