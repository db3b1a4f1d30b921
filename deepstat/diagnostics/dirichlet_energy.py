"""How much the states of nodes differ along edges."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepstat.diagnostics.node_states import node_states
from deepstat.graph.check_kind import check_kind
from deepstat.graph.check_undirected import check_undirected
from deepstat.graph.graph import Graph


def dirichlet_energy(
    graph: Graph,
    states: Any,
    *,
    kind: str = "symmetric",
    self_loops: bool = True,
    relative: bool = False,
) -> float:
    """Return ``tr(X' L X)``: the sum over edges of weight times the squared distance of the states at their ends.

    It is zero where the states are as smooth as they can be. With ``kind="symmetric"`` a state is divided by the square
    root of its node's degree, ``sum_edges w_ij |x_i / sqrt(d_i) - x_j / sqrt(d_j)|^2``, which is what repeated graph
    convolutions bring to zero: L is then I minus the matrix that a GCN propagates by.

    The energy grows with the square of the states' length, which changes from layer to layer; to compare layers use
    `relative`.

    Parameters
    ----------
    graph : Graph
        Undirected. A node without edges, nor a loop, adds nothing.
    states : array-like or tensor of shape (n, d)
        A hidden layer, embeddings or features.
    kind : {"symmetric", "combinatorial"}, default="symmetric"
        "combinatorial" leaves the states as they are: L is D - A.
    self_loops : bool, default=True
        Whether each node counts as its own neighbour, with weight 1, as a GCN does; matters for "symmetric" only.
    relative : bool, default=False
        Divide by the sum of squares of the states: a mean of the eigenvalues of L, for "symmetric" between 0 and 2.
        Zero where all states are zero.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        A directed graph, an unknown kind, or states that are not one finite row for each node.

    References
    ----------
    Cai and Wang (2020), A note on over-smoothing for graph neural networks. Rusch, Bronstein and Mishra (2023), A
    survey on oversmoothing in graph neural networks.

    Examples
    --------
    >>> path = Graph([[0, 1], [1, 2]])
    >>> dirichlet_energy(path, [[0.0], [1.0], [3.0]], kind="combinatorial")
    5.0
    >>> dirichlet_energy(path, np.sqrt([[2.0], [3.0], [2.0]]))  # degrees with self-loops
    0.0
    """
    check_undirected(graph, "dirichlet_energy")
    check_kind(kind, ("symmetric", "combinatorial"))
    x = node_states(graph, states)
    total = float(np.square(x).sum())
    arcs = graph.arcs
    weight = np.ones(len(arcs)) if arcs.weight is None else arcs.weight
    if kind == "symmetric":
        degree = np.bincount(arcs.target, weights=weight, minlength=graph.n_nodes) + float(self_loops)
        x = x / np.sqrt(np.where(degree > 0, degree, 1.0))[:, None]
    # Both directions of an edge are arcs, and a loop is no difference.
    energy = 0.5 * float(weight @ np.square(x[arcs.source] - x[arcs.target]).sum(1))
    if not relative:
        return energy
    return energy / total if total > 0 else 0.0
