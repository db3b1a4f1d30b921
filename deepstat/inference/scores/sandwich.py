"""Covariance of the root of a score."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def sandwich(rows: Array, jacobian: Array, weight: Array, clusters: Array | None = None) -> Array:
    """Return the sandwich covariance J^-1 M J^-T, by row or by cluster.

    Parameters
    ----------
    rows : ndarray of shape (n, q)
        Scores at the root.
    jacobian : ndarray of shape (q, q)
        Minus the derivative of their weighted sum.
    weight : ndarray of shape (n,)
        Frequencies: a row of weight 2 is two rows with the same values.
    clusters : ndarray of int of shape (n,) or None
        Codes 0, ..., G - 1. M then sums over whole clusters, times G / (G - 1); for rows there is no such factor (HC0).

    Returns
    -------
    ndarray of shape (q, q)

    References
    ----------
    Liang and Zeger (1986), Longitudinal data analysis using generalized linear models; White (1980).

    Examples
    --------
    >>> sandwich(np.array([[1.0], [-2.0], [1.0]]), np.array([[2.0]]), np.ones(3))
    array([[1.5]])
    """
    if clusters is None:
        meat = (weight[:, None] * rows).T @ rows
    else:
        n_clusters = int(clusters.max()) + 1
        sums = np.stack([np.bincount(clusters, weight * own, n_clusters) for own in rows.T], axis=1)
        meat = sums.T @ sums * (n_clusters / (n_clusters - 1))
    half = np.linalg.solve(jacobian, meat)
    cov = np.linalg.solve(jacobian, half.T)
    return (cov + cov.T) / 2
