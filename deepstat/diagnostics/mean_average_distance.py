"""How far apart the directions of nodes' states are."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstat.diagnostics.node_states import node_states
from deepstat.graph.check_kind import check_kind
from deepstat.graph.graph import Graph


def mean_average_distance(graph: Graph, states: Any, *, pairs: str = "neighbours") -> float:
    """Return the mean over nodes of the mean cosine distance, ``1 - cos(x_i, x_j)``, to other nodes.

    Zero where all states have one direction, whatever their lengths: over-smoothed; one where they are at right angles
    on average. It differs from the paper's in one respect: pairs at distance zero count, so that equal states
    give zero, and not what rounding leaves of it. A state of zeros is at distance 0 from another of zeros, and at
    distance 1 from any other.

    Parameters
    ----------
    graph : Graph
        Weights are not looked at, nor are self-loops; parallel edges count apiece. In a directed graph, distances are
        to the nodes that a node receives from.
    states : array-like or tensor of shape (n, d)
    pairs : {"neighbours", "all"}, default="neighbours"
        Distances along edges, for nodes that have any; or to all other nodes (the graph then only says how many). Their
        difference shows whether smoothing is what neighbours have in common or goes through the whole graph.

    Returns
    -------
    float
        Zero if there is no pair.

    Raises
    ------
    ValueError
        Unknown `pairs`, or states that are not one finite row for each node.

    References
    ----------
    Chen, Lin, Li, Li, Zhou and Sun (2020), Measuring and relieving the over-smoothing problem for graph neural networks
    from the topological view, AAAI.

    Examples
    --------
    >>> path = Graph([[0, 1], [1, 2]])
    >>> mean_average_distance(path, [[1.0, 0.0], [0.0, 2.0], [0.0, 5.0]])  # 1, then (1 + 0) / 2, then 0
    0.5
    >>> mean_average_distance(path, [[1.0, 2.0]] * 3, pairs="all")
    0.0
    """
    check_kind(pairs, ("neighbours", "all"))
    x = node_states(graph, states)
    length = np.sqrt(np.square(x).sum(1))
    is_zero = length == 0.0
    x = x / np.where(is_zero, 1.0, length)[:, None]
    # A further column, which states of zeros alone have, puts them at cosine 1 with each other and 0 with the rest.
    x = np.column_stack([x, is_zero])
    n = graph.n_nodes
    if pairs == "all":
        if n < 2:
            return 0.0
        # The sum of cosines is an inner product with the sum of all: n d operations and not n^2 d.
        distance = 1.0 - (x @ x.sum(0) - np.square(x).sum(1)) / (n - 1)
        return _no_less_than_zero(distance.mean())
    arcs = graph.arcs
    other = arcs.source != arcs.target
    source, target = arcs.source[other], arcs.target[other]
    distance = 1.0 - (x[source] * x[target]).sum(1)
    count = np.bincount(target, minlength=n)
    total = np.bincount(target, weights=distance, minlength=n)
    seen = count > 0
    return _no_less_than_zero((total[seen] / count[seen]).mean()) if seen.any() else 0.0


def _no_less_than_zero(value: float) -> float:
    """Take off what rounding leaves of equal directions."""
    return max(0.0, float(value)) if value > 1e-14 else 0.0
