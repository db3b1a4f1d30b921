"""Coordinates of nodes from the spectrum of the graph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepstat.graph.graph import Graph
from deepstat.graph.laplacian import laplacian
from deepstat.graph.leading_eigenvectors import leading_eigenvectors


def laplacian_eigenvectors(graph: Graph, n_eigenvectors: int = 8) -> NDArray[np.float64]:
    """Return the eigenvectors of the symmetric Laplacian with the smallest eigenvalues, but for the very first.

    Directions of arcs are ignored. The sign of an eigenvector is arbitrary: here its entry of largest magnitude (the
    first of them, in a tie) is positive, so that a graph always gives the same numbers, but two graphs that
    differ by an edge may differ by signs. Eigenvectors of a repeated eigenvalue are not unique at all, any rotation of
    them is as good: among them those of eigenvalue 0, of which there are as many as components.

    Parameters
    ----------
    graph : Graph
    n_eigenvectors : int, default=8

    Returns
    -------
    ndarray of shape (n, n_eigenvectors)
        Columns of length 1 in the order of their eigenvalues; columns of 0 where the graph has too few nodes.

    Raises
    ------
    ValueError
        `n_eigenvectors` is no whole number from 1 on.
    RuntimeError
        The iteration for a large graph does not converge.

    References
    ----------
    Belkin, M. and Niyogi, P. (2003). Laplacian eigenmaps for dimensionality reduction and data representation. Neural
    Computation 15.

    Dwivedi, V. P. et al. (2023). Benchmarking graph neural networks. JMLR 24.

    Examples
    --------
    >>> laplacian_eigenvectors(Graph([[0, 1, 2], [1, 2, 3]]), 1).round(3)  # a path: from one end to the other
    array([[ 0.577],
           [ 0.408],
           [-0.408],
           [-0.577]])
    """
    if not isinstance(n_eigenvectors, (int, np.integer)) or n_eigenvectors < 1:
        raise ValueError(f"n_eigenvectors must be a whole number from 1 on, not {n_eigenvectors!r}.")
    columns = np.zeros((graph.n_nodes, n_eigenvectors))
    found = min(n_eigenvectors, graph.n_nodes - 1)
    if found >= 1:
        undirected = graph if not graph.directed else graph._with(directed=False)
        matrix = laplacian(undirected, "symmetric")
        columns[:, :found] = leading_eigenvectors(matrix, found + 1, "smallest")[1][:, 1:]
    return columns
