"""The arcs into some nodes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepstat.graph.sampling.arc_ranges import arc_ranges


def arcs_into(
    pointers: NDArray[np.integer], nodes: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the positions of all arcs into some nodes, node after node.

    Parameters
    ----------
    pointers : ndarray of int of shape (n + 1,)
    nodes : ndarray of int of shape (b,)
        Ids within range.

    Returns
    -------
    arc : ndarray of int64
        Positions among the arcs; time and memory are those of the answer.
    degree : ndarray of int64 of shape (b,)
        How many belong to each node.

    Examples
    --------
    >>> arcs_into(np.array([0, 2, 2, 5]), np.array([2, 0]))
    (array([2, 3, 4, 0, 1]), array([3, 2]))
    """
    start, degree = arc_ranges(pointers, nodes)
    before = np.cumsum(degree) - degree
    return np.arange(degree.sum()) + np.repeat(start - before, degree), degree
