"""How often the neighbours of a node are neighbours of each other."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from deepstat.graph.check_kind import check_kind
from deepstat.graph.graph import Graph

PATHS = 1 << 22  # paths of length two looked at together: bounds the memory near nodes of high degree


def clustering(graph: Graph, kind: Literal["local", "average"] = "local") -> Any:
    r"""Return the clustering coefficient of each node, or their average.

    :math:`c_i = 2 T_i / (d_i (d_i - 1))` with :math:`T_i` the triangles through node i and :math:`d_i` its
    neighbours; 0 with fewer than two. In a directed graph :math:`c_i = T_i / (d_i (d_i - 1) - 2 b_i)`, with directed
    triangles, in- plus out-degree and :math:`b_i` the neighbours joined both ways. Self-loops, parallel edges and
    weights play no part. Costs a step for each path of length two.

    Parameters
    ----------
    graph : Graph
    kind : {"local", "average"}, default="local"

    Returns
    -------
    ndarray of shape (n,) or float
        The average over all nodes; NaN if there are none.

    Raises
    ------
    ValueError
        Unknown kind.

    References
    ----------
    Watts, D. J. and Strogatz, S. H. (1998). Collective dynamics of "small-world" networks. Nature 393.

    Fagiolo, G. (2007). Clustering in complex directed networks. Physical Review E 76, 026107.

    Examples
    --------
    >>> clustering(Graph([[0, 1, 2, 2], [1, 2, 0, 3]])).round(3)
    array([1.   , 1.   , 0.333, 0.   ])
    """
    check_kind(kind, ("local", "average"))
    n = graph.n_nodes
    source, target = graph.arcs.source, graph.arcs.target
    other = source != target
    simple = sparse.csr_array((np.ones(other.sum()), (target[other], source[other])), shape=(n, n))
    simple.data[:] = 1.0  # parallel arcs have been summed
    both = (simple + simple.T).tocsr()  # 2 where joined both ways
    walks = _closed_walks_of_length_three(both)
    degree = both.sum(axis=1)
    two_way = simple.multiply(simple.T).sum(axis=1)
    possible = degree * (degree - 1) - 2 * two_way
    # An undirected graph is one with all arcs both ways: walks / 2 and pairs come out 4 times as many in both.
    local = np.divide(walks / 2, possible, out=np.zeros(n), where=possible > 0)
    if kind == "local":
        return local
    return float(local.mean()) if n else float("nan")


def _closed_walks_of_length_three(matrix: sparse.csr_array) -> NDArray[np.float64]:
    """Return the diagonal of the cube of a symmetric matrix, some rows at a time."""
    n = matrix.shape[0]
    entries = np.diff(matrix.indptr)
    paths = np.concatenate([[0], np.cumsum(entries[matrix.indices], dtype=np.int64)])[matrix.indptr]
    walks = np.empty(n)
    start = 0
    while start < n:
        stop = max(start + 1, int(np.searchsorted(paths, paths[start] + PATHS, side="right")) - 1)
        rows = matrix[start:stop]
        walks[start:stop] = (rows @ matrix).multiply(rows).sum(axis=1)
        start = stop
    return walks
