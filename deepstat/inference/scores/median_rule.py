"""One estimate from repeated sample splits."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def median_rule(coefs: Array, covs: Array) -> tuple[Array, Array]:
    """Return the median of the estimates, and the covariance that holds the spread between splits too.

    The variance of each coefficient is the median over splits of its variance plus its squared distance from the
    median estimate. Correlations are those of the split whose matrix (covariance plus outer product of distances, in
    units of these variances) has the median operator norm, so that the whole is a covariance matrix; of an even
    number of splits the two in the middle are averaged.

    Parameters
    ----------
    coefs : ndarray of shape (R, q)
    covs : ndarray of shape (R, q, q)

    Returns
    -------
    coef : ndarray of shape (q,)
    cov : ndarray of shape (q, q)

    References
    ----------
    Chernozhukov et al. (2018), Double/debiased machine learning for treatment and structural parameters,
    definition 3.3.

    Examples
    --------
    >>> median_rule(np.array([[1.0], [2.0], [4.0]]), np.array([[[1.0]], [[1.0]], [[3.0]]]))
    (array([2.]), array([[2.]]))
    """
    coef = np.median(coefs, axis=0)
    apart = coefs - coef
    spread = covs + apart[:, :, None] * apart[:, None, :]
    errors = np.sqrt(np.median(np.diagonal(spread, axis1=1, axis2=2), axis=0))
    units = errors[:, None] * errors
    order = np.argsort(np.linalg.norm(spread / units, ord=2, axis=(1, 2)))
    n_splits = len(order)
    middle = spread[order[(n_splits - 1) // 2 : n_splits // 2 + 1]].mean(axis=0)
    own = np.sqrt(np.diagonal(middle))
    return coef, middle / (own[:, None] * own) * units
