"""How much alike joined nodes are."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from deepstat.graph.check_kind import check_kind
from deepstat.graph.graph import Graph
from deepstat.graph.read_labels import read_types


def label_homophily(graph: Graph, y: Any, kind: Literal["edge", "node", "adjusted"] = "edge") -> float:
    r"""Return how often edges join nodes of the same label.

    edge
        The share of edges whose ends have the same label.
    node
        The share of a node's neighbours with its own label, averaged over the nodes that have neighbours (in a directed
        graph: over the sources of the arcs into it).
    adjusted
        :math:`(h - \sum_k a_k b_k) / (1 - \sum_k a_k b_k)` with h the first and :math:`a_k, b_k` the shares of
        edges that start from and end in label k: 0 for edges drawn between the same degrees without regard to labels,
        whatever the number and size of the classes, and 1 if all edges join equals.
        It is Newman's assortativity coefficient.

    Self-loops say nothing about neighbours and are left out, weights play no part; parallel edges count apiece.

    Parameters
    ----------
    graph : Graph
    y : sequence of length n
        Labels of the nodes; all must be known (else take the subgraph of those that are).
    kind : {"edge", "node", "adjusted"}, default="edge"

    Returns
    -------
    float
        NaN if there are no edges; the adjusted one also if all ends of edges have one label.

    Raises
    ------
    ValueError
        Unknown kind, missing labels, or not one for each node.

    References
    ----------
    Newman, M. E. J. (2003). Mixing patterns in networks. Physical Review E 67, 026126.

    Pei, H. et al. (2020). Geom-GCN: Geometric graph convolutional networks. ICLR.

    Platonov, O. et al. (2023). Characterizing graph datasets for node classification: homophily-heterophily dichotomy
    and beyond. NeurIPS.

    Examples
    --------
    >>> graph = Graph([[0, 1, 2], [1, 2, 3]])
    >>> round(label_homophily(graph, ["a", "a", "b", "b"]), 3)
    0.667
    >>> round(label_homophily(graph, ["a", "a", "b", "b"], kind="adjusted"), 3)
    0.333
    """
    check_kind(kind, ("edge", "node", "adjusted"))
    labels, names = read_types(y, graph.n_nodes, "y", "node")
    arcs = graph.arcs
    other = arcs.source != arcs.target
    if not other.any():
        return float("nan")
    target = arcs.target[other]
    from_label, to_label = labels[arcs.source[other]], labels[target]
    same = from_label == to_label
    if kind == "node":
        counts = np.bincount(target, minlength=graph.n_nodes)
        alike = np.bincount(target, weights=same, minlength=graph.n_nodes)
        return float((alike[counts > 0] / counts[counts > 0]).mean())
    share = float(same.mean())
    if kind == "edge":
        return share
    starts, ends = (np.bincount(label, minlength=len(names)) / len(same) for label in (from_label, to_label))
    by_chance = float(starts @ ends)
    return (share - by_chance) / (1.0 - by_chance) if by_chance < 1.0 else float("nan")
