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
    weight = None
    if weighted:
        weight = np.ones(graph.n_edges) if graph.edge_weight is None else graph.edge_weight
    ends = graph.edges.ravel() if kind == "total" or not graph.directed else graph.edges[int(kind == "in")]
    if weight is not None and len(ends) == 2 * len(weight):
        weight = np.concatenate([weight, weight])
    return np.bincount(ends, weights=weight, minlength=graph.n_nodes)
