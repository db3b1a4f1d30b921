"""How often two nodes meet on walks."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from scipy import sparse


def cooccurrences(walks: Any, window: int, *, n_nodes: int | None = None) -> sparse.csr_array:
    """Count the pairs (node, context) of skip-gram: all nodes at most `window` steps apart on one walk.

    Parameters
    ----------
    walks : array-like of shape (m, length), int
        Node ids, as from the functions of walks; -1 marks what is behind the end of a walk.
    window : int
        The greatest distance, in steps, that still counts.
    n_nodes : int, default None
        Nodes of the graph; None: the largest id plus one.

    Returns
    -------
    csr_array of shape (n_nodes, n_nodes), int64
        Symmetric: each pair counts once from either side (a node that meets itself counts twice on the diagonal).

    Raises
    ------
    ValueError
        If `walks` is no matrix of integers of at least -1, `window` is no positive integer or an id is not
        below `n_nodes`.

    References
    ----------
    Perozzi, Al-Rfou and Skiena (2014), "DeepWalk: online learning of social representations", KDD, algorithm 2.

    Examples
    --------
    >>> cooccurrences([[0, 1, 2], [2, 1, -1]], window=1).toarray().tolist()
    [[0, 1, 0], [1, 0, 2], [0, 2, 0]]
    """
    walks = np.asarray(walks)
    if walks.ndim != 2 or (walks.size and (walks.dtype.kind not in "iu" or walks.min() < -1)):
        raise ValueError(
            "walks must be a matrix of node ids, a walk a row, with -1 behind the end of a walk."
        )
    if not isinstance(window, Integral) or isinstance(window, bool) or window < 1:
        raise ValueError(f"window={window!r} is not allowed: give an integer of at least 1.")
    largest = int(walks.max(initial=-1))
    if n_nodes is None:
        n_nodes = largest + 1
    elif largest >= n_nodes:
        raise ValueError(
            f"The walks visit node {largest}, but n_nodes={n_nodes}: give the nodes of the whole graph."
        )
    one_way = sparse.csr_array((n_nodes, n_nodes), dtype=np.int64)
    # A distance at a time: memory stays near one count of the walks.
    for distance in range(1, min(window, walks.shape[1] - 1) + 1):
        node, context = walks[:, :-distance].ravel(), walks[:, distance:].ravel()
        both = (node >= 0) & (context >= 0)
        pairs = (np.ones(int(both.sum()), dtype=np.int64), (node[both], context[both]))
        one_way = one_way + sparse.csr_array(pairs, shape=(n_nodes, n_nodes))
    return (one_way + one_way.T).tocsr()
