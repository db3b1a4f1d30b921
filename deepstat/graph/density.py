"""The share of possible edges that are there."""

from __future__ import annotations

from deepstat.graph.graph import Graph


def density(graph: Graph) -> float:
    """Return the number of edges over the number of pairs of nodes: n(n - 1)/2, or n(n - 1) if directed.

    Counted as networkx does: self-loops and parallel edges are edges, so with many of them it exceeds 1; weights play
    no part. 0 for fewer than two nodes.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    float

    Examples
    --------
    >>> round(density(Graph([[0, 1], [1, 2]])), 3)
    0.667
    """
    n = graph.n_nodes
    if n < 2:
        return 0.0
    return graph.n_edges / (n * (n - 1)) * (1 if graph.directed else 2)
