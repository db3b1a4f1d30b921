"""Features of the Weisfeiler-Leman subtree kernel."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from deepstat.graph.weisfeiler_leman.joint import joint
from deepstat.graph.weisfeiler_leman.rounds import rounds

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def wl_features(
    graphs: Sequence[Graph], n_rounds: int = 3, node_labels: Any = None, *, direction: str = "in"
) -> sparse.csr_array:
    """Count the colours of each graph's nodes over all rounds of colour refinement.

    The subtree kernel is the matrix of inner products, ``features @ features.T``. Colours are numbered over all
    graphs of the call, so give the graphs to be predicted together with those to learn from: no target is
    looked at, and a colour that only other graphs have adds a column of zeros.

    Parameters
    ----------
    graphs : sequence of Graph
    n_rounds : int, default 3
        Round 0, the first colours, counts too.
    node_labels : sequence of array-like of shape (n_nodes,), default None
        For each graph the first colours of its nodes.
    direction : {"in", "out", "both"}, default "in"
        See :func:`~deepstat.graph.weisfeiler_leman.refine.refine`, also for what is told apart.

    Returns
    -------
    csr_array of shape (n_graphs, n_colours), int64
        The columns of round 0 first, then those of round 1, ...; each row sums to ``(n_rounds + 1) * n_nodes``.

    Raises
    ------
    ValueError
        If `n_rounds` is negative, labels do not fit, or directed and undirected graphs are mixed.

    References
    ----------
    Shervashidze, Schweitzer, van Leeuwen, Mehlhorn and Borgwardt (2011), "Weisfeiler-Lehman graph kernels",
    JMLR 12, section 3.2.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> features = wl_features([Graph([[0, 1], [1, 2]]), Graph([[0, 1, 2], [1, 2, 0]])], n_rounds=1)
    >>> features.toarray().tolist()
    [[3, 2, 1], [3, 0, 3]]
    >>> (features @ features.T).toarray().tolist()
    [[14, 12], [12, 18]]
    """
    if not isinstance(n_rounds, Integral) or n_rounds < 0:
        raise ValueError(f"n_rounds={n_rounds!r} is not allowed: give an integer of at least 0.")
    graphs = list(graphs)
    if not graphs:
        return sparse.csr_array((0, 0), dtype=np.int64)
    seen = joint(graphs, node_labels, direction)
    graph_of_node = np.repeat(np.arange(len(graphs)), seen.sizes)
    ones = np.ones(len(graph_of_node), dtype=np.int64)
    counts = [
        sparse.csr_array(
            (ones, (graph_of_node, colour)), shape=(len(graphs), int(colour.max(initial=-1)) + 1)
        )
        for colour in islice(rounds(seen), n_rounds + 1)
    ]
    return sparse.hstack(counts, format="csr")
