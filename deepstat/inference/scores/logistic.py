"""The score of the logistic partially linear model."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

Array = np.ndarray


def logistic(
    coef: Array, y: Array, expected: Array, residual: Array, weight: Array, *, instrument: Array
) -> tuple[Array, Array]:
    """Return (y exp(-v'b) (1 - p) - (1 - y) p) (d - m) in each row, and minus the derivative of its sum.

    Here v = d - h and p = expit(l). This is the score {y exp(-d'b) - (1 - y) exp(r)} (d - m) of Liu, Zhang and Zhou,
    with r = l - h'b, times a function of z, exp(h'b) (1 - p), which any such score may be. So chosen, a shift of d
    changes nothing, no exponent is larger than d's own variation given z, and near b = 0 the factor is y - p, the
    efficient one. Its mean is zero if r or m is right.

    Parameters
    ----------
    coef : ndarray of shape (q,)
        b, log odds ratios.
    y : ndarray of shape (n,)
        0 and 1.
    expected : ndarray of shape (n,)
        l = r + h'b.
    residual : ndarray of shape (n, q)
        v = d - h, where h is any mean of d given z.
    weight : ndarray of shape (n,)
        Frequencies; they enter the derivative, the rows are returned as they are.
    instrument : ndarray of shape (n, q)
        d - m, where m = E[d | y = 0, z].

    Returns
    -------
    score : ndarray of shape (n, q)
    jacobian : ndarray of shape (q, q)

    References
    ----------
    Liu, Zhang and Zhou (2021), Double/debiased machine learning for logistic partially linear model.

    Examples
    --------
    >>> v = np.array([[1.0], [-1.0]])
    >>> score, _ = logistic(np.zeros(1), np.array([1.0, 0.0]), np.zeros(2), v, np.ones(2), instrument=v)
    >>> score[:, 0]
    array([0.5, 0.5])
    """
    case = y * np.exp(-residual @ coef) * expit(-expected)
    score = (case - (1 - y) * expit(expected))[:, None] * instrument
    return score, ((weight * case)[:, None] * instrument).T @ residual
