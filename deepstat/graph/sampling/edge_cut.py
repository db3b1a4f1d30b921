"""How many arcs a partition cuts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from deepstat.graph.sampling.check_arcs import check_arcs


def edge_cut(pointers: ArrayLike, sources: ArrayLike, part: ArrayLike) -> int:
    """Count the arcs whose ends are in different parts; in an undirected graph an edge is two of them.

    Parameters
    ----------
    pointers : array-like of int of shape (n + 1,)
    sources : array-like of int of shape (n_arcs,)
    part : array-like of shape (n,)

    Returns
    -------
    int

    Raises
    ------
    ValueError
        The arrays do not fit together.

    Examples
    --------
    A path of four nodes.

    >>> edge_cut([0, 1, 3, 5, 6], [1, 0, 2, 1, 3, 2], [0, 0, 1, 1])
    2
    """
    pointers, sources = check_arcs(pointers, sources)
    part = np.asarray(part)
    if part.shape != (len(pointers) - 1,):
        raise ValueError(f"part has shape {part.shape}; give a label for each of {len(pointers) - 1} nodes.")
    return int((part[sources] != np.repeat(part, np.diff(pointers))).sum())
