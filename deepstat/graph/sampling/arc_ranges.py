"""Where the arcs into some nodes are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def arc_ranges(
    pointers: NDArray[np.integer], nodes: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the first arc into each of some nodes and how many there are.

    Parameters
    ----------
    pointers : ndarray of int of shape (n + 1,)
    nodes : ndarray of int of shape (b,)
        Ids within range.

    Returns
    -------
    start, degree : ndarray of int64 of shape (b,)

    Raises
    ------
    ValueError
        The pointers fall at one of the nodes.

    Examples
    --------
    >>> arc_ranges(np.array([0, 2, 2, 5]), np.array([2, 0]))
    (array([2, 0]), array([3, 2]))
    """
    start = pointers[nodes].astype(np.int64, copy=False)
    degree = pointers[nodes + 1].astype(np.int64, copy=False) - start
    if len(degree) and degree.min() < 0:
        raise ValueError("pointers decrease; they must count the arcs into the nodes up to each one.")
    return start, degree
