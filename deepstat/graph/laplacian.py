"""The Laplacians of a graph."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import sparse

from deepstat.graph.adjacency import adjacency
from deepstat.graph.check_kind import check_kind
from deepstat.graph.graph import Graph
from deepstat.graph.normalized_adjacency import reciprocal


def laplacian(
    graph: Graph, kind: Literal["combinatorial", "symmetric", "random_walk"] = "combinatorial"
) -> sparse.csr_array:
    r"""Return a graph Laplacian.

    With the adjacency matrix :math:`A` and the diagonal :math:`D` of its row sums: combinatorial :math:`L = D - A`,
    symmetric :math:`D^{-1/2} L D^{-1/2}`, random-walk :math:`D^{-1} L`. Rows and columns of nodes that receive nothing
    are 0 in all three. Self-loops leave the combinatorial one unchanged. In a directed graph D holds the weights that
    come in, and only the combinatorial and the random-walk one have rows that sum to 0.

    Parameters
    ----------
    graph : Graph
    kind : {"combinatorial", "symmetric", "random_walk"}, default="combinatorial"

    Returns
    -------
    csr_array of shape (n, n), float64

    Raises
    ------
    ValueError
        Unknown kind.

    References
    ----------
    Chung, F. R. K. (1997). Spectral Graph Theory. American Mathematical Society.

    Examples
    --------
    >>> laplacian(Graph([[0, 1], [1, 2]])).toarray()
    array([[ 1., -1.,  0.],
           [-1.,  2., -1.],
           [ 0., -1.,  1.]])
    """
    check_kind(kind, ("combinatorial", "symmetric", "random_walk"))
    matrix = adjacency(graph)
    received = matrix.sum(axis=1)
    combinatorial = (sparse.diags_array(received) - matrix).tocsr()
    if kind == "combinatorial":
        return combinatorial
    if kind == "random_walk":
        return (sparse.diags_array(reciprocal(received)) @ combinatorial).tocsr()
    scale = sparse.diags_array(np.sqrt(reciprocal(received)))
    return (scale @ combinatorial @ scale).tocsr()
