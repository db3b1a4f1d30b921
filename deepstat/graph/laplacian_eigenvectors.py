"""Coordinates of nodes from the spectrum of the graph."""

from __future__ import annotations

from inspect import signature

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.sparse.linalg import ArpackNoConvergence, eigsh

from deepstat.graph.graph import Graph
from deepstat.graph.laplacian import laplacian

DENSE = 512  # nodes up to which all eigenvectors are computed: a tenth of a second


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
    n = graph.n_nodes
    columns = np.zeros((n, n_eigenvectors))
    found = min(n_eigenvectors, n - 1)
    if found < 1:
        return columns
    undirected = graph if not graph.directed else graph._with(directed=False)
    matrix = laplacian(undirected, "symmetric")
    if n <= DENSE or found + 1 >= n:
        _, vectors = linalg.eigh(matrix.toarray(), subset_by_index=(1, found))
    else:
        vectors = _largest(sparse.eye_array(n, format="csr") - matrix, found + 1)[:, 1:]
    largest = np.abs(vectors).max(axis=0)
    # Entries that agree to rounding count as a tie, so that the choice does not hang on the last bit.
    first = np.argmax(np.abs(vectors) >= largest * (1.0 - 1e-6), axis=0)
    columns[:, :found] = vectors * np.sign(vectors[first, np.arange(found)])
    return columns


def _largest(matrix: sparse.csr_array, k: int) -> NDArray[np.float64]:
    """Return the k eigenvectors of the largest eigenvalues, largest first, from a fixed start."""
    n = matrix.shape[0]
    start = np.random.default_rng(0).standard_normal(n)
    # Where few eigenvalues differ, the iteration goes on from random vectors, since scipy 1.17 fresh ones at each call.
    seeded = {"rng": 0} if "rng" in signature(eigsh).parameters else {}
    try:
        values, vectors = eigsh(
            matrix, k=k, which="LA", v0=start, ncv=min(n, max(4 * k, 40)), tol=1e-10, **seeded
        )
    except ArpackNoConvergence as error:
        raise RuntimeError(
            f"The {k} leading eigenvectors of this graph were not found in the allowed number of steps: "
            "ask for fewer, or leave laplacian_eigenvectors out."
        ) from error
    return vectors[:, np.argsort(-values, kind="stable")]
