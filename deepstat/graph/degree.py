"""How many edges each node has."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from deepstat.graph.check_kind import check_kind
from deepstat.graph.graph import Graph


def degree(
    graph: Graph, kind: Literal["total", "in", "out"] = "total", *, weighted: bool = False
) -> NDArray[Any]:
    """Return the degree of each node, counted as networkx does: by ends of edges, so a self-loop counts 2 in the total.

    Parameters
    ----------
    graph : Graph
    kind : {"total", "in", "out"}, default="total"
        Edges that end in the node, start from it, or both. In an undirected graph all three are the same.
    weighted : bool, default=False
        Sum the weights instead (1 each, where there are none).

    Returns
    -------
    ndarray of shape (n,)
        int64, or float64 if weighted.

    Raises
    ------
    ValueError
        Unknown kind.

    Examples
    --------
    >>> graph = Graph([[0, 0, 2], [1, 2, 2]])
    >>> degree(graph)
    array([2, 1, 3])
    """
    check_kind(kind, ("total", "in", "out"))
    ends = graph.edges.ravel() if kind == "total" or not graph.directed else graph.edges[int(kind == "in")]
    if not weighted or graph.edge_weight is None:
        counts = np.bincount(ends, minlength=graph.n_nodes)
        return counts.astype(np.float64) if weighted else counts
    # Both ends of an edge have its weight. Of nothing at all bincount makes integers.
    weight = np.resize(graph.edge_weight, len(ends))
    return np.bincount(ends, weights=weight, minlength=graph.n_nodes).astype(np.float64, copy=False)
