"""The connected pieces of a graph."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from deepstat.graph.check_kind import check_kind
from deepstat.graph.graph import Graph


def components(graph: Graph, kind: Literal["weak", "strong"] = "weak") -> NDArray[np.int64]:
    """Return the number of each node's connected component, counted from 0 in the order of their first nodes.

    Parameters
    ----------
    graph : Graph
    kind : {"weak", "strong"}, default="weak"
        Weak ignores directions; strong asks for a directed path both ways. The same in an undirected graph.

    Returns
    -------
    ndarray of shape (n,), int64
        ``labels.max() + 1`` is how many there are (if there are nodes). An edge of weight 0 connects.

    Raises
    ------
    ValueError
        Unknown kind.

    Examples
    --------
    >>> components(Graph([[0, 2], [3, 2]], n_nodes=4))
    array([0, 1, 2, 0])
    """
    check_kind(kind, ("weak", "strong"))
    n = graph.n_nodes
    if n == 0:
        return np.empty(0, dtype=np.int64)
    arcs = graph.arcs
    # Ones in place of the weights, since scipy passes over a weight of 0. Parallel arcs must be summed: its search for
    # strong components does not end where entries repeat.
    joined = sparse.csr_array((np.ones(len(arcs)), (arcs.target, arcs.source)), shape=(n, n))
    _, labels = connected_components(joined, directed=graph.directed, connection=kind)
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
