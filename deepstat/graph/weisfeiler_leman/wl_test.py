"""The Weisfeiler-Leman test of isomorphism."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from deepstat.graph.weisfeiler_leman.refine import refine

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph


def wl_test(first: Graph, second: Graph, node_labels: Any = None, *, direction: str = "both") -> bool:
    """Return False if colour refinement proves that two graphs are not isomorphic, True if they may be.

    It never separates isomorphic graphs. It cannot separate regular graphs of the same size and degree, among
    others: two triangles and a hexagon. What it cannot separate, no message-passing network with a
    permutation-invariant readout can.

    Parameters
    ----------
    first, second : Graph
        Edge types and weights and node types count; node features do not.
    node_labels : pair of array-like, default None
        Labels of the nodes of the first and of the second graph.
    direction : {"in", "out", "both"}, default "both"
        Which neighbours count in directed graphs, see :func:`~deepstat.graph.weisfeiler_leman.refine.refine`;
        "both" separates most, "in" is what a network sees.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If labels do not fit, the direction is unknown, or one graph is directed and the other is not.

    References
    ----------
    Weisfeiler and Leman (1968); Babai, Erdős and Selkow (1980), "Random graph isomorphism", SIAM J. Comput. 9.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> triangles = Graph([[0, 1, 2, 3, 4, 5], [1, 2, 0, 4, 5, 3]])
    >>> hexagon = Graph([[0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 0]])
    >>> path = Graph([[0, 1, 2, 3, 4], [1, 2, 3, 4, 5]])
    >>> wl_test(triangles, hexagon), wl_test(hexagon, path)
    (True, False)
    """
    colours = refine([first, second], node_labels, direction=direction)
    # The counts of a stable colouring differ if those of any round do: later colours contain the earlier ones.
    return np.array_equal(*(np.sort(each) for each in colours))
