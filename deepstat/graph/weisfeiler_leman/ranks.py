"""Number the distinct rows of a matrix, or the distinct values of several lists."""

from __future__ import annotations

import numpy as np


def row_ranks(rows: np.ndarray) -> np.ndarray:
    """Return for each row its rank among the distinct rows, which are in lexicographic order.

    Parameters
    ----------
    rows : ndarray of shape (n, k)

    Returns
    -------
    ndarray of shape (n,), int64

    Examples
    --------
    >>> row_ranks(np.array([[2, 0], [1, 5], [2, 0]])).tolist()
    [1, 0, 1]
    """
    # One stable sort a column: several times faster than np.unique(axis=0), which compares rows field by field.
    order = np.lexsort(rows.T[::-1]) if rows.shape[1] else np.arange(len(rows))
    ordered = rows[order]
    ranks = np.zeros(len(rows), dtype=np.int64)
    ranks[order[1:]] = np.cumsum((ordered[1:] != ordered[:-1]).any(axis=1))
    return ranks


def value_ranks(values: np.ndarray) -> np.ndarray:
    """Return for each value its rank among the distinct values.

    Parameters
    ----------
    values : ndarray of shape (n,)

    Returns
    -------
    ndarray of shape (n,), int64

    Examples
    --------
    >>> value_ranks(np.array(["N", "C", "N"])).tolist()
    [1, 0, 1]
    """
    return np.unique(values, return_inverse=True)[1].reshape(-1).astype(np.int64)
