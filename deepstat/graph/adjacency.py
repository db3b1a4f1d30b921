"""The matrix of who is joined to whom."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from deepstat.graph.graph import Graph


def adjacency(graph: Graph) -> sparse.csr_array:
    r"""Return the adjacency matrix :math:`A` with :math:`A_{ij}` the weight of what node i receives from node j.

    Row i holds the sources of the arcs into i, so that :math:`A X` sums the features of each node's neighbours. In a
    directed graph that is the transpose of networkx's convention; :func:`deepstat.graph.to_adjacency.to_adjacency`
    gives the latter. Parallel edges add up, a self-loop counts once.

    Parameters
    ----------
    graph : Graph

    Returns
    -------
    csr_array of shape (n, n), float64
        Symmetric if the graph is undirected; 1 for each edge without a weight. Columns are sorted. An edge of
        weight 0 stays as a stored zero.

    Examples
    --------
    >>> adjacency(Graph([[0, 1], [1, 1]], directed=True)).toarray()
    array([[0., 0.],
           [1., 1.]])
    """
    arcs, n = graph.arcs, graph.n_nodes
    weight = np.ones(len(arcs)) if arcs.weight is None else arcs.weight.copy()
    index = np.int32 if max(n, len(arcs)) < np.iinfo(np.int32).max else np.int64
    matrix = sparse.csr_array((weight, arcs.source.astype(index), arcs.pointers.astype(index)), shape=(n, n))
    matrix.sum_duplicates()
    return matrix
