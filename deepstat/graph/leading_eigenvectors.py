"""Some eigenvectors of a symmetric sparse matrix, the same ones at every call."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import ArpackNoConvergence, eigsh

# Up to so many rows the eigenvectors are computed directly, which is exact also where eigenvalues are close (paths,
# grids) and takes about a second at most.
DENSE = 800

Pairs = tuple[NDArray[np.float64], NDArray[np.float64]]


def leading_eigenvectors(
    matrix: sparse.csr_array,
    n_vectors: int,
    order: str = "largest",
    *,
    last: NDArray[np.float64] | None = None,
) -> Pairs:
    """Return the eigenvalues that come first in an order, and their eigenvectors.

    Parameters
    ----------
    matrix : csr_array of shape (n, n)
        Symmetric.
    n_vectors : int
        1 to n.
    order : {"largest", "smallest", "magnitude"}
        Of the eigenvalues: falling, rising, or falling in magnitude.
    last : ndarray of shape (n,), default None
        An eigenvector of length 1 of the largest eigenvalue that is to come behind all others: its eigenvalue is
        lowered by 2. For "largest", matrices with eigenvalues between -1 and 1, and `n_vectors` below n.

    Returns
    -------
    values : ndarray of shape (n_vectors,)
    vectors : ndarray of shape (n, n_vectors)
        Orthonormal columns, their entry of largest magnitude (the first of them, in a tie) positive. Where eigenvalues
        are equal, any basis of their space is as good. Those of different components are all found; within a large
        component (a long cycle) an eigenvalue may be found fewer times than it occurs.

    Raises
    ------
    RuntimeError
        The iteration for a large matrix does not converge.

    Examples
    --------
    >>> values, vectors = leading_eigenvectors(sparse.csr_array([[0.0, 1.0], [1.0, 0.0]]), 1)
    >>> values.round(6).tolist(), vectors.round(3).tolist()
    ([1.0], [[0.707], [0.707]])
    """
    n_found = n_vectors if last is None else n_vectors + 1
    n = matrix.shape[0]
    found = _directly(matrix, n_found, order) if n <= DENSE else _by_components(matrix, n_found, order)
    if last is not None:  # of these vectors' space, which holds what is asked for
        share = found[1].T @ last
        values, mixture = linalg.eigh(np.diag(found[0]) - 2 * np.outer(share, share))
        found = values, found[1] @ mixture
    chosen = _first(found[0], order, n_vectors)
    values, vectors = found[0][chosen], found[1][:, chosen]
    # Of entries equal but for rounding the first decides, whatever the rounding.
    size = np.abs(vectors)
    peak = np.argmax(size >= size.max(axis=0) * (1 - 1e-6), axis=0)
    return values, vectors * np.sign(vectors[peak, np.arange(n_vectors)])


def _first(values: NDArray[np.float64], order: str, k: int) -> NDArray[np.int64]:
    """Return the positions of the k eigenvalues that come first."""
    key = {"largest": -values, "smallest": values, "magnitude": -np.abs(values)}[order]
    return np.argsort(key, kind="stable")[:k]


def _directly(matrix: sparse.csr_array, k: int, order: str) -> Pairs:
    n = matrix.shape[0]
    ends = {"largest": (n - k, n - 1), "smallest": (0, k - 1), "magnitude": (0, n - 1)}
    return linalg.eigh(matrix.toarray(), subset_by_index=ends[order])


def _by_components(matrix: sparse.csr_array, k: int, order: str) -> Pairs:
    """Return the first k of all components: an iteration over several finds an eigenvalue that they share once."""
    n = matrix.shape[0]
    n_components, component = csgraph.connected_components(matrix, directed=False)
    if n_components == 1:
        return _by_iteration(matrix, k, order)
    nodes = np.argsort(component, kind="stable")
    ends = np.cumsum(np.bincount(component))
    matrix = matrix[nodes][:, nodes].tocsr()
    alone = matrix.diagonal()
    candidates: list[tuple[float, int, int, Any]] = []  # eigenvalue, first and last row, and eigenvector
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        if end - start == 1:
            candidates.append((alone[start], start, end, 1.0))
            continue
        few = min(k, end - start)
        within = _directly if end - start <= DENSE else _by_iteration
        values, vectors = within(matrix[start:end, start:end], few, order)
        candidates += [(value, start, end, vector) for value, vector in zip(values, vectors.T, strict=True)]
    chosen = [candidates[i] for i in _first(np.array([each[0] for each in candidates]), order, k)]
    vectors = np.zeros((n, k))
    for column, (_, start, end, vector) in enumerate(chosen):
        vectors[nodes[start:end], column] = vector
    return np.array([each[0] for each in chosen]), vectors


def _by_iteration(matrix: sparse.csr_array, k: int, order: str) -> Pairs:
    n = matrix.shape[0]
    if k >= n - 1:
        return _directly(matrix, k, order)
    # A start of its own: ARPACK's default is random, and no constant vector may be used, which is itself an
    # eigenvector of a regular graph. Where few eigenvalues differ, the iteration goes on from random vectors, since
    # scipy 1.17 fresh ones at each call.
    start = np.random.default_rng(0).standard_normal(n)
    seeded = {"rng": 0} if "rng" in signature(eigsh).parameters else {}
    which = {"largest": "LA", "smallest": "SA", "magnitude": "LM"}[order]
    try:
        return eigsh(matrix, k=k, which=which, v0=start, ncv=min(n, max(4 * k, 40)), **seeded)
    except ArpackNoConvergence as error:
        raise RuntimeError(
            f"The {k} leading eigenvectors of this graph were not found in the allowed number of steps: "
            "ask for fewer, or do without eigenvectors."
        ) from error
