"""Some eigenvectors of a symmetric sparse matrix, the same ones at every call."""

from __future__ import annotations

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.linalg import LinearOperator, eigsh

# Below this many rows all eigenvectors are computed, which is exact also where eigenvalues are close (paths,
# grids) and takes about a second at most.
DENSE = 800


def _lowered(matrix: sparse.csr_array, vector: np.ndarray) -> LinearOperator:
    """Return the matrix minus twice the outer product of a vector."""
    return LinearOperator(
        matrix.shape, matvec=lambda x: matrix @ x - 2 * vector * (vector @ x), dtype=np.float64
    )


def leading_eigenvectors(
    matrix: sparse.csr_array, n_vectors: int, order: str = "largest", *, last: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return eigenvalues and eigenvectors in decreasing order of the eigenvalue or of its magnitude.

    Parameters
    ----------
    matrix : csr_array of shape (n, n)
        Symmetric.
    n_vectors : int
        1 to n.
    order : {"largest", "magnitude"}
    last : ndarray of shape (n,), default None
        An eigenvector of length 1 that is to come behind all others: its eigenvalue is lowered by 2. For "largest",
        and matrices with eigenvalues between -1 and 1.

    Returns
    -------
    values : ndarray of shape (n_vectors,)
    vectors : ndarray of shape (n, n_vectors)
        Orthonormal columns, their entry of largest magnitude positive. Where eigenvalues are equal, any basis
        of their space is as good.

    Examples
    --------
    >>> values, vectors = leading_eigenvectors(sparse.csr_array([[0.0, 1.0], [1.0, 0.0]]), 1)
    >>> values.round(6).tolist(), vectors.round(3).tolist()
    ([1.0], [[0.707], [0.707]])
    """
    n = matrix.shape[0]
    if n <= DENSE or n_vectors >= n - 1:
        dense = matrix.toarray()
        values, vectors = linalg.eigh(dense if last is None else dense - 2 * np.outer(last, last))
    else:
        # A start of its own: ARPACK's default is random, and no constant vector may be used, which is itself an
        # eigenvector of a regular graph.
        start = np.random.default_rng(0).uniform(-1.0, 1.0, n)
        which = "LA" if order == "largest" else "LM"
        values, vectors = eigsh(
            matrix if last is None else _lowered(matrix, last), k=n_vectors, which=which, v0=start
        )
    key = values if order == "largest" else np.abs(values)
    chosen = np.argsort(-key, kind="stable")[:n_vectors]
    values, vectors = values[chosen], vectors[:, chosen]
    # Of entries equal but for rounding the first decides, whatever the rounding.
    size = np.abs(vectors)
    peak = np.argmax(size >= size.max(axis=0) * (1 - 1e-6), axis=0)
    return values, vectors * np.sign(vectors[peak, np.arange(n_vectors)])
