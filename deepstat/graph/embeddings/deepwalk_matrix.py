"""The matrix that DeepWalk factorises in the limit of many walks."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from deepstat.graph.adjacency import adjacency
from deepstat.graph.check_undirected import check_undirected
from deepstat.graph.normalized_adjacency import normalized_adjacency, reciprocal

if TYPE_CHECKING:
    from deepstat.graph.graph import Graph

# Columns that are multiplied at a time: dense memory is 3 x 8 x n x BLOCK bytes.
BLOCK = 512


def deepwalk_matrix(graph: Graph, *, window: int = 10, n_negative: float = 1.0) -> sparse.csr_array:
    r"""Return the truncated logarithm of DeepWalk's matrix, :math:`\log \max(M, 1)`.

    With A the adjacency matrix, D its row sums and :math:`P = D^{-1} A`,

    .. math:: M = \frac{\operatorname{vol}(G)}{b\,T} \Bigl(\sum_{r=1}^{T} P^r\Bigr) D^{-1}

    is the limit, over long walks, of #(node, context) #pairs / (b #(node) #(context)) on walks, whose logarithm
    skip-gram with b negative samples and windows of T steps factorises.

    Parameters
    ----------
    graph : Graph
        Undirected; a self-loop counts once in D.
    window : int, default 10
        T.
    n_negative : float, default 1
        b, positive.

    Returns
    -------
    csr_array of shape (n, n)
        Symmetric; the rows of isolated nodes are empty. Exact: T products of the sparse P with a dense matrix,
        of the order of T x n x edges, and memory for the entries above 0 (about half of all in a small dense
        graph).

    Raises
    ------
    ValueError
        If the graph is directed, or `window` or `n_negative` is not positive.

    References
    ----------
    Qiu, Dong, Ma, Li, Wang and Tang (2018), "Network embedding as matrix factorization:
    unifying DeepWalk, LINE, PTE, and node2vec", WSDM, algorithm 3.

    Examples
    --------
    >>> from deepstat.graph.graph import Graph
    >>> np.exp(deepwalk_matrix(Graph([[0, 1], [1, 2]]), window=1).toarray()).tolist()
    [[1.0, 2.0, 1.0], [2.0, 1.0, 2.0], [1.0, 2.0, 1.0]]
    """
    check_undirected(graph, "deepwalk_matrix")
    if not isinstance(window, Integral) or isinstance(window, bool) or window < 1:
        raise ValueError(f"window={window!r} is not allowed: give an integer of at least 1.")
    if not 0 < n_negative < np.inf:
        raise ValueError(f"n_negative={n_negative!r} is not allowed: give a positive finite number.")
    degree = adjacency(graph).sum(axis=1)
    P = normalized_adjacency(graph, "random_walk", self_loops=False)
    first_power = reciprocal(degree) * degree.sum() / (n_negative * window)
    n = graph.n_nodes
    columns = []
    for first in range(0, n, BLOCK):
        width = min(BLOCK, n - first)
        power = np.zeros((n, width))
        power[np.arange(first, first + width), np.arange(width)] = first_power[first : first + width]
        total = np.zeros((n, width))
        for _ in range(window):
            power = P @ power
            total += power
        columns.append(sparse.csr_array(np.log(np.maximum(total, 1.0))))
    return sparse.hstack(columns, format="csr") if columns else sparse.csr_array((0, 0))
