"""How much denser communities are inside than chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def modularity(graph: Graph, labels: Any, *, resolution: float = 1.0) -> float:
    r"""Return the modularity of a division of the nodes.

    .. math:: Q = \sum_c \Bigl[ \frac{L_c}{m} - \gamma \frac{k_c^{out} k_c^{in}}{m^2} \Bigr]

    with m the weight of all edges, :math:`L_c` that of the edges inside c, and :math:`k_c` the sum of degrees
    in c. In an undirected graph the two degrees are half the degree each, a self-loop counting 2.

    Parameters
    ----------
    graph : Graph
    labels : array-like of shape (n_nodes,)
        The community of each node.
    resolution : float, default 1
        :math:`\gamma`; above 1 favours small communities.

    Returns
    -------
    float
        At most 1; 0 for one community of all nodes (at resolution 1).

    Raises
    ------
    ValueError
        If there is not one label a node, or the graph has no edge of positive weight.

    References
    ----------
    Newman (2004), "Analysis of weighted networks", Physical Review E 70; Leicht and Newman (2008), "Community
    structure in directed networks", Physical Review Letters 100.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> graph = Graph([[0, 0, 1, 2, 3, 3, 4], [1, 2, 2, 3, 4, 5, 5]])
    >>> round(modularity(graph, [0, 0, 0, 1, 1, 1]), 4)
    0.3571
    """
    labels = np.asarray(labels)
    if labels.shape != (graph.n_nodes,):
        raise ValueError(
            f"labels of shape {labels.shape} do not fit a graph of {graph.n_nodes} nodes: give one label a node."
        )
    weight = np.ones(graph.n_edges) if graph.edge_weight is None else graph.edge_weight
    total = weight.sum()
    if not total > 0:
        raise ValueError("Modularity is not defined for a graph without an edge of positive weight.")
    names, community = np.unique(labels, return_inverse=True)
    source, target = community.reshape(-1)[graph.edges]
    out = np.bincount(source, weights=weight, minlength=len(names)) / total
    into = np.bincount(target, weights=weight, minlength=len(names)) / total
    if not graph.directed:
        out = into = (out + into) / 2
    inside = weight[source == target].sum() / total
    return float(inside - resolution * (out @ into))
