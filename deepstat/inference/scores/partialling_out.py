"""The score of Robinson's partialling out."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def partialling_out(
    coef: Array, y: Array, expected: Array, residual: Array, weight: Array
) -> tuple[Array, Array]:
    """Return (y - l - v'b) v in each row, where v = d - h, and minus the derivative of its sum.

    Parameters
    ----------
    coef : ndarray of shape (q,)
        b.
    y : ndarray of shape (n,)
    expected : ndarray of shape (n,)
        l = E[y | z].
    residual : ndarray of shape (n, q)
        v = d - E[d | z].
    weight : ndarray of shape (n,)
        Frequencies; they enter the derivative, the rows are returned as they are.

    Returns
    -------
    score : ndarray of shape (n, q)
    jacobian : ndarray of shape (q, q)

    References
    ----------
    Robinson (1988), Root-n-consistent semiparametric regression; Chernozhukov et al. (2018), Double/debiased machine
    learning for treatment and structural parameters, equation 4.4.

    Examples
    --------
    >>> score, jacobian = partialling_out(
    ...     np.array([2.0]), np.array([5.0, 1.0]), np.zeros(2), np.array([[2.0], [-1.0]]), np.ones(2)
    ... )
    >>> score[:, 0], jacobian
    (array([ 2., -3.]), array([[5.]]))
    """
    score = (y - expected - residual @ coef)[:, None] * residual
    return score, (weight[:, None] * residual).T @ residual
